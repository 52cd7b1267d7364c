"""What assessment refuses."""

from app.kernel.errors import N_, Conflict, Invalid, NotNow


class ExceptionsOpen(NotNow):
    """An exception has no judgement yet (RX-2)."""

    code = "exceptions-open"
    message = N_("Judge every exception first; still open: %(numbers)s.")


class AnotherReviewer(Conflict):
    """Somebody else took this record into review."""

    code = "another-reviewer"
    message = N_("Somebody else is reviewing this record.")


class TrailMovedOn(Conflict):
    """The record's trail holds lines that the reviewer was not shown; nobody signs for reading those (A11-9-3)."""

    code = "trail-moved-on"
    message = N_(
        "Something was added to the trail of this record since you opened this page. Read what was added, then sign."
    )


class AlreadyJudged(Conflict):
    """The exception has its judgement, which is never replaced."""

    code = "already-judged"
    message = N_("This exception was judged already.")


class UnknownCriterion(Invalid):
    """A judgement names a criterion that this version of the exercise does not have."""

    code = "unknown-criterion"
    message = N_("This exercise has no such criterion.")


class RejectedMeansNotYet(Conflict):
    """A rejected record can support no competency (CO-1)."""

    code = "rejected-means-not-yet"
    message = N_("A rejected record supports no competency: reject it, or decide “competent”.")
