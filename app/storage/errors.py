"""Errors of the storage: faults of our own code or of the disk under it, never shown to a person as such."""


class UnwitnessedChange(RuntimeError):
    """Evidenced rows were about to reach the database without a line of the trail: the act is refused."""


class SecondLine(RuntimeError):
    """A second line was about to be written in one transaction: one transaction is one act."""


class LineMissing(RuntimeError):
    """A request was about to change state without a line of the trail: every act writes exactly one (P11.10(e)-1)."""


class AppendOnlyViolation(RuntimeError):
    """A row that may only be added was about to be changed or removed."""


class VaultClosed(RuntimeError):
    """The key store cannot be used: there is none here, or its master key is missing or another."""


class KeyDestroyed(RuntimeError):
    """What was sealed was erased: its key is gone for good."""


class KeyMissing(RuntimeError):
    """The key store never had, or lost, the key of something sealed; nobody destroyed it."""


class SealedAltered(RuntimeError):
    """Something sealed is not what it was, or stands where it was not put."""


class FileMissing(RuntimeError):
    """A file that was kept under a SHA-256 is not there."""


class FileAltered(RuntimeError):
    """A file is not the content that was kept under its SHA-256."""
