"""What an erasure reaches: every text and copy that holds a person's values, by share."""

from collections.abc import Sequence

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.audit.models import CommittedText, Line
from app.audit.texts import texts_where
from app.identity.errors import HubOnly
from app.identity.models import Membership, Person, PersonState
from app.identity.services.people import access_person
from app.kernel.actors import Actor, Permission
from app.notebook.models import Record
from app.notebook.queries import work_of
from app.notebook.rules.words import OPEN_STATES, REVIEW_STATES
from app.privacy.errors import NotOneselfErased
from app.privacy.models import Erasure, ExpiryItem
from app.privacy.rules.erasing import ErasureState, Obstacle, Placed, Reach, obstacles_of, share_out
from app.signatures.models import Signature
from app.storage.rows import FOR_AN_ACT


def decidable_person(session: Session, person_id: str, actor: Actor, *, for_act: bool = False) -> Person:
    """Return a person over whose values the actor may decide; raises NotFound, HubOnly, NotOneselfErased.

    One who belonged to several operators is the hub's to decide about: the texts stand in all their records.
    """
    actor.require(Permission.ERASURE_DECIDE, f"person:{person_id}")
    person = access_person(session, person_id, actor)
    if person_id == actor.person_id:
        raise NotOneselfErased(subject=f"person:{person_id}")
    others = select(Membership.id).where(
        Membership.person_id == person_id, Membership.operator_id.is_distinct_from(actor.operator_id)
    )
    if actor.operator_id and session.scalar(others.limit(1)):
        raise HubOnly
    if for_act:
        return session.get_one(Person, person_id, with_for_update=FOR_AN_ACT, populate_existing=True)
    return person


def obstacles(session: Session, person: Person) -> list[Obstacle]:
    """Return what must end before this person's values may be erased."""
    own = select(Record.number).where(Record.performer_id == person.id, Record.state.in_(OPEN_STATES | REVIEW_STATES))
    judging = select(Record.number).where(Record.reviewer_id == person.id, Record.state.in_(REVIEW_STATES))
    return obstacles_of(
        is_disabled=person.state is PersonState.DISABLED,
        is_erased=person.erased_at is not None,
        own_open=session.scalars(own.order_by(Record.number)).all(),
        judging=session.scalars(judging.order_by(Record.number)).all(),
    )


def own_records(session: Session, person_id: str) -> Sequence[Record]:
    """Return the records that are a person's work, in the order of issue; none that was filed under them in error."""
    query = select(Record).where(work_of(person_id))
    return session.scalars(query.order_by(Record.issued_at, Record.number)).all()


def reach_of(session: Session, person: Person) -> Reach:
    """Return every committed text that is theirs, stands in their records, or names them, shared out.

    Where a text stands is said by the subject of the line that kept it. Decisions over erasures are left out: they
    stay.
    """
    subjects = {f"person:{person.id}", *(f"record:{record.id}" for record in own_records(session, person.id))}
    printed = _printed_names(session)
    decisions = {*session.scalars(select(Erasure.decision)), *session.scalars(select(ExpiryItem.decision))}
    query = (
        select(CommittedText, Line.subject)
        .join(Line, and_(Line.log_id == CommittedText.log_id, Line.index == CommittedText.line_index))
        .where(CommittedText.erased_at.is_(None))
    )
    found = []
    for kept, subject in texts_where(session, query):
        commitment, theirs, in_their_records = kept.commitment, kept.person_id == person.id, subject in subjects
        # A printed name elsewhere is that of a namesake, which only looks like theirs.
        named = not (theirs or in_their_records) and commitment not in printed and _names(kept.text, person.name)
        if commitment not in decisions and (theirs or in_their_records or named):
            found.append(Placed(commitment, theirs, in_their_records, commitment in printed))
    return share_out(found)


def _names(text: str | None, name: str | None) -> bool:
    return bool(name and text) and str(name).casefold() in str(text).casefold()


def _printed_names(session: Session) -> set[str]:
    rows = session.execute(select(Signature.signer_name, Signature.signer_login))
    return {commitment for row in rows for commitment in row}


def open_erasure_of(session: Session, person_id: str) -> Erasure | None:
    """Return the erasure that is proposed for a person and not decided yet."""
    query = select(Erasure).where(Erasure.person_id == person_id, Erasure.state == ErasureState.PROPOSED)
    return session.scalar(query.limit(1))


def done_erasure_of(session: Session, person_id: str) -> Erasure | None:
    """Return the erasure by which a person's values went."""
    query = select(Erasure).where(Erasure.person_id == person_id, Erasure.state == ErasureState.DONE)
    return session.scalar(query.limit(1))
