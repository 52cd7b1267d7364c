"""Issuing a record under a dense number, and voiding one that was never begun."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app import __version__
from app.audit.actions import Action
from app.audit.services import hold_log, keep_text, note
from app.exercises.queries import ListedExercise, current_version
from app.identity.errors import UnderRestriction
from app.identity.models import Operator, Person, PersonState
from app.identity.queries import belongs, current_memberships, sees_restricted
from app.identity.rules.roles import grants_of
from app.identity.services.operators import access_cohort
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Invalid, NotFound, Refused
from app.notebook import queries
from app.notebook.errors import SamePerson
from app.notebook.models import Record, Series
from app.notebook.rules.words import Deed, Purpose, RecordState, next_state
from app.notebook.services.bench import need_reason, record_facts, record_subject
from app.notebook.services.placing import put_into
from app.storage.tables import new_id


@dataclass(frozen=True)
class Issue:
    """What is to be executed, by whom, why, and where if that is known; `record_id` is the id-to-be, where rows of the
    same act need it.
    """

    exercise_code: str
    performer_id: str
    purpose: Purpose
    cohort_id: str | None = None
    record_id: str | None = None
    room_id: str | None = None


def issue_record(session: Session, issue: Issue, *, actor: Actor) -> Record:
    """Issue a record of the exercise's newest version to a person, under the next number of its series and year
    (ER-H1).

    An assessor issues to anyone of their operator; a trainee issues practice to themselves. Raises NotFound for an
    exercise or person that is not there for this actor, Invalid for such a room, UnderRestriction for a person whose
    data must not be used.
    """
    own_practice = issue.purpose is Purpose.PRACTICE and issue.performer_id == actor.person_id
    role = actor.require(Permission.RECORD_PRACTISE if own_practice else Permission.RECORD_ISSUE)
    performer = session.get(Person, issue.performer_id)
    if actor.operator_id is None:
        raise Refused(N_("Records are issued by an operator: choose the operator you act for."))
    if performer is None or performer.state is PersonState.DISABLED or not belongs(session, performer.id, actor):
        raise NotFound
    if performer.restricted_at:
        # Who must not see such people is told nothing of it.
        raise UnderRestriction if performer.id == actor.person_id or sees_restricted(actor) else NotFound
    _check_may_execute(session, performer, actor.operator_id)
    if issue.cohort_id:
        access_cohort(session, issue.cohort_id, actor)
    version = current_version(session, issue.exercise_code)
    record = _new_record(session, issue, version, performer, actor)
    session.add(record)
    note(
        session,
        Action.RECORD_ISSUED,
        record_subject(record),
        actor=actor,
        role=role,
        after=record_facts(record)
        | queries.place_of(record)
        | {"purpose": issue.purpose.value, "exercise_digest": version.digest},
    )
    return record


def _new_record(session: Session, issue: Issue, version: ListedExercise, performer: Person, actor: Actor) -> Record:
    operator = session.get_one(Operator, actor.operator_id)
    now = clock.now()
    record = Record(
        id=issue.record_id or new_id(),
        operator_id=operator.id,
        number=_next_number(session, operator, version.exercise.series, now),
        exercise_code=version.exercise.code,
        exercise_version=version.exercise.version,
        exercise_digest=version.digest,
        purpose=issue.purpose,
        language=performer.language,
        zone=operator.zone,
        release=__version__,
        performer_id=performer.id,
        issued_by=actor.pseudonym,
        cohort_id=issue.cohort_id,
        state=RecordState.ISSUED,
        round=1,
        issued_at=now,
    )
    if issue.room_id:
        put_into(session, record, issue.room_id)
    return record


def void_record(session: Session, record_id: str, second: Actor, *, actor: Actor, reason: str) -> Record:
    """Void a record that was never begun, by two people who may (AS-2.3.5); its number stays accounted for."""
    role = actor.require(Permission.RECORD_VOID, f"record:{record_id}")
    record = queries.access_record(session, record_id, actor, for_act=True)
    subject = str(record_subject(record))
    second.require(Permission.RECORD_VOID, subject)
    if second.person_id == actor.person_id:
        raise SamePerson(subject=subject)
    text = need_reason(reason)
    before, record.state = record.state, next_state(record.state, Deed.VOID, subject)
    record.closed_at = clock.now()
    record.note = keep_text(session, text, actor.person_id)
    note(
        session,
        Action.RECORD_VOIDED,
        record_subject(record),
        actor=actor,
        role=role,
        reason=text,
        before={"state": before.value},
        after=record_facts(record) | {"state": record.state.value, "second": second.pseudonym},
    )
    return record


def _check_may_execute(session: Session, performer: Person, operator_id: str) -> None:
    """Raise Invalid unless the person holds a role, or was invited to one, that executes records of this operator."""
    held = current_memberships(session, performer.id)
    roles = [membership.role for membership in held if membership.operator_id in (None, operator_id)]
    if Permission.RECORD_EXECUTE not in grants_of(roles):
        message = N_("This person holds no role that executes exercises.")
        raise Invalid(message, fields={"performer": message})


def _next_number(session: Session, operator: Operator, series: str, now: datetime) -> str:
    year = now.astimezone(ZoneInfo(operator.zone)).year
    # The first of a series has no row to lock yet; all who issue wait for one another at their operator's log instead.
    hold_log(session, operator.id)
    row = session.get(Series, (operator.id, series, year), populate_existing=True)
    if row is None:
        row = Series(operator_id=operator.id, name=series, year=year, last=0)
        session.add(row)
    row.last += 1
    return f"{series}-{year}-{row.last:04d}"
