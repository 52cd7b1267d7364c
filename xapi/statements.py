"""Builds statements through tincan's objects and freezes their bytes: the one door to tincan.

Pure: the same facts give the same bytes. tincan checks what it builds; it never sends, and what it serialised is not
written again: it keeps no digits and no unknown property, so that bytes which others sent must not pass through it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5

import tincan

from app.kernel import clock
from xapi.rules.checking import check_statement
from xapi.rules.editions import ADL
from xapi.rules.reading import Frozen
from xapi.vocabulary import DISPLAY, PROFILE, PROFILE_VERSION, ActivityType, Extension, Verb

PLATFORM = "Cahier"
_STATEMENTS = uuid5(NAMESPACE_URL, f"{PROFILE}/statements")
_REGISTRATIONS = uuid5(NAMESPACE_URL, f"{PROFILE}/registrations")
_SCALED_PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Hub:
    """The hub whose statements these are; `url` names it for ever, without a final slash, and need not answer."""

    url: str

    def authority(self, name: str) -> bytes:
        """Return who vouches for a statement, as the JSON an LRS gives."""
        return _to_bytes({"objectType": "Agent", "account": {"homePage": self.url, "name": name}})


@dataclass(frozen=True)
class Activity:
    """What a statement is about: an address that stays, a kind, and a title by language where one is known."""

    iri: str
    kind: ActivityType
    title: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reference:
    """Another statement, by its id."""

    id: str


@dataclass(frozen=True)
class Score:
    """Points achieved of points possible."""

    achieved: Decimal
    possible: Decimal


@dataclass(frozen=True)
class Outcome:
    """What came of it: success or not, and the score where there is one."""

    success: bool
    score: Score | None = None


@dataclass(frozen=True)
class Facts:
    """Everything one statement says. Holds no name and no text that a person wrote.

    `actor` and `instructor` are pseudonyms; `source` names the line and the part of it that this statement comes from,
    `refers` the earlier statement that this one supersedes or judges.
    """

    source: str
    actor: str
    verb: Verb
    object: Activity | Reference
    at: datetime
    registration: UUID
    revision: str
    extensions: Mapping[Extension, Any]
    parent: Sequence[Activity] = ()
    instructor: str | None = None
    outcome: Outcome | None = None
    refers: Reference | None = None


def exercise_activity(hub: Hub, code: str, title: Mapping[str, str]) -> Activity:
    """Return the activity of an exercise, the same for all its versions: an LMS is told this address once."""
    return Activity(f"{hub.url}/xapi/activities/exercises/{quote(code, safe='')}", ActivityType.EXERCISE, title)


def step_activity(hub: Hub, code: str, step: str, title: Mapping[str, str]) -> Activity:
    """Return the activity of one step of an exercise."""
    iri = f"{exercise_activity(hub, code, {}).iri}/steps/{quote(step, safe='')}"
    return Activity(iri, ActivityType.STEP, title)


def competency_activity(hub: Hub, code: str) -> Activity:
    """Return the activity of a competency of the framework."""
    return Activity(f"{hub.url}/xapi/activities/competencies/{quote(code, safe='')}", ActivityType.COMPETENCY)


def registration_of(record_id: str) -> UUID:
    """Return the registration of a record: one attempt at one exercise."""
    return uuid5(_REGISTRATIONS, record_id)


def statement_id(source: str) -> str:
    """Return the id of the statement from a source: always the same one."""
    return str(uuid5(_STATEMENTS, source))


def build_statement(hub: Hub, facts: Facts) -> Frozen:
    """Build a statement and freeze its bytes; raises Malformed if it breaks a rule of the standard."""
    built = tincan.Statement(
        id=statement_id(facts.source),
        actor=_agent(hub, facts.actor),
        verb=tincan.Verb(id=facts.verb.value, display=tincan.LanguageMap(DISPLAY[facts.verb])),
        object=_object(facts.object),
        result=_result(facts.outcome) if facts.outcome else None,
        context=_context(hub, facts),
        timestamp=facts.at,
        version=ADL.of_statements,
    )
    value = _with_whole_numbers(built.as_version())
    value["timestamp"] = clock.to_text(facts.at)  # tincan would write +00:00, and not always the milliseconds
    body = _to_bytes(value)
    check_statement(json.loads(body, parse_float=Decimal))
    return Frozen(value["id"], body, value)


def _context(hub: Hub, facts: Facts) -> tincan.Context:
    around = {
        "category": [_activity(Activity(PROFILE_VERSION, ActivityType.PROFILE))],
        "grouping": [_activity(Activity(hub.url, ActivityType.HUB))],
    }
    if facts.parent:
        around["parent"] = [_activity(item) for item in facts.parent]
    # Revision and platform are for activities alone (xAPI 1.0.3, Data 2.4.6).
    of_activity = {"revision": facts.revision, "platform": PLATFORM} if isinstance(facts.object, Activity) else {}
    return tincan.Context(
        registration=facts.registration,
        instructor=_agent(hub, facts.instructor) if facts.instructor else None,
        statement=_reference(facts.refers) if facts.refers else None,
        **of_activity,
        context_activities=tincan.ContextActivities(
            **{name: tincan.ActivityList(items) for name, items in around.items()}
        ),
        extensions=tincan.Extensions({key.value: value for key, value in facts.extensions.items()}),
    )


def _agent(hub: Hub, pseudonym: str) -> tincan.Agent:
    """Return an agent by account alone: an address of a mailbox would name the person for ever (XA-2)."""
    account = tincan.AgentAccount(home_page=hub.url, name=pseudonym)
    return tincan.Agent(object_type="Agent", account=account)


def _object(given: Activity | Reference) -> tincan.Activity | tincan.StatementRef:
    return _activity(given) if isinstance(given, Activity) else _reference(given)


def _reference(given: Reference) -> tincan.StatementRef:
    return tincan.StatementRef(object_type="StatementRef", id=given.id)


def _activity(activity: Activity) -> tincan.Activity:
    name = tincan.LanguageMap(dict(activity.title)) if activity.title else None
    definition = tincan.ActivityDefinition(type=activity.kind.value, name=name)
    return tincan.Activity(object_type="Activity", id=activity.iri, definition=definition)


def _result(outcome: Outcome) -> tincan.Result:
    return tincan.Result(success=outcome.success, score=_score(outcome.score) if outcome.score else None)


def _score(score: Score) -> tincan.Score:
    scaled = (score.achieved / score.possible).quantize(_SCALED_PLACES)
    return tincan.Score(scaled=scaled, raw=score.achieved, min=0, max=score.possible)


def _with_whole_numbers(value: Any) -> Any:
    """Write 85.0 as 85 again: a reader that re-serialises it would change its length, and some then wait for ever."""
    if isinstance(value, dict):
        return {name: _with_whole_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _to_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
