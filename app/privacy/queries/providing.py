"""What a person provided themselves, or was observed of their activity: the portable part, without judgements
(GD-20).
"""

from collections.abc import Iterable
from typing import Any

from app.identity.models import Person

SCHEMA = "cahier.portable.v1"
_ENTRY = (
    *("sequence", "kind", "step_id", "field_id", "position", "attempt"),
    *("corrects", "value", "raw", "unit", "reason"),
)


def portable(person: Person, records: Iterable[dict[str, Any]], statements: Iterable[Any]) -> dict[str, Any]:
    """Return the portable document, as config/portable.schema.json describes it."""
    return {
        "schema": SCHEMA,
        "person": {
            "id": person.id,
            "login": person.login,
            "name": person.name,
            "email": person.email,
            "language": person.language,
        },
        "records": [_record(record, person.id) for record in records],
        "statements": list(statements),
    }


def _record(record: dict[str, Any], person_id: str) -> dict[str, Any]:
    entries = [entry for entry in record["entries"] if entry["performed_by"] == person_id]
    comments = [found for found in record["exceptions"] if found["commented_by"] == person_id and found["comment"]]
    names = ("number", "exercise_code", "exercise_version", "purpose", "issued_at", "started_at", "completed_at")
    return {name: record[name] for name in names} | {
        "entries": [{name: entry[name] for name in _ENTRY} | {"at": entry["recorded_at"]} for entry in entries],
        "comments": [{"exception": found["number"], "comment": found["comment"]} for found in comments],
    }
