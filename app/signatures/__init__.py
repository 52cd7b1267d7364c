"""Electronic signatures over a subject's name and digest; knows no record, so anything can be signed.

Words: a *manifest* is the canonical JSON that a signature covers; a *meaning* is one of a closed list; a *key* is a
person's ECDSA P-256 key, wrapped by their password and a pepper that stands outside the database; a *certificate* says
whose it is, once somebody else confirmed the *identity*; an *authority* issues and revokes certificates. Invariants:
the server builds the manifest from what is stored; a key is open for the length of one signing; nobody signs without a
certificate or for another; a signature is never changed.
"""
