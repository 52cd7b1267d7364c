"""Pure decisions of assessment: what a review covers, what a conclusion states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.competencies.rules.awarding import Outcome, Verdict
from app.kernel import canonical
from app.notebook.rules.sheet import ExceptionFacts
from app.notebook.rules.words import Purpose

STATEMENT_SCHEMA = "cahier.conclusion.v1"


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


def open_exceptions(exceptions: Sequence[ExceptionFacts]) -> list[int]:
    """Return the numbers of the exceptions that nobody judged yet."""
    return [found.number for found in exceptions if found.judgement is None]


def counts_for_competency(purpose: Purpose) -> bool:
    """Say whether a record of this purpose can support a competency: practice never does (ER-26)."""
    return purpose is not Purpose.PRACTICE


def facts_of_statement(draft: Draft) -> dict[str, Any]:
    """Return what the manifest says of a conclusion: codes and counts, no words of a person."""
    return {"verdict": draft.verdict.value, "score": draft.score()}
