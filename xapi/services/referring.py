"""Statements about statements: whoever looks for what a statement says finds those that refer to it too (§2.1.4)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from xapi.models import Referral, Statement
from xapi.rules.keys import Keys

_COLUMNS = (Statement.verb, Statement.agent, Statement.object_agent, Statement.activity, Statement.registration)
_MOST_NAMES = 500


def refer(session: Session, ordinals: Mapping[str, int], keys: Mapping[str, Keys]) -> None:
    """Give statements just stored the keys of those that they refer to, and their own to those that refer to them.

    Either may be stored first, and a statement may refer to one that refers to a third.
    """
    for own, target in _backwards(session, {name: key.refers_to for name, key in keys.items()}, ordinals):
        _give_keys(session, [own], target)
    for own, target in _forwards(session, ordinals):
        followers = session.scalars(select(Referral.ordinal).where(Referral.via == own)).all()
        _give_keys(session, [own, *followers], target)


def _give_keys(session: Session, ordinals: Sequence[int], target: int) -> None:
    found_by = _keys_through(session, target)
    session.execute(insert(Referral), [row | {"ordinal": ordinal} for ordinal in ordinals for row in found_by])


def _backwards(
    session: Session, referring: Mapping[str, str | None], ordinals: Mapping[str, int]
) -> Iterator[tuple[int, int]]:
    """Yield each statement that refers to one stored before it, and which, in their order."""
    targets = {target for target in referring.values() if target}
    if not targets:
        return
    query = select(Statement.id, Statement.ordinal).where(Statement.id.in_(targets))
    stored = dict(session.execute(query).all())
    for own, target in referring.items():
        if target in stored and stored[target] < ordinals[own]:
            yield ordinals[own], stored[target]


def _forwards(session: Session, ordinals: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Yield each statement that was stored before the one it refers to, and which."""
    names = list(ordinals)
    for begin in range(0, len(names), _MOST_NAMES):
        query = select(Statement.ordinal, Statement.refers_to)
        query = query.where(Statement.refers_to.in_(names[begin : begin + _MOST_NAMES]))
        for ordinal, target in session.execute(query).all():
            if target is not None and ordinal < ordinals[target]:
                yield ordinal, ordinals[target]


def _keys_through(session: Session, target: int) -> Sequence[dict[str, Any]]:
    """Return the keys of a statement, and those by which it is found because of what it refers to itself."""
    own = select(Statement.ordinal.label("via"), *_COLUMNS).where(Statement.ordinal == target)
    further = select(Referral.via, *(getattr(Referral, column.key) for column in _COLUMNS))
    further = further.where(Referral.ordinal == target)
    return [dict(row) for query in (own, further) for row in session.execute(query).mappings()]
