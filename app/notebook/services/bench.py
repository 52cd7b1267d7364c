"""What every act at the bench stands on: the locked record, its sheet, who may write, and the facts each line
carries.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.audit.services import Subject, keep_text
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import N_, Invalid
from app.notebook import queries
from app.notebook.errors import NotThePerformer, ReasonNeeded, StepBlocked
from app.notebook.models import Entry, Record
from app.notebook.rules.sheet import Sheet, StepSheet, StepState
from app.notebook.rules.words import Deed, EntryKind, RecordState, Source, next_state

SHORTEST_REASON, LONGEST_REASON = 3, 4000


@dataclass
class Bench:
    """A record taken in hand for one act: locked, with its sheet as it stood before the act."""

    session: Session
    record: Record
    sheet: Sheet
    actor: Actor
    role: Role
    first: bool = False

    @property
    def subject(self) -> Subject:
        """Name the record in its operator's log."""
        return record_subject(self.record)

    def facts(self, **more: Any) -> dict[str, Any]:
        """Return what every line about this record says, and more."""
        return record_facts(self.record) | ({"first": True} if self.first else {}) | more

    def keep(self, text: str) -> str:
        """Keep a text that the actor wrote, and return its commitment."""
        return keep_text(self.session, text, self.actor.person_id)

    def entry(self, kind: EntryKind, step_id: str, sequence: int, **parts: Any) -> Entry:
        """Add an entry of the actor; `parts` are the columns that are not the same for all."""
        defaults = {"attempt": 1, "source": Source.MANUAL, "performed_by": self.actor.person_id, "committed": False}
        entry = Entry(
            record_id=self.record.id,
            sequence=sequence,
            kind=kind,
            step_id=step_id,
            recorded_at=clock.now(),
            **(defaults | parts),
        )
        self.session.add(entry)
        return entry


def record_subject(record: Record) -> Subject:
    """Name a record in its operator's log."""
    return Subject("record", record.id, record.operator_id)


def record_facts(record: Record) -> dict[str, Any]:
    """Return what every line about a record says of it, for readers and for learning statements."""
    return {
        "record": record.number,
        "exercise": record.exercise_code,
        "version": record.exercise_version,
        "performer": record.performer_id,
    }


def take_in_hand(session: Session, record_id: str, deed: Deed, *, actor: Actor) -> Bench:
    """Lock a record for an act of its performer and move its state; raise what forbids it (P11.10(f), (g))."""
    role = actor.require(Permission.RECORD_EXECUTE, f"record:{record_id}")
    record = queries.access_record(session, record_id, actor, for_act=True)
    subject = str(record_subject(record))
    if record.performer_id != actor.person_id:
        raise NotThePerformer(subject=subject)
    state = next_state(record.state, deed, subject)
    bench = Bench(session, record, queries.sheet_of(session, record), actor, role)
    if record.state is RecordState.ISSUED and state is RecordState.IN_PROGRESS:
        record.started_at, bench.first = clock.now(), True
    if record.state is not state:
        record.state = state
    return bench


def open_step(bench: Bench, step_id: str) -> StepSheet:
    """Return a step that the enforced order allows to be worked on; raise StepBlocked."""
    step = bench.sheet.step(step_id)
    if step.state is StepState.BLOCKED:
        raise StepBlocked(subject=str(bench.subject))
    return step


def need_reason(reason: str | None) -> str:
    """Return a reason a person gave; raise ReasonNeeded for none, or for one letter (A11-9-2)."""
    text = (reason or "").strip()
    if len(text) < SHORTEST_REASON:
        raise ReasonNeeded
    if len(text) > LONGEST_REASON:
        too_long = N_("This text is too long: at most %(most)s characters.")
        raise Invalid(too_long, fields={"reason": too_long}, most=LONGEST_REASON)
    return text
