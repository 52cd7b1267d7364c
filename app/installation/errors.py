"""What can go wrong with an installation's copies."""

from app.kernel.errors import CahierError, Conflict


class BackupFails(CahierError):
    """A copy could not be made, read or put back; the message says why."""

    code = "backup-fails"


class BackupExpired(BackupFails):
    """A backup of the key store is older than it may be kept: it opens what was erased since."""

    code = "backup-expired"


class NotEmpty(Conflict):
    """A copy is only ever put into an empty place."""

    code = "not-empty"
