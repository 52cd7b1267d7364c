"""What a statement says about a record in one word, for people who want to know what of it was reported."""

from collections.abc import Iterable
from typing import Any

from app.delivery.rules import Event, Tiding
from xapi.rules import forms
from xapi.rules.texts import read_value
from xapi.vocabulary import ActivityType, Verb

_EVENTS: dict[str, Event] = {
    Verb.INITIALIZED: Event.STARTED,
    Verb.COMPLETED: Event.STEP_COMPLETED,
    Verb.CORRECTED: Event.CORRECTED,
    Verb.OUT_OF_LIMIT: Event.OUT_OF_LIMIT,
    Verb.VERIFIED: Event.VERIFIED,
    Verb.SIGNED: Event.SIGNED,
    Verb.SUBMITTED: Event.SUBMITTED,
    Verb.PASSED: Event.PASSED,
    Verb.FAILED: Event.FAILED,
    Verb.EARNED: Event.EARNED,
    Verb.VOIDED: Event.WITHDRAWN,
}


def tidings_of(bodies: Iterable[bytes]) -> list[Tiding]:
    """Return what statements say, in their order; nothing of those whose verb is not one of ours."""
    statements = map(read_value, bodies)
    return [_tiding(statement) for statement in statements if statement["verb"]["id"] in _EVENTS]


def _tiding(statement: dict[str, Any]) -> Tiding:
    event, about = _EVENTS[statement["verb"]["id"]], statement["object"]
    definition = about.get("definition", {})
    title = definition.get("name", {}) if definition.get("type") == ActivityType.STEP else {}
    return Tiding(str(statement["id"]), event, forms.read_timestamp(statement["timestamp"]), title)
