"""Joining whom a launch made to the account that they have here besides: the session proves the one, their password the
other (LT-5).

Two acts, each with its own line: the person who was made is ended with their link, then the account of the platform is
linked to the older person. Should the second never come, the next launch makes somebody anew, who can be joined again.
Nothing is removed: what the ended person is, and the empty records that were issued to them, stay as they were.
"""

from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.competencies.models import Decision
from app.identity.models import CohortPlace, Person, PersonState
from app.identity.queries import accounts_of, has_password
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.identity.services.people import end_person, person_subject
from app.kernel import clock
from app.kernel.actors import Actor
from app.kernel.errors import NotFound
from app.lms.errors import AlreadyKnown, NotEmpty
from app.notebook.models import Entry, Record
from app.notebook.rules.words import RecordState
from app.signatures.models import Signature
from app.storage.rows import FOR_AN_ACT

UNTOUCHED = frozenset({RecordState.ISSUED, RecordState.VOIDED})


@dataclass(frozen=True)
class Moved:
    """An account of a platform that is to be another person's."""

    home_page: str
    kind: AccountName
    name: str = field(repr=False)


def may_join(session: Session, person_id: str | None) -> bool:
    """Say whether somebody is here by their platform's word alone: with an account there, and no password here."""
    return bool(person_id and accounts_of(session, person_id)) and not has_password(session, person_id or "")


def end_made_person(session: Session, made_id: str, *, actor: Actor) -> list[Moved]:
    """End somebody whom a launch made, for the person that they are: the actor, whose password was just checked.

    Returns the accounts that are free now. Raises NotEmpty for whom work, a signature or a decision is recorded,
    AlreadyKnown where the platform knows the actor by another account, NotFound for anybody else.
    """
    people = select(Person).where(Person.id.in_([made_id, actor.person_id])).order_by(Person.id)
    people = people.with_for_update(**FOR_AN_ACT).execution_options(populate_existing=True)
    found = {one.id: one for one in session.scalars(people)}
    made, older = found.get(made_id), found.get(actor.person_id or "")
    if made is None or older is None or made is older or not may_join(session, made_id):
        raise NotFound
    if PersonState.ACTIVE is not made.state or older.state is not PersonState.ACTIVE:
        raise NotFound
    _check_empty(session, made)
    moved = _freed(session, made_id, older)
    _leave_cohorts(session, made_id)
    before, roles = made.state, end_person(session, made, actor=actor)
    note(
        session,
        Action.LTI_PERSON_JOINED,
        person_subject(made_id),
        actor=actor,
        before={"state": before.value, "roles": roles},
        after={
            "state": made.state.value,
            "joined_to": older.id,
            "accounts": [{"home_page": one.home_page, "kind": one.kind.value} for one in moved],
        },
    )
    return moved


def take_account(session: Session, moved: Moved, *, actor: Actor) -> None:
    """Link an account that was freed to the actor."""
    link_account(session, actor.person_id or "", moved.home_page, moved.kind, moved.name, actor=actor)


def _check_empty(session: Session, made: Person) -> None:
    """Raise NotEmpty unless the person did nothing that must stay theirs."""
    if made.restricted_at:
        raise NotEmpty
    theirs = Record.performer_id == made.id
    begun = select(Entry.record_id).join(Record, Record.id == Entry.record_id)
    questions = (
        select(Record.id).where(theirs, Record.state.not_in(UNTOUCHED)),
        begun.where(or_(theirs, Entry.performed_by == made.id)),
        select(Signature.id).where(Signature.signer_id == made.id),
        select(Decision.id).where(Decision.person_id == made.id),
    )
    if any(session.scalar(question.limit(1)) is not None for question in questions):
        raise NotEmpty


def _freed(session: Session, made_id: str, older: Person) -> list[Moved]:
    known = {(account.home_page, account.kind) for account in accounts_of(session, older.id)}
    moved = []
    for account in accounts_of(session, made_id):
        if (account.home_page, account.kind) in known:
            raise AlreadyKnown
        moved.append(Moved(account.home_page, account.kind, account.name or ""))
        account.ended_at = clock.now()
    return moved


def _leave_cohorts(session: Session, made_id: str) -> None:
    """Let the next synchronisation find the older person in the course, and nobody twice."""
    query = select(CohortPlace).where(CohortPlace.person_id == made_id, CohortPlace.left_at.is_(None))
    for place in session.scalars(query):
        place.left_at = clock.now()
