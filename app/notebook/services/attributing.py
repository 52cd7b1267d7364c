"""Whose work a closed record is: corrected by an entry that two people answer for; nothing that was signed changes.

A signature by one person cannot become another's. So the record stays as it was signed, leaves the views of whom it was
filed under, is shown to whose work it was, and founds nothing for either of them: who did the work performs it again.
"""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import keep_text, note, open_text
from app.competencies.services import set_aside_decisions
from app.identity.models import Person
from app.identity.queries import belongs
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import N_, Conflict, Invalid, NotFound
from app.notebook import queries
from app.notebook.errors import AnotherConfirms, EndedFirst, PartInRecord
from app.notebook.models import Attribution, Record
from app.notebook.rules.words import ATTRIBUTABLE, AttributionState
from app.notebook.services.bench import need_reason, record_facts, record_subject
from app.signatures.queries import parts_taken
from app.storage.tables import new_id

NAMES_NOBODY = N_("Name nobody here: both people read it.")


def propose_attribution(
    session: Session, record_id: str, rightful_id: str | None, *, actor: Actor, reason: str
) -> Attribution:
    """Propose that a closed record is not its performer's work, and whose it was if that is known (GD-16).

    Raises EndedFirst, PartInRecord, Conflict while another proposal waits or once it was confirmed, NotFound for the
    person, Invalid for a reason that names either of them.
    """
    record, role = _take(session, record_id, actor)
    if record.misattributed_at or queries.attribution_of(session, record_id, AttributionState.PROPOSED):
        raise Conflict(N_("The attribution of this record was corrected, or is about to be."))
    _check_rightful(session, record, rightful_id, actor)
    text = need_reason(reason)
    _check_names_nobody(session, text, (record.performer_id, rightful_id))
    correction = Attribution(
        id=new_id(),
        record_id=record.id,
        performer_id=record.performer_id,
        rightful_id=rightful_id,
        state=AttributionState.PROPOSED,
        reason=keep_text(session, text, actor.person_id),
        proposed_by=actor.pseudonym,
        proposed_at=clock.now(),
    )
    session.add(correction)
    after = record_facts(record) | {"attribution": correction.id, "rightful": rightful_id}
    subject = record_subject(record)
    note(session, Action.ATTRIBUTION_PROPOSED, subject, actor=actor, role=role, reason=text, after=after)
    return correction


def withdraw_attribution(session: Session, record_id: str, *, actor: Actor, reason: str) -> None:
    """Give a proposal up; the record stays whose it was."""
    record, role = _take(session, record_id, actor)
    correction = _proposed(session, record)
    text = need_reason(reason)
    _check_names_nobody(session, text, (record.performer_id, correction.rightful_id))
    _decide(correction, AttributionState.WITHDRAWN, actor)
    subject, after = record_subject(record), record_facts(record) | {"attribution": correction.id}
    note(session, Action.ATTRIBUTION_WITHDRAWN, subject, actor=actor, role=role, reason=text, after=after)


def confirm_attribution(session: Session, record_id: str, *, actor: Actor) -> Record:
    """Confirm as the second person: both people's views follow, and every decision that rested on the record is set
    aside.

    Raises AnotherConfirms for whoever proposed it, PartInRecord for whoever performed, checked, reviewed or signed.
    """
    record, role = _take(session, record_id, actor)
    correction = _proposed(session, record)
    subject = record_subject(record)
    if correction.proposed_by == actor.pseudonym:
        raise AnotherConfirms(subject=str(subject))
    signed = parts_taken(session, str(subject), actor.person_id or "")
    if signed or actor.person_id in (correction.rightful_id, record.reviewer_id):
        raise PartInRecord(subject=str(subject))
    _decide(correction, AttributionState.CONFIRMED, actor)
    record.misattributed_at, record.rightful_id = clock.now(), correction.rightful_id
    facts = {
        "attribution": correction.id,
        "rightful": correction.rightful_id,
        "proposed_by": correction.proposed_by,
        **set_aside_decisions(session, record.id, actor=actor),
    }
    reason = open_text(session, correction.reason)
    after = record_facts(record) | facts
    note(session, Action.RECORD_REATTRIBUTED, subject, actor=actor, role=role, reason=reason, after=after)
    return record


def _take(session: Session, record_id: str, actor: Actor) -> tuple[Record, Role]:
    """Lock a closed record for somebody who may decide whose it is, and is not the one it was filed under."""
    subject = f"record:{record_id}"
    role = actor.require(Permission.RECORD_VOID, subject)
    record = queries.access_record(session, record_id, actor, for_act=True)
    if record.state not in ATTRIBUTABLE:
        raise EndedFirst(subject=subject)
    if record.performer_id == actor.person_id:
        raise PartInRecord(subject=subject)
    return record, role


def _check_rightful(session: Session, record: Record, rightful_id: str | None, actor: Actor) -> None:
    if rightful_id is None:
        return
    if rightful_id == actor.person_id:
        raise PartInRecord(subject=str(record_subject(record)))
    person = session.get(Person, rightful_id)
    if person is None or person.erased_at or not belongs(session, rightful_id, actor):
        raise NotFound
    if rightful_id == record.performer_id:
        message = N_("Choose somebody else: the record is filed under this person.")
        raise Invalid(message, fields={"rightful": message})


def _check_names_nobody(session: Session, text: str, people: tuple[str | None, ...]) -> None:
    for person_id in people:
        person = session.get(Person, person_id) if person_id else None
        names = (person.name, person.login, person.email) if person else ()
        if any(name and name.casefold() in text.casefold() for name in names):
            raise Invalid(NAMES_NOBODY, fields={"reason": NAMES_NOBODY})


def _proposed(session: Session, record: Record) -> Attribution:
    correction = queries.attribution_of(session, record.id, AttributionState.PROPOSED)
    if correction is None:
        raise NotFound
    return correction


def _decide(correction: Attribution, state: AttributionState, actor: Actor) -> None:
    correction.state, correction.decided_by, correction.decided_at = state, actor.pseudonym, clock.now()
