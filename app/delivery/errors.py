"""What delivery refuses, and how a sealed secret or a lease can fail."""

from app.kernel.errors import N_, Conflict, Invalid, NotFound


class NameTaken(Conflict):
    """Another target in use has this name."""

    code = "target-name-taken"
    message = N_("Another target has this name.")


class BadTarget(Invalid):
    """The name, address or settings of a target cannot be used; `fields` says why."""

    code = "bad-target"


class NoSuchTarget(NotFound):
    """There is no target of this name in use, or it is another operator's."""

    code = "no-such-target"
    message = N_("There is no target of this name.")


class NothingRefused(Conflict):
    """The target refused nothing of what was named, or somebody dealt with it already."""

    code = "nothing-refused"
    message = N_("Nothing of that was refused, or it was dealt with already.")


class WhyNeeded(Invalid):
    """Setting something aside takes a reason."""

    code = "why-needed"
    message = N_("Say why, in a few words.")

    def __init__(self) -> None:
        super().__init__(fields={"reason": WhyNeeded.message})


class UnknownKind(LookupError):
    """No room registered this kind of target."""


class SealBroken(RuntimeError):
    """A secret does not open: the key file is another, or somebody moved or changed the sealed text."""


class LeaseLost(Exception):
    """Another worker serves the target by now: what this one has not written down yet, it must not write down."""
