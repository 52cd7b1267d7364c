"""The offline verifier: what a stranger runs to check an evidence bundle, with no trust in the house that wrote it.

Words: a *bundle* is the file that leaves the house (docs/evidence-format.md); a *trust file* is what the verifier
brings along; a *statement* (PF-1 to PF-14) is what a bundle can prove; a *part* is a module that goes into the one file
`cahier_verify.py`, which runs alone. Invariants: it shares no code with the writer, imports nothing but the standard
library and `cryptography`, and is imported only by what offers it to people; what is missing proves nothing; nothing
in a bundle makes it raise.
"""

from app.verifier.parts.judging import verify_bytes

__all__ = ["verify_bytes"]
