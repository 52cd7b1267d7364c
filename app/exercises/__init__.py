"""Master exercises: what is to be done at the bench, recorded, calculated, checked and judged.

Words: an *exercise* is one version of a master; it has *sections* of *steps*; a step has *fields*, and where it must be
so a *check* by a second person; a *limit* bounds a value; a *criterion* is what the assessor judges; *content* is the
exercise as plain JSON-able values, whose digest a record is pinned to.
Invariants: a version is never changed; a faulty file loads nothing; decimals keep their digits; values are compared
unrounded (ER-06); a formula is never handed to Python.
"""
