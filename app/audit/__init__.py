"""The trail: one line per act, its Merkle tree, checkpoints, proofs and verification.

Words: a *line* is the canonical JSON of one act, stored as the bytes that were hashed; a *log* is the dense sequence
of lines of one operator, or of the hub; the *frontier* is the right edge of its tree; a *checkpoint* is its signed
size and root. Invariants: indexes are dense; a line is never changed or removed; the rows an act wrote are digested
into its line, so that the present state of the database can be compared with what the trail says (PF-10); what people
write is kept sealed.
"""
