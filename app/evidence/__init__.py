"""What leaves the house as proof of one record: the bundle, the PDF, and the trust file by which others judge them.

Words: a *bundle* is an `.eln` archive that proves a record without the house (docs/evidence-format.md); the *paper* is
its PDF, which a lab would file; the *seal* is the hub's signature on the paper; *trust* is what a verifier must have
got another way. Invariants: the room changes nothing; handing a record out is an act with a line of its own; a person
takes away what they may see the trail of, and nothing else (AS-8.4.1); the same state of a record gives the same
archive, but for the paper's seal and the time it was made at; what strangers bring to be verified is judged in a
process of its own, and nothing of it is kept.
"""
