"""Entries of the small exercise as values, to build sheets from without a database."""

from datetime import UTC, datetime
from typing import Any

from app.notebook.rules.sheet import EntryFacts, ExceptionFacts, Sheet
from app.notebook.rules.words import EntryKind, ExceptionKind, Source
from tests.benches import STEPS, small_exercise

EXERCISE = small_exercise()
PERFORMER, SECOND = "person-1", "person-2"
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Entries(list[EntryFacts]):
    """Entries in order; each method adds one, numbered, and returns them all."""

    def add(self, kind: EntryKind, step: str, **parts: Any) -> "Entries":
        """Add an entry of any kind."""
        facts: dict[str, Any] = {
            "sequence": len(self) + 1,
            "kind": kind,
            "step_id": step,
            "field_id": None,
            "position": None,
            "attempt": 1,
            "corrects": None,
            "value": None,
            "raw": None,
            "unit": None,
            "source": Source.MANUAL,
            "evaluation": (),
            "reason": None,
            "performed_by": PERFORMER,
            "recorded_at": NINE,
        }
        self.append(EntryFacts(**(facts | parts)))
        return self

    def put(self, field: str, value: str | None, position: int | None = None, **parts: Any) -> "Entries":
        """Add a value, or with None a "not applicable"."""
        kind = EntryKind.VALUE if value is not None else EntryKind.NOT_APPLICABLE
        step = EXERCISE.step_of(field).id
        return self.add(parts.pop("kind", kind), step, field_id=field, value=value, position=position, **parts)

    def fill(self, step: str) -> "Entries":
        """Add a good value to every cell of a step."""
        for field, position, value in STEPS[step]:
            self.put(field, value.replace(",", "."), position)
        return self

    def complete(self, step: str) -> "Entries":
        """Complete a step."""
        return self.add(EntryKind.STEP_COMPLETED, step)

    def check(self, step: str = "reading") -> "Entries":
        """Check a step as the second person."""
        return self.add(EntryKind.CHECK, step, performed_by=SECOND)

    def sheet(self, *exceptions: ExceptionFacts) -> Sheet:
        """Return the sheet of these entries."""
        return Sheet(EXERCISE, tuple(self), exceptions)


def done() -> Entries:
    """Return the entries of a record in which everything is done and checked."""
    entries = Entries()
    for step in ("weighing", "reading"):
        entries.fill(step).complete(step)
    return entries.check().fill("cleaning").complete("cleaning")


def exception(step: str, **parts: Any) -> ExceptionFacts:
    """Return an exception on a step."""
    facts: dict[str, Any] = {
        "number": 1,
        "kind": ExceptionKind.RAISED,
        "step_id": step,
        "field_id": None,
        "position": None,
        "entry": None,
        "facts": {},
        "comment": None,
        "opened_by": PERFORMER,
        "opened_at": NINE,
    }
    return ExceptionFacts(**(facts | parts))
