"""What can go wrong with an installation's copies."""

from app.kernel.errors import CahierError, Conflict


class BackupFails(CahierError):
    """A copy could not be made, read or put back; the message says why."""

    code = "backup-fails"


class NotEmpty(Conflict):
    """A copy is only ever put into an empty place."""

    code = "not-empty"
