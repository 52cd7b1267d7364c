"""Learning statements: what they say, how the trail becomes them, the hub's own LRS, other LRSs, courses (cmi5).

Words: a *statement* is an xAPI statement; its *body* is the bytes that were frozen once and are sent as they are; an
*ordinal* is its place in the order of storing; a *credential* opens the LRS to a program; a *launch* is a link by which
an LMS opens an exercise, a *course session* what comes of it. Invariants: a statement's id
follows from the line of the trail it was derived from, so that deriving twice gives the same statement; a stored
statement never changes; every transaction that stores gets a later `stored` than the one before and ordinals without a
gap, so that whoever reads up to one has missed nothing; no statement that we make holds a name or a text that a person
wrote. This is the one door to tincan; nothing in `app/` but what puts the application together knows this package.
"""
