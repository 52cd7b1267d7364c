"""A breach of personal data: opened with its clock, described, decided, notified, closed by another (GD-33/34)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import hold_log, keep_text, note
from app.identity.rules.people import check_reason
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Invalid
from app.privacy.errors import BreachOnePersonOnly, BreachUnsettled
from app.privacy.models import Breach
from app.privacy.queries.desk import access_breach
from app.privacy.rules.breaching import (
    BreachDecision,
    BreachKind,
    BreachSource,
    check_decision,
    check_notified,
    new_findings,
    settled_at,
)
from app.privacy.rules.terms import notice_due
from app.privacy.services.reminding import WORKER, breach_subject
from app.signatures.services.incidents import access_incident
from app.storage.tables import new_id


@dataclass(frozen=True)
class BreachFacts:
    """What is known of a breach: what is not known yet is left empty, and added later (GDPR 33(3), (4))."""

    kinds: tuple[BreachKind, ...]
    nature: str
    concerned: str = ""
    people: int | None = None
    records: int | None = None
    consequences: str = ""
    measures: str = ""


def open_breach(
    session: Session, detected_at: datetime, facts: BreachFacts, *, actor: Actor, incident_id: str | None = None
) -> Breach:
    """Open a breach; its 72 hours run from when it was found. Raises Invalid for a time to come, NotFound."""
    role = actor.require(Permission.INCIDENT_OPEN)
    if detected_at > clock.now():
        raise Invalid(fields={"detected": N_("This time is still to come.")})
    if incident_id:
        access_incident(session, incident_id, actor)
    source = BreachSource.INCIDENT if incident_id else BreachSource.PERSON
    breach = _new(detected_at, source, actor)
    breach.operator_id, breach.incident_id = actor.operator_id, incident_id
    _describe(session, breach, facts, actor)
    session.add(breach)
    after = _said(breach) | ({"incident": incident_id} if incident_id else {})
    note(session, Action.BREACH_OPENED, breach_subject(breach), actor=actor, role=role, after=after)
    return breach


def open_for_findings(session: Session, findings: Sequence[str], operator_id: str | None) -> Breach | None:
    """Open a breach over what a verification found and no breach names yet; None when each is known.

    `findings` are places without a name of anybody; whoever finds the same at once waits, and finds it known.
    """
    hold_log(session, operator_id)
    known = [one for row in session.scalars(select(Breach.findings)) for one in row]
    fresh = new_findings(findings, known)
    if not fresh:
        return None
    breach = _new(clock.now(), BreachSource.SWEEP, WORKER)
    breach.operator_id, breach.findings, breach.kinds = operator_id, fresh, [BreachKind.INTEGRITY.value]
    session.add(breach)
    after = _said(breach) | {"findings": len(fresh)}
    note(session, Action.BREACH_OPENED, breach_subject(breach), actor=WORKER, after=after)
    return breach


def describe_breach(session: Session, breach_id: str, facts: BreachFacts, *, actor: Actor) -> Breach:
    """Say what is known of a breach by now; what was said before stays in the trail."""
    role = actor.require(Permission.INCIDENT_OPEN)
    breach = _changing(session, breach_id, actor)
    _describe(session, breach, facts, actor)
    note(session, Action.BREACH_DESCRIBED, breach_subject(breach), actor=actor, role=role, after=_said(breach))
    return breach


def decide_breach(session: Session, breach_id: str, decision: BreachDecision, *, actor: Actor, reason: str) -> Breach:
    """Decide who is notified, with grounds and texts; to decide anew is possible until a breach is closed.

    Raises Invalid for a decision that the law does not allow, Conflict for one that undoes a notification.
    """
    role = actor.require(Permission.INCIDENT_OPEN)
    breach, reason = _changing(session, breach_id, actor), check_reason(reason)
    check_decision(decision)
    undone = (breach.authority_notified_at and not decision.authority) or (
        breach.people_notified_at and not decision.people
    )
    if undone:
        raise Conflict(N_("Who was notified cannot be decided not to be."))
    breach.notify_authority, breach.notify_people = decision.authority, decision.people
    breach.grounds = keep_text(session, reason, actor.person_id)
    breach.authority_text = _kept(session, decision.authority_text if decision.authority else "", actor)
    breach.people_text = _kept(session, decision.people_text if decision.people else "", actor)
    breach.decided_by, breach.decided_at = actor.pseudonym, clock.now()
    _settle(breach)
    after = {"authority": decision.authority, "people": decision.people}
    subject = breach_subject(breach)
    note(session, Action.BREACH_DECIDED, subject, actor=actor, role=role, reason=reason, after=after)
    return breach


def note_notified(
    session: Session, breach_id: str, at: datetime, *, people: bool, actor: Actor, late: str = ""
) -> Breach:
    """Note when the authority, or with `people` the people concerned, were notified, as was decided.

    `late` says why the authority was not within 72 hours (33(1)). Raises Conflict for what was not decided or is done.
    """
    role = actor.require(Permission.INCIDENT_OPEN)
    breach = _changing(session, breach_id, actor)
    decided, done = (
        (breach.notify_people, breach.people_notified_at)
        if people
        else (breach.notify_authority, breach.authority_notified_at)
    )
    if not decided or done:
        raise Conflict(N_("That was not decided, or is noted already."))
    check_notified(at, breach.detected_at, None if people else breach.due_at, clock.now(), late)
    if people:
        breach.people_notified_at = at
    else:
        breach.authority_notified_at = at
        breach.late = _kept(session, late if at > breach.due_at else "", actor)
    _settle(breach)
    after = {"notified": "people" if people else "authority", "at": clock.to_text(at)}
    note(session, Action.BREACH_NOTIFIED, breach_subject(breach), actor=actor, role=role, after=after)
    return breach


def close_breach(session: Session, breach_id: str, *, actor: Actor, reason: str) -> Breach:
    """Close a breach as the second person; raises BreachUnsettled, BreachOnePersonOnly for whoever decided."""
    role = actor.require(Permission.INCIDENT_OPEN)
    breach, reason = _changing(session, breach_id, actor), check_reason(reason)
    if not breach.stopped_at or (breach.notify_people and not breach.people_notified_at):
        raise BreachUnsettled
    if breach.decided_by == actor.pseudonym:
        raise BreachOnePersonOnly(subject=str(breach_subject(breach)))
    breach.closed_by, breach.closed_at = actor.pseudonym, clock.now()
    after = {"decided_by": breach.decided_by}
    subject = breach_subject(breach)
    note(session, Action.BREACH_CLOSED, subject, actor=actor, role=role, reason=reason, after=after)
    return breach


def _new(detected_at: datetime, source: BreachSource, actor: Actor) -> Breach:
    return Breach(
        id=new_id(),
        source=source,
        detected_at=detected_at,
        due_at=notice_due(detected_at),
        opened_by=actor.pseudonym,
        opened_at=clock.now(),
        kinds=[],
        findings=[],
    )


def _describe(session: Session, breach: Breach, facts: BreachFacts, actor: Actor) -> None:
    if not facts.kinds:
        raise Invalid(fields={"kinds": N_("Choose at least one.")})
    if any(number is not None and number < 0 for number in (facts.people, facts.records)):
        raise Invalid(fields={"people": N_("A number is 0 or more.")})
    breach.kinds = [kind.value for kind in BreachKind if kind in facts.kinds]
    breach.people, breach.records = facts.people, facts.records
    breach.nature = keep_text(session, check_reason(facts.nature), actor.person_id)
    breach.concerned = _kept(session, facts.concerned, actor)
    breach.consequences = _kept(session, facts.consequences, actor)
    breach.measures = _kept(session, facts.measures, actor)


def _kept(session: Session, text: str, actor: Actor) -> str | None:
    given = text.strip()
    return keep_text(session, given, actor.person_id) if given else None


def _settle(breach: Breach) -> None:
    breach.stopped_at = settled_at(
        decided_at=breach.decided_at,
        notify_authority=breach.notify_authority,
        authority_notified_at=breach.authority_notified_at,
    )


def _said(breach: Breach) -> dict[str, object]:
    return {
        "source": breach.source.value,
        "detected": clock.to_text(breach.detected_at),
        "due": clock.to_text(breach.due_at),
        "kinds": breach.kinds,
    }


def _changing(session: Session, breach_id: str, actor: Actor) -> Breach:
    """Return a breach that is to change, one change at a time; raises NotFound, Conflict for a closed one."""
    access_breach(session, breach_id, actor)
    breach = session.get_one(Breach, breach_id, with_for_update=True, populate_existing=True)
    if breach.closed_at:
        raise Conflict(N_("This breach is closed."))
    return breach
