"""The statement that tries a connection to another LRS, and the one that voids it. Always the same two.

Both say what they are, name nobody, and belong to no exercise; a statement that was sent once stays in an LRS for ever,
so a trial that made new ones each time would fill it.
"""

import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from xapi.rules.checking import check_statement
from xapi.vocabulary import DISPLAY, PROFILE, Verb

_ACTOR = {"objectType": "Agent", "account": {"homePage": PROFILE, "name": "rehearsal"}}
_TRIED_WITH = "http://adlnet.gov/expapi/verbs/interacted"
_ACTIVITY = f"{PROFILE}/activities/rehearsal"


def rehearsal() -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    """Return id and bytes of the statement of a trial, and of the one that voids it."""
    tried = {
        "id": str(uuid5(NAMESPACE_URL, f"{_ACTIVITY}#tried")),
        "actor": _ACTOR,
        "verb": {"id": _TRIED_WITH, "display": {"en": "interacted", "fr": "a interagi"}},
        "object": {
            "objectType": "Activity",
            "id": _ACTIVITY,
            "definition": {"name": {"en": "Trial of a connection", "fr": "Essai d'une connexion"}},
        },
    }
    voiding = {
        "id": str(uuid5(NAMESPACE_URL, f"{_ACTIVITY}#voided")),
        "actor": _ACTOR,
        "verb": {"id": Verb.VOIDED.value, "display": DISPLAY[Verb.VOIDED]},
        "object": {"objectType": "StatementRef", "id": tried["id"]},
    }
    return _frozen(tried), _frozen(voiding)


def _frozen(statement: dict[str, Any]) -> tuple[str, bytes]:
    check_statement(statement)
    return statement["id"], json.dumps(statement, ensure_ascii=False, separators=(",", ":")).encode()
