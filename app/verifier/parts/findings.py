"""What the verifier finds about one statement, and the answer that follows from it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Answer(StrEnum):
    """What can be answered about a statement."""

    PASS = "PASS"
    FAIL = "FAIL"
    INDETERMINATE = "INDETERMINATE"
    REDACTED = "REDACTED"


@dataclass(frozen=True)
class Reason:
    """One sentence of a reason: its code, and what fills it."""

    code: str
    about: dict[str, object]


@dataclass
class Findings:
    """What was found: faults contradict, gaps are evidence that is not there, doubts evidence that leaves it open."""

    faults: list[Reason] = field(default_factory=list)
    gaps: list[Reason] = field(default_factory=list)
    doubts: list[Reason] = field(default_factory=list)
    erasures: list[Reason] = field(default_factory=list)
    remarks: list[Reason] = field(default_factory=list)

    def fault(self, code: str, **about: object) -> None:
        """Note that the bundle contradicts the statement."""
        self.faults.append(Reason(code, about))

    def gap(self, code: str, **about: object) -> None:
        """Note that evidence is missing."""
        self.gaps.append(Reason(code, about))

    def doubt(self, code: str, **about: object) -> None:
        """Note that the evidence leaves the statement open."""
        self.doubts.append(Reason(code, about))

    def erasure(self, code: str, **about: object) -> None:
        """Note that something was erased by an act."""
        self.erasures.append(Reason(code, about))

    def remark(self, code: str, **about: object) -> None:
        """Note something that a reader wants to know and that decides nothing."""
        self.remarks.append(Reason(code, about))

    def answer(self, is_required: bool) -> Answer:
        """Return the answer; required evidence that is missing is a FAIL: nothing is gained by taking it out."""
        if self.faults or (self.gaps and is_required):
            return Answer.FAIL
        if self.gaps or self.doubts:
            return Answer.INDETERMINATE
        return Answer.REDACTED if self.erasures else Answer.PASS

    def reasons(self) -> list[Reason]:
        """Return all that was found, the gravest first."""
        return [*self.faults, *self.gaps, *self.doubts, *self.erasures, *self.remarks]
