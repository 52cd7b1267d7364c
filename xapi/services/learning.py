"""What the LRS learns of activities: the definitions that statements bring, taken together (Communication §2.5)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from xapi.models import KnownActivity
from xapi.queries.statements import in_portions
from xapi.rules.keys import iri_key
from xapi.rules.presenting import activities_in, merge_definitions


def learn_activities(session: Session, bodies: Sequence[bytes], scope: str) -> None:
    """Keep what statements say of activities; a statement without a definition costs nothing."""
    said: dict[str, str] = {}
    for body in bodies:
        if b'"definition"' not in body:
            continue
        for iri, definition in activities_in(body.decode()):
            if definition is None:
                continue
            key = iri_key(iri)
            said[key] = merge_definitions(said[key], definition) if key in said else definition
    known = _known(session, list(said), scope)
    for key, definition in said.items():
        if key not in known:
            session.add(KnownActivity(key=key, scope=scope, definition=definition))
        elif (merged := merge_definitions(known[key].definition, definition)) != known[key].definition:
            known[key].definition = merged


def _known(session: Session, keys: Sequence[str], scope: str) -> dict[str, KnownActivity]:
    found: dict[str, KnownActivity] = {}
    for some in in_portions(keys):
        query = select(KnownActivity).where(KnownActivity.key.in_(some), KnownActivity.scope == scope)
        found |= {row.key: row for row in session.scalars(query)}
    return found
