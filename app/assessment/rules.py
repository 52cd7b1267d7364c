"""Pure decisions of assessment: what a review covers, what a conclusion states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.assessment.errors import RejectedMeansNotYet, UnknownCriterion
from app.competencies.errors import CriticalNotMet, GroundsMissing, JudgementsMissing
from app.competencies.rules.awarding import Outcome, Verdict, missing_judgements, unmet_critical
from app.exercises.rules.master import Criterion
from app.kernel import canonical
from app.kernel.errors import N_, Invalid
from app.notebook.rules.sheet import ExceptionFacts
from app.notebook.rules.words import Judgement, Purpose
from app.signatures.rules import Meaning

STATEMENT_SCHEMA = "cahier.conclusion.v1"
LONGEST_TEXT = 4000


@dataclass(frozen=True)
class Judged:
    """An assessor's finding on one criterion, with a remark if there is one."""

    outcome: Outcome
    remark: str = ""


@dataclass(frozen=True)
class Draft:
    """A conclusion as the assessor wrote it, before it is signed; `salt` was made when it was shown."""

    salt: str
    verdict: Verdict
    grounds: str = ""
    scope: str = ""
    judgements: Mapping[str, Judged] = field(default_factory=dict)
    reassess_on: date | None = None

    def statement(self) -> str:
        """Return the text that the signature commits to: canonical JSON of everything the assessor decided."""
        return canonical.canonical_bytes(
            {
                "schema": STATEMENT_SCHEMA,
                "verdict": self.verdict.value,
                "grounds": self.grounds,
                "scope": self.scope,
                "reassess_on": self.reassess_on.isoformat() if self.reassess_on else None,
                "judgements": {
                    name: {"outcome": judged.outcome.value, "remark": judged.remark}
                    for name, judged in self.judgements.items()
                },
            }
        ).decode()

    def commitment(self) -> str:
        """Return the commitment to the statement."""
        return canonical.commitment(self.statement(), self.salt)

    def score(self) -> dict[str, int]:
        """Return how many criteria were met, of how many."""
        met = sum(judged.outcome is Outcome.MET for judged in self.judgements.values())
        return {"achieved": met, "possible": len(self.judgements)}


def check_conclusion(
    draft: Draft,
    meaning: Meaning,
    criteria: Sequence[Criterion],
    exceptions: Sequence[ExceptionFacts],
    *,
    today: date,
) -> None:
    """Raise what forbids a conclusion, with the criteria named by the number that the form shows (CO-1, CO-3).

    (1) only criteria of the exercise are judged; (2) every one is; (3) competent only with each critical one met;
    (4) a rejected record supports no competency; (5) grounds for whatever is refused, and for a "competent" in spite of
    an exception that was not accepted; (6) the next assessment lies ahead.
    """
    numbers = {criterion.id: number for number, criterion in enumerate(criteria, start=1)}
    judged = {name: judgement.outcome for name, judgement in draft.judgements.items()}
    is_competent = draft.verdict is Verdict.COMPETENT
    # (1)
    if not judged.keys() <= numbers.keys():
        raise UnknownCriterion
    # (2)
    if missing := missing_judgements(numbers, judged):
        fields = {f"criterion-{name}": N_("Judge this criterion, also when you did not see it.") for name in missing}
        raise JudgementsMissing(criteria=_listed(missing, numbers), fields=fields)
    # (3)
    unmet = unmet_critical((criterion.id for criterion in criteria if criterion.critical), judged)
    if is_competent and unmet:
        raise CriticalNotMet(criteria=_listed(unmet, numbers))
    # (4)
    if is_competent and meaning is Meaning.REJECTED:
        raise RejectedMeansNotYet
    # (5)
    in_spite = is_competent and any(found.judgement is Judgement.NOT_ACCEPTED for found in exceptions)
    if (in_spite or not is_competent) and not draft.grounds.strip():
        message = N_("Say why: an exception was not accepted.") if in_spite else GroundsMissing.message
        raise GroundsMissing(message, fields={"grounds": message})
    # (6)
    if draft.reassess_on and draft.reassess_on <= today:
        raise Invalid(fields={"reassess_on": N_("Choose a day after today.")})


def _listed(names: Sequence[str], numbers: Mapping[str, int]) -> str:
    return ", ".join(str(numbers[name]) for name in names)


def open_exceptions(exceptions: Sequence[ExceptionFacts]) -> list[int]:
    """Return the numbers of the exceptions that nobody judged yet."""
    return [found.number for found in exceptions if found.judgement is None]


def counts_for_competency(purpose: Purpose) -> bool:
    """Say whether a record of this purpose can support a competency: practice never does (ER-26)."""
    return purpose is not Purpose.PRACTICE


def facts_of_statement(draft: Draft) -> dict[str, Any]:
    """Return what the manifest says of a conclusion: codes and counts, no words of a person."""
    return {"verdict": draft.verdict.value, "score": draft.score()}
