"""Companies, their tokens, and what is disclosed to them: set and ended by name, with a reason; each look a line."""

import secrets
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, keep_text, note
from app.competencies.queries import list_competencies
from app.competencies.rules.awarding import end_of_day
from app.identity.models import Operator
from app.identity.queries import operators_of
from app.identity.rules.people import check_reason
from app.identity.services.people import access_person, person_subject
from app.identity.services.sessions import digest_of_token
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Invalid, NotFound, Refused
from app.privacy.errors import EmployerTokenUnknown, NotOneselfDisclosed
from app.privacy.models import Disclosure, DisclosureView, Employer, EmployerToken
from app.privacy.queries.disclosing import ToldPerson, access_employer, open_disclosures, told_to
from app.privacy.rules.disclosing import LONGEST_NAME, LONGEST_TOKEN_DAYS, TOKEN_PREFIX, Granted, is_open
from app.storage.tables import new_id


def add_employer(session: Session, name: str, contact: str, *, actor: Actor) -> Employer:
    """Add a company of the operator one acts for; `contact` is a function or a shared mailbox, no person."""
    role = actor.require(Permission.EMPLOYER_ADMINISTER)
    if actor.operator_id is None:
        raise Refused(N_("Companies belong to an operator: choose the operator you act for."))
    for field, text in (("name", name), ("contact", contact)):
        if not 1 <= len(text.strip()) <= LONGEST_NAME:
            raise Invalid(fields={field: N_("Enter 1 to 200 characters.")})
    employer = Employer(
        id=new_id(),
        operator_id=actor.operator_id,
        name=name.strip(),
        contact=contact.strip(),
        added_at=clock.now(),
        added_by=actor.pseudonym,
    )
    session.add(employer)
    note(session, Action.EMPLOYER_ADDED, _subject(employer), actor=actor, role=role, after={"name": employer.name})
    return employer


def make_employer_token(session: Session, employer_id: str, *, days: int, actor: Actor) -> tuple[EmployerToken, str]:
    """Make a token for a company; return it and the secret, which is shown once."""
    role = actor.require(Permission.EMPLOYER_ADMINISTER)
    employer = access_employer(session, employer_id, actor)
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise Invalid(fields={"days": N_("A token is valid for 1 to 366 days.")})
    secret, now = TOKEN_PREFIX + secrets.token_urlsafe(32), clock.now()
    token = EmployerToken(
        id=new_id(),
        employer_id=employer.id,
        token_hash=digest_of_token(secret),
        made_at=now,
        made_by=actor.pseudonym,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    note(session, Action.EMPLOYER_TOKEN_MADE, _subject(employer), actor=actor, role=role, after={"token": token.id})
    return token, secret


def revoke_employer_token(session: Session, employer_id: str, token_id: str, *, actor: Actor) -> None:
    """Revoke a company's token; it stops working at once."""
    role = actor.require(Permission.EMPLOYER_ADMINISTER)
    employer = access_employer(session, employer_id, actor)
    token = session.get(EmployerToken, token_id, with_for_update=True)
    if token is None or token.employer_id != employer.id:
        raise NotFound
    if token.revoked_at:
        raise Conflict(N_("This token was revoked already."))
    token.revoked_at = clock.now()
    subject = _subject(employer)
    note(session, Action.EMPLOYER_TOKEN_REVOKED, subject, actor=actor, role=role, before={"token": token.id})


def disclose_results(
    session: Session, employer_id: str, person_id: str, granted: Granted, *, actor: Actor, reason: str
) -> Disclosure:
    """Let a company see a person's results and their validity, until a day, for one use; raises Invalid, Conflict."""
    role = actor.require(Permission.EMPLOYER_ADMINISTER, f"person:{person_id}")
    employer = access_employer(session, employer_id, actor)
    person = access_person(session, person_id, actor)
    if person.id == actor.person_id:
        raise NotOneselfDisclosed(subject=f"person:{person_id}")
    if person.erased_at or employer.operator_id not in {one.id for one in operators_of(session, person_id)}:
        raise NotFound
    text, zone = check_reason(reason), ZoneInfo(session.get_one(Operator, employer.operator_id).zone)
    now = clock.now()
    granted.check(now.astimezone(zone).date(), {one.code for one in list_competencies(session)})
    if any(one.person_id == person_id for one in open_disclosures(session, employer.id, now)):
        raise Conflict(N_("This company may see this person's results already. End that first."))
    disclosure = Disclosure(
        id=new_id(),
        operator_id=employer.operator_id,
        employer_id=employer.id,
        person_id=person_id,
        use=granted.use,
        extent=granted.extent,
        competencies=sorted(granted.competencies),
        reason=keep_text(session, text, actor.person_id),
        set_at=now,
        set_by=actor.pseudonym,
        until=end_of_day(granted.until, zone),
    )
    session.add(disclosure)
    after = _facts(disclosure) | {"until": granted.until.isoformat()}
    subject = person_subject(person_id)
    note(session, Action.RESULTS_DISCLOSED, subject, actor=actor, role=role, reason=text, after=after)
    return disclosure


def end_disclosure(session: Session, disclosure_id: str, *, actor: Actor, reason: str) -> Disclosure:
    """End a disclosure with a reason; the company sees nothing of the person from here on."""
    role = actor.require(Permission.EMPLOYER_ADMINISTER)
    disclosure = session.get(Disclosure, disclosure_id, with_for_update=True)
    if disclosure is None:
        raise NotFound
    access_employer(session, disclosure.employer_id, actor)
    if disclosure.ended_at:
        raise Conflict(N_("This disclosure has ended already."))
    text = check_reason(reason)
    disclosure.ended_at, disclosure.ended_by = clock.now(), actor.pseudonym
    disclosure.end_reason = keep_text(session, text, actor.person_id)
    subject, facts = person_subject(disclosure.person_id), _facts(disclosure)
    note(session, Action.DISCLOSURE_ENDED, subject, actor=actor, role=role, reason=text, before=facts)
    return disclosure


def view_results(session: Session, secret: str) -> tuple[Employer, list[ToldPerson]]:
    """Return what a company may see with its token; the look is a line that names all whom it saw.

    Raises EmployerTokenUnknown.
    """
    now = clock.now()
    token = session.scalar(select(EmployerToken).where(EmployerToken.token_hash == digest_of_token(secret)))
    if token is None or not is_open(token.expires_at, token.revoked_at, now):
        raise EmployerTokenUnknown
    employer = session.get_one(Employer, token.employer_id)
    actor = Actor(f"employer:{employer.id}", operator_id=employer.operator_id, session_id=f"token:{token.id}")
    found = told_to(session, employer, now)
    for told in found:
        view = DisclosureView(
            id=new_id(), disclosure_id=told.disclosure.id, person_id=told.disclosure.person_id, seen_at=now
        )
        session.add(view)
    after = {"people": sorted(told.disclosure.person_id for told in found), "token": token.id}
    note(session, Action.RESULTS_VIEWED, _subject(employer), actor=actor, after=after)
    return employer, found


def _subject(employer: Employer) -> Subject:
    return Subject("employer", employer.id, employer.operator_id)


def _facts(disclosure: Disclosure) -> dict[str, object]:
    return {
        "disclosure": disclosure.id,
        "employer": disclosure.employer_id,
        "use": disclosure.use.value,
        "extent": disclosure.extent.value,
        "competencies": disclosure.competencies,
    }
