"""Statements about statements: whoever looks for what a statement says finds those that refer to it too (§2.1.4)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.storage.rows import in_portions
from xapi.models import Referral, Statement
from xapi.rules.keys import Keys

_COLUMNS = (Statement.verb, Statement.agent, Statement.object_agent, Statement.activity, Statement.registration)


def refer(session: Session, ordinals: Mapping[str, int], keys: Mapping[str, Keys], operator_id: str | None) -> None:
    """Give statements just stored the keys of those that they refer to, and their own to those that refer to them.

    Either may be stored first, and a statement may refer to one that refers to a third. An operator's statements get no
    keys of others': by them it could be found out what those say.
    """
    referring = {name: key.refers_to for name, key in keys.items()}
    for own, target in _backwards(session, referring, ordinals, operator_id):
        _give_keys(session, [own], target)
    for own, target in _forwards(session, ordinals, operator_id):
        followers = session.scalars(select(Referral.ordinal).where(Referral.via == own)).all()
        _give_keys(session, [own, *followers], target)


def _give_keys(session: Session, ordinals: Sequence[int], target: int) -> None:
    found_by = _keys_through(session, target)
    # Statements that refer to each other in a circle would get the same keys again.
    known = select(Referral.ordinal, Referral.via).where(Referral.ordinal.in_(ordinals))
    given = {(ordinal, via) for ordinal, via in session.execute(known)}
    rows = {(ordinal, row["via"]): row | {"ordinal": ordinal} for ordinal in ordinals for row in found_by}
    fresh = [row for place, row in rows.items() if place not in given]
    if fresh:
        session.execute(insert(Referral), fresh)


def _backwards(
    session: Session, referring: Mapping[str, str | None], ordinals: Mapping[str, int], operator_id: str | None
) -> Iterator[tuple[int, int]]:
    """Yield each statement that refers to one stored before it, and which, in their order."""
    stored: dict[str, int] = {}
    for some in in_portions(sorted({target for target in referring.values() if target})):
        query = select(Statement.id, Statement.ordinal, Statement.operator_id).where(Statement.id.in_(some))
        found = session.execute(query).all()
        stored |= {name: ordinal for name, ordinal, owner in found if operator_id in (None, owner)}
    for own, target in referring.items():
        if target in stored and stored[target] < ordinals[own]:
            yield ordinals[own], stored[target]


def _forwards(session: Session, ordinals: Mapping[str, int], operator_id: str | None) -> Iterator[tuple[int, int]]:
    """Yield each statement that was stored before the one it refers to, and which."""
    for some in in_portions(list(ordinals)):
        query = select(Statement.ordinal, Statement.refers_to, Statement.operator_id)
        for ordinal, target, owner in session.execute(query.where(Statement.refers_to.in_(some))).all():
            may_follow = owner in (None, operator_id)
            if target is not None and may_follow and ordinal < ordinals[target]:
                yield ordinal, ordinals[target]


def _keys_through(session: Session, target: int) -> Sequence[dict[str, Any]]:
    """Return the keys of a statement, and those by which it is found because of what it refers to itself."""
    own = select(Statement.ordinal.label("via"), *_COLUMNS).where(Statement.ordinal == target)
    further = select(Referral.via, *(getattr(Referral, column.key) for column in _COLUMNS))
    further = further.where(Referral.ordinal == target)
    return [dict(row) for query in (own, further) for row in session.execute(query).mappings()]
