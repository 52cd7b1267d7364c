"""What the LRS learns of activities: the definitions that statements bring, taken together (Communication §2.5)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.rows import in_portions
from xapi.models import KnownActivity
from xapi.rules.keys import definitions_in, iri_key
from xapi.rules.presenting import activities_in, merge_definitions
from xapi.rules.reading import Frozen
from xapi.rules.texts import value_of

_IN_LANGUAGES = frozenset({"name", "description"})


def learn_activities(session: Session, statements: Sequence[Frozen], scope: str) -> None:
    """Keep what statements say of activities; one that says nothing new costs no more than a look."""
    said = [(item, [(iri_key(iri), own) for iri, own in definitions_in(item.value)]) for item in statements]
    rows = _known(session, sorted({key for _, own in said for key, _ in own}), scope)
    known = {key: _Known(row.definition) for key, row in rows.items()}
    for item, own in said:
        if not all(key in known and known[key].holds(definition) for key, definition in own):
            _learn(known, item.body.decode())
    for key, learned in known.items():
        if key not in rows:
            session.add(KnownActivity(key=key, scope=scope, definition=learned.text))
        elif learned.text != rows[key].definition:
            rows[key].definition = learned.text


class _Known:
    """The definition of an activity: its text, and what that says."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._value = value_of(text)

    def holds(self, definition: Mapping[str, Any]) -> bool:
        """Say whether a definition says nothing else, to the digit."""
        for name, own in definition.items():
            known = self._value.get(name)
            if name in _IN_LANGUAGES and isinstance(known, dict):
                known = {tag: known.get(tag) for tag in own}
            if repr(own) != repr(known):
                return False
        return True


def _learn(known: dict[str, _Known], text: str) -> None:
    """Take over what a statement says of activities."""
    for iri, definition in activities_in(text):
        if definition is not None:
            key = iri_key(iri)
            known[key] = _Known(merge_definitions(known[key].text, definition) if key in known else definition)


def _known(session: Session, keys: Sequence[str], scope: str) -> dict[str, KnownActivity]:
    found: dict[str, KnownActivity] = {}
    for some in in_portions(keys):
        query = select(KnownActivity).where(KnownActivity.key.in_(some), KnownActivity.scope == scope)
        found |= {row.key: row for row in session.scalars(query)}
    return found
