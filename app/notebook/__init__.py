"""Executed records: issue, entries, corrections, checks by a second person, exceptions, closure.

Words: a *record* is one exercise executed once, pinned to one version of its master; an *entry* is one thing put into
it, numbered densely; a *cell* is the place an entry belongs to (step, field, reading); the *sheet* is the record as
its entries say it stands; an *exception* is what a reviewer must judge. Invariants: an entry is never changed: a
correction, a repeat, a "not applicable" is another entry; a value outside its limits is always recordable; a
performer never checks their own step.
"""
