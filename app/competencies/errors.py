"""What the competencies room refuses."""

from app.kernel.errors import N_, Conflict, Invalid, NotFound, Refused


class FaultyDocument(Invalid):
    """A published document cannot be read; `faults` holds every fault as "file:line: reason", in file order."""

    code = "faulty-document"
    message = N_("This file has faults, and nothing of it was loaded:\n%(faults)s")

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(faults="\n".join(faults))
        self.faults = faults


class FaultyFramework(FaultyDocument):
    """The competency framework is faulty as a whole; nothing of it may be used."""

    code = "faulty-framework"
    message = N_("The competency framework has faults, and nothing of it was loaded:\n%(faults)s")


class UnknownCompetency(NotFound):
    """The framework has no competency of this code."""

    code = "unknown-competency"


class FrameworkVersionTaken(Conflict):
    """A version of the framework is loaded once; what changes gets the next version."""

    code = "framework-version-taken"
    message = N_("Version %(version)s of the framework is loaded with other content. Raise the version.")


class OlderFramework(Conflict):
    """A version below the newest would bring an older framework back."""

    code = "older-framework"
    message = N_("Version %(version)s of the framework is older than version %(newest)s. Raise the version.")


class DoesNotCount(Conflict):
    """Records of this exercise do not count towards the competency."""

    code = "does-not-count"
    message = N_("Records of %(exercise)s do not count towards the competency %(competency)s.")


class DecidedAlready(Conflict):
    """A record is decided on once for a competency."""

    code = "decided-already"
    message = N_("This record has its decision on the competency %(competency)s already.")


class JudgementsMissing(Invalid):
    """Every criterion of the exercise is judged, also one that was not observed."""

    code = "judgements-missing"
    message = N_("Judge every criterion. Missing: %(criteria)s")


class CriticalNotMet(Conflict):
    """With a critical criterion not met nobody is found competent."""

    code = "critical-not-met"
    message = N_("The decision cannot be competent: these critical criteria were not met: %(criteria)s")


class GroundsMissing(Invalid):
    """A decision of not yet competent says why (CO-3)."""

    code = "grounds-missing"
    message = N_("Say why: a decision of not yet competent needs its grounds.")


class OwnWork(Refused):
    """Nobody decides on their own competency (CO-2)."""

    code = "own-work"
    message = N_("You cannot decide on your own competency.")
