"""Storing statements: each once, in one order, for the feed and for what programs send.

The head is locked by every transaction that stores. So ordinals have no gap, each transaction's `stored` is later than
the one before it, and nothing ever becomes visible behind a place that somebody has read up to.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.kernel import clock
from app.storage.rows import in_portions, locked_row
from app.storage.tables import table_of
from xapi.errors import Differs, Malformed
from xapi.models import HEAD, Head, Related, Statement, StatementAttachment
from xapi.queries.resources import attachments_of
from xapi.rules import forms
from xapi.rules.comparing import say_the_same
from xapi.rules.keys import Keys, agent_key, keys_of, party_key
from xapi.rules.parts import Attached
from xapi.rules.reading import Frozen
from xapi.rules.texts import read_value
from xapi.services.learning import learn_activities
from xapi.services.referring import refer

_COLUMNS = ("verb", "agent", "object_agent", "activity", "registration", "refers_to", "voids")


def lock_head(session: Session) -> Head:
    """Return the head, locked until the transaction ends; it is made the first time."""
    return locked_row(session, Head, {"id": HEAD}, ordinal=0, stored=clock.now())


def store(
    session: Session, head: Head, statements: Sequence[Frozen], *, authority: bytes, operator_id: str | None
) -> list[Frozen]:
    """Store the statements that are not stored yet, in the order given, and return them; the last has the head's place.

    The caller holds the head's lock. Raises Differs for an id that is stored with another content, and Malformed for a
    statement that voids a voiding one; then nothing is stored.
    """
    known = _known(session, [statement.id for statement in statements])
    for statement in statements:
        if statement.id in known and not _is_same(known[statement.id], statement, operator_id):
            raise Differs(statement.id)
    fresh = [statement for statement in statements if statement.id not in known]
    if not fresh:
        return []
    keys = {statement.id: keys_of(statement.value) for statement in fresh}
    _refuse_voiding_twice(session, [key.voids for key in keys.values() if key.voids], operator_id)
    stored = max(clock.now(), head.stored + timedelta(milliseconds=1))
    ordinals = {statement.id: head.ordinal + place for place, statement in enumerate(fresh, 1)}
    common = {"stored": stored, "authority": authority, "operator_id": operator_id}
    session.execute(
        insert(table_of(Statement)), [common | _row(ordinals[item.id], item, keys[item.id]) for item in fresh]
    )
    _store_related(session, ordinals, keys, authority)
    refer(session, ordinals, keys, operator_id)
    learn_activities(session, fresh, operator_id or "")
    head.ordinal, head.stored = head.ordinal + len(fresh), stored
    return fresh


def keep_attached(session: Session, attached: Sequence[Attached], operator_id: str | None) -> None:
    """Keep what came along with statements, each content once for an operator."""
    scope, contents = operator_id or "", {item.digest: item.content for item in attached}
    known = {row.digest for row in attachments_of(session, list(contents), scope)}
    rows = [
        {"scope": scope, "digest": digest, "content": content}
        for digest, content in contents.items()
        if digest not in known
    ]
    if rows:
        session.execute(insert(StatementAttachment), rows)


def _store_related(session: Session, ordinals: Mapping[str, int], keys: Mapping[str, Keys], authority: bytes) -> None:
    who = agent_key(json.loads(authority))
    common = {party_key(who)} if who else set()
    rows = [
        {"key": key, "ordinal": ordinals[identifier]}
        for identifier, found_by in keys.items()
        for key in found_by.related | common
    ]
    if rows:
        session.execute(insert(table_of(Related)), rows)


def _row(ordinal: int, statement: Frozen, keys: Keys) -> dict[str, Any]:
    timestamp = forms.read_timestamp(statement.value["timestamp"])
    found_by = {name: getattr(keys, name) for name in _COLUMNS}
    return {"ordinal": ordinal, "id": statement.id, "timestamp": timestamp, "body": statement.body, **found_by}


def _known(session: Session, identifiers: Sequence[str]) -> dict[str, tuple[bytes, str | None]]:
    """Return body and operator of the statements that are stored already."""
    found: dict[str, tuple[bytes, str | None]] = {}
    for some in in_portions(identifiers):
        query = select(Statement.id, Statement.body, Statement.operator_id).where(Statement.id.in_(some))
        found |= {identifier: (body, owner) for identifier, body, owner in session.execute(query)}
    return found


def _is_same(kept: tuple[bytes, str | None], statement: Frozen, operator_id: str | None) -> bool:
    """Say whether a stored statement is this one; another operator's never is, for its sender will not find it."""
    body, owner = kept
    if operator_id not in (None, owner):
        return False
    return body == statement.body or say_the_same(read_value(body), statement.value)


def _refuse_voiding_twice(session: Session, targets: Sequence[str], operator_id: str | None) -> None:
    """Refuse to void what itself voids another statement (XA-1)."""
    for some in in_portions(targets):
        query = select(Statement.id, Statement.operator_id).where(Statement.id.in_(some), Statement.voids.is_not(None))
        for found, owner in session.execute(query):
            if operator_id in (None, owner):
                raise Malformed("object.id", f"{found} is a voiding statement, which cannot be voided")
