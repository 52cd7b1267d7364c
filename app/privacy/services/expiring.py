"""What happens to what is over: listed by the worker, approved by one, confirmed by another (GD-5(1)(e))."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, hold_log, keep_text, note
from app.identity.models import Person
from app.identity.rules.people import check_reason
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Invalid, NotFound
from app.privacy.errors import NotOneselfErased, OnePersonOnly
from app.privacy.models import Expiry, ExpiryItem
from app.privacy.queries.expiring import find_over, items_of, open_expiry
from app.privacy.rules.retention import ExpiryState, ItemState, count_by_class
from app.privacy.services.erasing import check_decision
from app.storage.rows import in_portions
from app.storage.tables import new_id

MOST_ITEMS = 200
"""What one list holds; the rest comes with the next, so that people can read what they approve."""
LONGEST_HOLD_DAYS = 3660


def propose_expiry(session: Session, operator_id: str | None, *, actor: Actor) -> Expiry | None:
    """List what is over for an operator, or for the hub; None where nothing is, or a list waits already.

    Two workers who come at once make one list: whoever comes second finds the first's.
    """
    role = actor.require(Permission.ERASURE_DECIDE)
    if open_expiry(session, operator_id):
        return None
    found = find_over(session, operator_id, clock.now())[:MOST_ITEMS]
    if not found:
        return None
    hold_log(session, operator_id)
    if open_expiry(session, operator_id):
        return None
    expiry = Expiry(id=new_id(), operator_id=operator_id, state=ExpiryState.PROPOSED, found_at=clock.now())
    items = [
        ExpiryItem(
            expiry_id=expiry.id,
            number=number,
            kind=one.kind,
            retention_class=one.retention_class,
            over_since=one.since,
            record_id=one.record_id,
            person_id=one.person_id,
            rows=one.rows,
            state=ItemState.LISTED,
        )
        for number, one in enumerate(found, 1)
    ]
    session.add_all([expiry, *items])
    note(session, Action.EXPIRY_PROPOSED, expiry_subject(expiry), actor=actor, role=role, after=_counts(items))
    return expiry


def approve_expiry(session: Session, expiry_id: str, *, actor: Actor, reason: str) -> Expiry:
    """Approve a list as the first person; `reason` is the decision, stays, and must name nobody who stands on it.

    Raises NotOneselfErased for who stands on it themselves, NamesInDecision, Conflict unless it waits for a first.
    """
    role = actor.require(Permission.ERASURE_DECIDE, f"expiry:{expiry_id}")
    expiry = _in_state(session, expiry_id, ExpiryState.PROPOSED, actor)
    items = listed(session, expiry)
    _not_oneself(items, actor)
    decision = check_decision(_people_on(session, items), reason)
    expiry.state, expiry.approved_by, expiry.approved_at = ExpiryState.APPROVED, actor.pseudonym, clock.now()
    expiry.decision = keep_text(session, decision, actor.person_id)
    after = _counts(items)
    subject = expiry_subject(expiry)
    note(session, Action.EXPIRY_APPROVED, subject, actor=actor, role=role, reason=decision, after=after)
    return expiry


def return_expiry(session: Session, expiry_id: str, *, actor: Actor, reason: str) -> Expiry:
    """Give an approved list back, by whoever may decide: it waits for a first person again, nothing was erased."""
    role = actor.require(Permission.ERASURE_DECIDE, f"expiry:{expiry_id}")
    expiry = _in_state(session, expiry_id, ExpiryState.APPROVED, actor)
    reason = check_reason(reason)
    before = {"approved_by": expiry.approved_by}
    expiry.state, expiry.approved_by, expiry.approved_at = ExpiryState.PROPOSED, None, None
    expiry.decision = None
    subject = expiry_subject(expiry)
    note(session, Action.EXPIRY_RETURNED, subject, actor=actor, role=role, reason=reason, before=before)
    return expiry


def confirm_expiry(session: Session, expiry_id: str, *, actor: Actor) -> Expiry:
    """Confirm a list as the second person; the worker then erases item by item, each by an act of its own.

    Raises OnePersonOnly for whoever approved it, NotOneselfErased.
    """
    role = actor.require(Permission.ERASURE_DECIDE, f"expiry:{expiry_id}")
    expiry = _in_state(session, expiry_id, ExpiryState.APPROVED, actor)
    if expiry.approved_by == actor.pseudonym:
        raise OnePersonOnly(subject=f"expiry:{expiry_id}")
    items = listed(session, expiry)
    _not_oneself(items, actor)
    expiry.state, expiry.confirmed_by, expiry.confirmed_at = ExpiryState.CONFIRMED, actor.pseudonym, clock.now()
    after = _counts(items) | {"approved_by": expiry.approved_by}
    note(session, Action.EXPIRY_CONFIRMED, expiry_subject(expiry), actor=actor, role=role, after=after)
    return expiry


def hold_item(
    session: Session, expiry_id: str, number: int, until: datetime, *, actor: Actor, reason: str
) -> ExpiryItem:
    """Hold an item back until a day, for a legal claim or another reason; it is not listed again before (GDPR 17(3)).

    A list on which everything is held back is done. Raises Invalid for a day that is not to come, Conflict once the
    list was approved.
    """
    role = actor.require(Permission.ERASURE_DECIDE, f"expiry:{expiry_id}")
    expiry = _in_state(session, expiry_id, ExpiryState.PROPOSED, actor)
    item = session.get(ExpiryItem, (expiry_id, number))
    if item is None:
        raise NotFound
    if item.state is not ItemState.LISTED:
        raise Conflict
    if not 0 < (until - clock.now()).total_seconds() <= LONGEST_HOLD_DAYS * 86400:
        raise Invalid(fields={"until": N_("Choose a day to come, within ten years.")})
    reason = check_reason(reason)
    item.state, item.held_until, item.held_by = ItemState.HELD, until, actor.pseudonym
    item.hold_reason = keep_text(session, reason, actor.person_id)
    after: dict[str, object] = {"item": number, "kind": item.kind.value, "until": clock.to_text(until)}
    if not listed(session, expiry):
        expiry.state = ExpiryState.DONE
        after["state"] = expiry.state.value
    after |= {name: value for name in ("record_id", "person_id") if (value := getattr(item, name))}
    note(session, Action.EXPIRY_HELD, expiry_subject(expiry), actor=actor, role=role, reason=reason, after=after)
    return item


def listed(session: Session, expiry: Expiry) -> list[ExpiryItem]:
    """Return the items of a list that nobody held back and that nothing happened to yet."""
    return [item for item in items_of(session, expiry.id) if item.state is ItemState.LISTED]


def expiry_subject(expiry: Expiry) -> Subject:
    """Name a list in its operator's log, or the hub's."""
    return Subject("expiry", expiry.id, expiry.operator_id)


def access_expiry(session: Session, expiry_id: str, actor: Actor) -> Expiry:
    """Return a list of the actor's operator, or any for who acts for the hub; else raise NotFound."""
    actor.require(Permission.ERASURE_DECIDE, f"expiry:{expiry_id}")
    expiry = session.get(Expiry, expiry_id)
    if expiry is None or actor.operator_id not in (None, expiry.operator_id):
        raise NotFound
    return expiry


def _in_state(session: Session, expiry_id: str, state: ExpiryState, actor: Actor) -> Expiry:
    access_expiry(session, expiry_id, actor)
    expiry = session.get_one(Expiry, expiry_id, with_for_update=True, populate_existing=True)
    if expiry.state is not state:
        raise Conflict
    return expiry


def _not_oneself(items: Sequence[ExpiryItem], actor: Actor) -> None:
    if actor.person_id and actor.person_id in {item.person_id for item in items}:
        raise NotOneselfErased(subject=actor.pseudonym)


def _people_on(session: Session, items: Sequence[ExpiryItem]) -> list[Person]:
    wanted = sorted({item.person_id for item in items if item.person_id})
    return [one for some in in_portions(wanted) for one in session.query(Person).where(Person.id.in_(some))]


def _counts(items: Sequence[ExpiryItem]) -> dict[str, object]:
    return {"items": len(items), "classes": count_by_class((item.retention_class, item.kind) for item in items)}
