"""Reading competencies: the framework in force, a person's decisions, where they stand, what they may perform."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.competencies.errors import UnknownCompetency
from app.competencies.models import CompetencyVersion, Decision, DecisionSetAside
from app.competencies.rules import Competency, Framework, framework_from_content
from app.competencies.rules.awarding import Decided, Standing, State, Taken, holds, standing
from app.identity.models import Membership, Operator, Person
from app.identity.queries import belongs, is_restricted, names_of, sees_restricted
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import NotFound
from app.web.opened import texts_behind


@dataclass(frozen=True)
class CompetencyStanding:
    """Where a person stands with a competency, the decisions behind it newest first, and who decided.

    `set_aside` holds the ids of decisions of which something counts no more.
    """

    competency: Competency
    operator_id: str
    operator_name: str
    standing: Standing
    behind: Decision | None
    run: tuple[Decision, ...]
    history: tuple[Decision, ...]
    assessors: dict[str, str]
    texts: dict[str, str]
    set_aside: frozenset[str] = frozenset()

    @property
    def state(self) -> State:
        """Held, expired, in progress or not yet."""
        return self.standing.state


def newest_version(session: Session) -> int | None:
    """Return the version of the framework in force, or None before the first is loaded."""
    return session.scalar(select(func.max(CompetencyVersion.version)))


def digests_of_version(session: Session, version: int) -> dict[str, str]:
    """Return code to digest of what one version of the framework holds; empty for one that is not loaded."""
    query = select(CompetencyVersion.code, CompetencyVersion.digest).where(CompetencyVersion.version == version)
    return dict(session.execute(query).all())


def current_version(session: Session, code: str) -> CompetencyVersion:
    """Return a competency as the framework in force says it; raise UnknownCompetency."""
    newest = newest_version(session)
    row = session.get(CompetencyVersion, (code, newest)) if newest else None
    if row is None:
        raise UnknownCompetency
    return row


def competency_of(session: Session, code: str) -> Competency:
    """Return a competency of the framework in force; raise UnknownCompetency."""
    return competency_from(current_version(session, code))


def framework_in_force(session: Session) -> Framework | None:
    """Return the framework in force, or None before the first is loaded."""
    version = newest_version(session)
    return None if version is None else Framework(version, tuple(list_competencies(session)))


def list_competencies(session: Session) -> list[Competency]:
    """Return the competencies of the framework in force, by code."""
    query = (
        select(CompetencyVersion)
        .where(CompetencyVersion.version == select(func.max(CompetencyVersion.version)).scalar_subquery())
        .order_by(CompetencyVersion.code)
    )
    return [competency_from(row) for row in session.scalars(query)]


def competency_from(row: CompetencyVersion) -> Competency:
    """Read a stored competency."""
    return framework_from_content({"version": row.version, "competencies": [row.content]}).competencies[0]


def decisions_of(session: Session, person_id: str, operator_id: str | None = None) -> Sequence[Decision]:
    """Return every decision on a person, oldest first; of one operator, or of all with None."""
    query = select(Decision).where(Decision.person_id == person_id)
    if operator_id is not None:
        query = query.where(Decision.operator_id == operator_id)
    return session.scalars(query.order_by(Decision.decided_at, Decision.line_index)).all()


def decisions_on_record(session: Session, record_id: str) -> Sequence[Decision]:
    """Return the decisions that rest on a record, oldest first; the caller has checked who may see it."""
    query = select(Decision).where(Decision.record_id == record_id)
    return session.scalars(query.order_by(Decision.decided_at, Decision.line_index)).all()


def is_decided(session: Session, record_id: str, competency_code: str) -> bool:
    """Whether a record has its decision on a competency."""
    query = select(Decision.id).where(Decision.record_id == record_id, Decision.competency_code == competency_code)
    return session.scalar(query.limit(1)) is not None


def decided(row: Decision) -> Decided:
    """Return a decision as the rules see it."""
    return Decided(row.competency_code, row.verdict, row.decided_at, row.record_id, row.awards, row.valid_until)


def taken_from(session: Session, rows: Iterable[Decision]) -> dict[str, set[Taken]]:
    """Return what was set aside of each of these decisions, by its id; nothing for those that count whole."""
    taken: dict[str, set[Taken]] = {}
    ids = {row.id for row in rows}
    if ids:
        query = select(DecisionSetAside).where(DecisionSetAside.decision_id.in_(ids))
        for found in session.scalars(query):
            taken.setdefault(found.decision_id, set()).add(found.extent)
    return taken


def counting(session: Session, rows: Iterable[Decision]) -> list[tuple[Decided, Decision]]:
    """Return the decisions that count, each as the rules see it: without what was set aside of it."""
    rows = list(rows)
    taken = taken_from(session, rows)
    found = []
    for row in rows:
        lost = taken.get(row.id, set())
        if Taken.DECISION not in lost:
            seen = decided(row)
            found.append((replace(seen, awards=False, valid_until=None) if Taken.AWARD in lost else seen, row))
    return found


def may_perform(
    session: Session, person_id: str, competency_code: str, at: datetime, *, operator_id: str | None = None
) -> bool:
    """Whether a person held a competency at a moment, by the decisions of one operator, or of any with None (CO-3)."""
    made = decisions_of(session, person_id, operator_id)
    return holds((seen for seen, _ in counting(session, made)), competency_code, at)


def standing_of(
    session: Session, person_id: str, actor: Actor, *, at: datetime | None = None
) -> list[CompetencyStanding]:
    """Return where a person stands with each competency of the framework, and with those of older ones decided on.

    One's own with the permission to read competencies, another's with that to read people. Raises NotFound for a person
    of another operator, as for one that does not exist; decisions of other operators are left out.
    """
    actor.require(Permission.COMPETENCY_READ)
    if person_id != actor.person_id:
        actor.require(Permission.PERSON_READ)
    if not belongs(session, person_id, actor) or not _exists(session, person_id):
        raise NotFound
    if person_id != actor.person_id and is_restricted(session, person_id) and not sees_restricted(actor):
        raise NotFound
    moment = at or clock.now()
    made = decisions_of(session, person_id, actor.operator_id)
    found = []
    for operator in _operators(session, person_id, actor, made):
        own = [decision for decision in made if decision.operator_id == operator.id]
        for competency in _competencies(session, own):
            found.append(_standing(session, competency, operator, own, moment))
    return found


def is_of_operator(session: Session, person_id: str, operator_id: str) -> bool:
    """Whether a person is, or was, of an operator."""
    query = select(Membership.id).where(Membership.person_id == person_id, Membership.operator_id == operator_id)
    return session.scalar(query.limit(1)) is not None


def _exists(session: Session, person_id: str) -> bool:
    return session.get(Person, person_id) is not None


def _operators(session: Session, person_id: str, actor: Actor, made: Sequence[Decision]) -> list[Operator]:
    """Return the actor's operator, or for those who act for the hub every operator of the person, by name."""
    if actor.operator_id is not None:
        return [session.get_one(Operator, actor.operator_id)]
    held = select(Membership.operator_id).where(Membership.person_id == person_id)
    decided_by = {decision.operator_id for decision in made}
    query = select(Operator).where(Operator.id.in_(held) | Operator.id.in_(decided_by)).order_by(Operator.name)
    return list(session.scalars(query))


