"""What can be wrong with a trail."""


class LogMissing(RuntimeError):
    """The operator has no log: it was not added by the act that opens one."""


class SignerRefuses(RuntimeError):
    """The signer of checkpoints was asked to sign a log that is shorter than, or forked from, what it signed before."""


class SignerKeyMissing(RuntimeError):
    """The key of a log, or what its signer remembers, is not where it was: restore both from where they are kept."""
