"""What the competencies room refuses."""

from app.kernel.errors import N_, Invalid, NotFound


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
