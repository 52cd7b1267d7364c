"""Verification: whether the logs are what was signed, and the database is what the logs say (PF-1, PF-2, PF-10).

Two depths. *Lines*: every line is the one that was hashed, the indexes are dense, the tree, its tiles and the head
agree, and each checkpoint is signed and right. *Whole*: also that each line is well-formed and follows the last of
its subject, and that each row of each evidenced table is, in the state it has, what its line says, none missing and
none put back. It reads with plain selects in one snapshot and holds little in memory, however long the logs are.
"""

from app.audit.verification.running import verify
from app.audit.verification.verdict import Code, Finding, LogVerdict, Verdict

__all__ = ["Code", "Finding", "LogVerdict", "Verdict", "verify"]
