"""Pure decisions about exercises: the master, its formulas and limits, and how a file becomes one.

`master` the values · `values` what fields hold · `formulas` and `limits` what follows from them · `arithmetic` and
`expressions` underneath · `parsing`, `checks` and `content` from file to exercise to content and back.
"""
