"""A key that somebody else may have: everything that must happen, in one act, and how the incident ends (KM-9)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity.errors import NotOnesOwn
from app.identity.rules.people import check_reason
from app.identity.services.people import access_person, lock_person_out, person_subject
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Invalid, NotFound
from app.signatures.errors import IncidentOnePersonOnly
from app.signatures.models import Incident, Signature
from app.signatures.rules import Meaning, RevocationReason
from app.signatures.services.accounts import end_keys
from app.signatures.services.ca import Authority
from app.storage.tables import new_id

JUDGING = (Meaning.REVIEWED, Meaning.APPROVED, Meaning.REJECTED)


def report_compromise(
    session: Session,
    person_id: str,
    since: datetime,
    *,
    actor: Actor,
    reason: str,
    authority: Authority | None = None,
) -> Incident:
    """Lock a person out, end sessions and keys, revoke, list what was signed since, open an incident, all at once.

    What was signed since is contested from now on, and stays. Raises Invalid for a time to come, NotOnesOwn,
    Conflict for somebody who is disabled.
    """
    role = actor.require(Permission.INCIDENT_OPEN)
    reason = check_reason(reason)
    if since > clock.now():
        raise Invalid(fields={"since": N_("This time is still to come.")})
    _, sessions = lock_person_out(session, person_id, actor=actor)
    keys, revoked = end_keys(session, person_id, RevocationReason.COMPROMISE, authority=authority, since=since)
    incident = _open_incident(session, person_id, since, actor)
    after = {
        "incident": incident.id,
        "since": clock.to_text(since),
        "sessions": sessions,
        "keys": keys,
        "revoked": revoked,
        "signatures": incident.signatures,
        "to_tell": incident.to_tell,
    }
    subject = person_subject(person_id)
    note(session, Action.KEY_COMPROMISED, subject, actor=actor, role=role, reason=reason, after=after)
    return incident


def review_incident(
    session: Session, incident_id: str, looked_at: Iterable[str], *, actor: Actor, reason: str
) -> Incident:
    """Say what was found out about an incident, having looked at every signature that it lists, given by their ids.

    The signatures stay contested. Raises NotOnesOwn for the person whom it is about, Invalid where a signature was not
    looked at, Conflict for an incident that was reviewed before.
    """
    role = actor.require(Permission.INCIDENT_OPEN)
    incident, reason = _changing(session, incident_id, actor), check_reason(reason)
    if incident.reviewed_at:
        raise Conflict(N_("This incident was reviewed before."))
    if set(looked_at) != set(incident.signatures):
        raise Invalid(fields={"looked_at": N_("Look at every signature in the list.")})
    incident.reviewed_by, incident.reviewed_at = actor.pseudonym, clock.now()
    after = {"incident": incident.id, "signatures": incident.signatures}
    subject = person_subject(incident.person_id)
    note(session, Action.INCIDENT_REVIEWED, subject, actor=actor, role=role, reason=reason, after=after)
    return incident


def close_incident(session: Session, incident_id: str, *, actor: Actor, reason: str) -> Incident:
    """Close an incident that somebody else reviewed; raises NotOnesOwn, IncidentOnePersonOnly, Conflict."""
    role = actor.require(Permission.INCIDENT_OPEN)
    incident, reason = _changing(session, incident_id, actor), check_reason(reason)
    if incident.reviewed_by is None or incident.closed_at:
        raise Conflict(N_("An incident is reviewed first, and closed once."))
    if incident.reviewed_by == actor.pseudonym:
        raise IncidentOnePersonOnly
    incident.closed_by, incident.closed_at = actor.pseudonym, clock.now()
    after = {"incident": incident.id, "reviewed_by": incident.reviewed_by}
    subject = person_subject(incident.person_id)
    note(session, Action.INCIDENT_CLOSED, subject, actor=actor, role=role, reason=reason, after=after)
    return incident


def access_incident(session: Session, incident_id: str, actor: Actor) -> Incident:
    """Return an incident about somebody whom the actor may see; raises NotFound."""
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound
    access_person(session, incident.person_id, actor)
    return incident


def _changing(session: Session, incident_id: str, actor: Actor) -> Incident:
    """Return an incident that is to change, one change at a time, and never by the person whom it is about."""
    if access_incident(session, incident_id, actor).person_id == actor.person_id:
        raise NotOnesOwn
    return session.get_one(Incident, incident_id, with_for_update=True, populate_existing=True)


def _open_incident(session: Session, person_id: str, since: datetime, actor: Actor) -> Incident:
    signed = _signed_since(session, person_id, since)
    incident = Incident(
        id=new_id(),
        person_id=person_id,
        suspected_since=since,
        opened_at=clock.now(),
        opened_by=actor.pseudonym,
        signatures=[signature.id for signature in signed],
        to_tell=sorted({person_id, *_judges_of(session, {signature.subject for signature in signed})}),
    )
    session.add(incident)
    return incident


def _signed_since(session: Session, person_id: str, since: datetime) -> list[Signature]:
    query = select(Signature).where(Signature.signer_id == person_id, Signature.signed_at >= since)
    return list(session.scalars(query.order_by(Signature.signed_at, Signature.id)))


def _judges_of(session: Session, subjects: set[str]) -> set[str]:
    """Return who relied on what was signed: those who reviewed or concluded the same things."""
    query = select(Signature.signer_id).where(Signature.subject.in_(subjects), Signature.meaning.in_(JUDGING))
    return set(session.scalars(query))