def _competencies(session: Session, made: Sequence[Decision]) -> list[Competency]:
    """Return the framework's competencies, and those of the decisions that the framework no longer holds."""
    current = list_competencies(session)
    gone = {decision.competency_code: decision.competency_version for decision in made}
    for code in {competency.code for competency in current}:
        gone.pop(code, None)
    rows = (session.get_one(CompetencyVersion, key) for key in sorted(gone.items()))
    return [*current, *(competency_from(row) for row in rows)]


def _standing(
    session: Session, competency: Competency, operator: Operator, made: Sequence[Decision], at: datetime
) -> CompetencyStanding:
    rows = [row for row in made if row.competency_code == competency.code and row.decided_at <= at]
    by_rule = dict(counting(session, rows))
    reached = standing(by_rule, competency, at, ZoneInfo(operator.zone))
    commitments = {text for row in rows for text in (row.scope, row.grounds) if text}
    return CompetencyStanding(
        competency=competency,
        operator_id=operator.id,
        operator_name=operator.name,
        standing=reached,
        behind=by_rule[reached.resting_on] if reached.resting_on else None,
        run=tuple(by_rule[one] for one in reached.run),
        history=tuple(reversed(rows)),
        assessors=names_of(session, {row.assessor_id for row in rows}),
        texts=texts_behind(session, commitments),
        set_aside=frozenset(taken_from(session, rows)),
    )
