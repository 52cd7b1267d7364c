"""Acts on dead letters: what a target refused for good is sent again, or set aside. Each writes one line.

Either lets go of what was held back behind it. The bytes stay the same: what is mended is the target, or how it is
told who somebody is.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.delivery import queries
from app.delivery.errors import NothingRefused, WhyNeeded
from app.delivery.models import Delivery, Target
from app.delivery.rules import LEAST_REASON_LENGTH, Fate
from app.kernel.actors import Actor, Permission

NAMED_IN_A_LINE = 100


def resend_letters(
    session: Session, name: str, parcels: Sequence[str] | None, *, actor: Actor, reason: str | None = None
) -> int:
    """Have what a target refused sent again, all of it (None) or what these ids name, and return how much that is.

    Raises NoSuchTarget, and NothingRefused when there is nothing of that to send.
    """
    role = actor.require(Permission.TARGET_ADMINISTER)
    target = _locked_target(session, name, actor)
    refused = [Delivery.target_id == target.id, Delivery.fate == Fate.DEAD]
    if parcels is not None:
        refused.append(Delivery.parcel.in_(parcels))
    found = _change(session, target, refused, Fate.PENDING)
    after = {"letters": len(found), "parcels": found[:NAMED_IN_A_LINE]}
    subject = Subject("target", target.id, target.operator_id)
    note(session, Action.LETTERS_RESENT, subject, actor=actor, role=role, reason=reason, after=after)
    return len(found)


def set_letter_aside(session: Session, name: str, parcel: str, *, actor: Actor, reason: str) -> None:
    """Decide that what a target refused will not reach it, so that what comes after it may.

    Raises NoSuchTarget, NothingRefused, and WhyNeeded without a reason.
    """
    role = actor.require(Permission.TARGET_ADMINISTER)
    if len(reason.strip()) < LEAST_REASON_LENGTH:
        raise WhyNeeded
    target = _locked_target(session, name, actor)
    refused = [Delivery.target_id == target.id, Delivery.fate == Fate.DEAD, Delivery.parcel == parcel]
    _change(session, target, refused, Fate.SET_ASIDE)
    subject, after = Subject("target", target.id, target.operator_id), {"parcel": parcel}
    note(session, Action.LETTER_SET_ASIDE, subject, actor=actor, role=role, reason=reason, after=after)


def _locked_target(session: Session, name: str, actor: Actor) -> Target:
    """Return a target in use, its state locked, so that no worker writes down a round at the same time."""
    target = queries.target_in_use(session, name, actor)
    queries.locked_state(session, target.id)
    return target


def _change(session: Session, target: Target, refused: Sequence[ColumnElement[bool]], fate: Fate) -> list[str]:
    """Give letters another fate, let go of what they held back, and return their ids in order."""
    query = select(Delivery.parcel).where(*refused).order_by(Delivery.position)
    found = list(session.scalars(query))
    if not found:
        raise NothingRefused
    sequences = select(Delivery.sequence).where(*refused, Delivery.sequence.is_not(None))
    held = [Delivery.target_id == target.id, Delivery.fate == Fate.HELD, Delivery.sequence.in_(sequences)]
    plain = {"synchronize_session": False}
    session.execute(update(Delivery).where(*held).values(fate=Fate.PENDING), execution_options=plain)
    session.execute(update(Delivery).where(*refused).values(fate=fate), execution_options=plain)
    return found
