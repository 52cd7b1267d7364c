"""What a session owes the course, and the statements that say it (cmi5 §9). Pure: facts in, frozen bytes out.

tincan builds none of them: the course's own template goes into each, and tincan keeps no digits and no unknown
property of what others sent.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.kernel import clock
from xapi.rules.checking import check_statement
from xapi.rules.cmi5 import LaunchData, LaunchMode, to_text
from xapi.rules.editions import ADL

CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON = "https://w3id.org/xapi/cmi5/context/categories/moveon"
MASTERY = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
KEPT_OPEN = timedelta(days=7)
"""No LMS keeps a session for longer; what is not ended by then is taken for left."""

_SCALED_PLACES = Decimal("0.0001")
_TICK = timedelta(milliseconds=1)


class Said(StrEnum):
    """What a session can tell its course, each at most once."""

    INITIALIZED = "initialized"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    TERMINATED = "terminated"


class Sending(StrEnum):
    """What became of a statement at the LMS; what was not sent when its session was over is unsent."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    UNSENT = "unsent"


ARRIVES = frozenset({Sending.WAITING, Sending.SENT})
JUDGED = frozenset({Said.PASSED, Said.FAILED})


@dataclass(frozen=True)
class Points:
    """Criteria met, of how many."""

    achieved: int
    possible: int

    @property
    def scaled(self) -> Decimal:
        """The share that was met, from 0 to 1."""
        return (Decimal(self.achieved) / Decimal(self.possible)).quantize(_SCALED_PLACES)


@dataclass(frozen=True)
class Judgement:
    """What the assessor decided, and when; `points` where there are some."""

    passed: bool
    at: datetime
    points: Points | None = None


@dataclass(frozen=True)
class Progress:
    """How far a record is: when it was begun, first signed as performed, judged. Practice is never judged (ER-26)."""

    record_id: str
    started_at: datetime | None = None
    completed_at: datetime | None = None
    judgement: Judgement | None = None

    @property
    def duration(self) -> timedelta:
        """The time from beginning to signing."""
        return self.completed_at - self.started_at if self.started_at and self.completed_at else timedelta()


@dataclass(frozen=True)
class Told:
    """A statement that arrived or is on its way: of this session or an earlier one of the registration."""

    said: Said
    record_id: str | None
    in_session: bool


@dataclass(frozen=True)
class News:
    """A statement to be made: when it happened, and what it says."""

    said: Said
    at: datetime
    record_id: str | None = None
    duration: timedelta | None = None
    points: Points | None = None


@dataclass(frozen=True)
class Speaker:
    """In whose name a session speaks: the actor as launched, the activity, the registration, the course's wishes."""

    actor: Mapping[str, Any]
    activity_id: str
    registration: str
    data: LaunchData


def owed(mode: LaunchMode, told: Sequence[Told], records: Iterable[Progress]) -> Iterator[News]:
    """Give what a session has still to say of the records of its registration, in order (cmi5 §9.3).

    Nothing but its begin and end when the course only shows. `completed` and `passed` once in a registration, `failed`
    once for each record and never after `passed`, one judgement in a session.
    """
    if mode is not LaunchMode.NORMAL:
        return
    ever = {item.said for item in told}
    judged_now = any(item.in_session and item.said in JUDGED for item in told)
    for record in records:
        if record.completed_at and Said.COMPLETED not in ever:
            ever.add(Said.COMPLETED)
            yield News(Said.COMPLETED, record.completed_at, record.record_id, record.duration)
        judgement = record.judgement
        if judgement is None or judged_now or Said.PASSED in ever:
            continue
        if any(item.said in JUDGED and item.record_id == record.record_id for item in told):
            continue
        judged_now = True
        said = Said.PASSED if judgement.passed else Said.FAILED
        ever.add(said)
        yield News(said, judgement.at, record.record_id, record.duration, judgement.points)


def build(speaker: Speaker, news: News, identifier: str, not_before: datetime) -> bytes:
    """Return the bytes of a statement, frozen for ever; raise Malformed when the course's template spoils it.

    Order is told by timestamps (cmi5 §9.3): what happened before the session began is said to be of its first moment.
    """
    at = max(news.at, not_before + _TICK) if news.said is not Said.INITIALIZED else news.at
    result = _result(news, speaker.data.mastery)
    statement = {
        "id": identifier,
        "actor": speaker.actor,
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{news.said.value}", "display": {"en": news.said.value}},
        "object": {"objectType": "Activity", "id": speaker.activity_id},
        **({"result": result} if result else {}),
        "context": _context(speaker, news.said),
        "timestamp": clock.to_text(at),
        "version": ADL.of_statements,
    }
    text = to_text(statement)
    check_statement(json.loads(text, parse_float=Decimal))
    return text.encode()


def _context(speaker: Speaker, said: Said) -> dict[str, Any]:
    """Return the course's template and what cmi5 adds; nothing of the template is overwritten (cmi5 §10)."""
    template = dict(speaker.data.template)
    activities = _mapping(template.get("contextActivities"))
    category = activities.get("category", [])
    listed = list(category) if isinstance(category, list) else [category]
    ours = [CMI5, MOVE_ON] if said in JUDGED or said is Said.COMPLETED else [CMI5]
    there = {item.get("id") for item in listed if isinstance(item, dict)}
    listed += [{"objectType": "Activity", "id": iri} for iri in ours if iri not in there]
    extensions = _mapping(template.get("extensions"))
    if said in JUDGED and speaker.data.mastery is not None:
        extensions.setdefault(MASTERY, speaker.data.mastery)
    return {
        **template,
        "registration": speaker.registration,
        "contextActivities": activities | {"category": listed},
        "extensions": extensions,
    }


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _result(news: News, mastery: Decimal | None) -> dict[str, Any]:
    """Return what came of it (cmi5 §9.5).

    The assessor's verdict decides, not a sum of points. A score that would contradict it, measured by the course's
    mastery score, is left out: cmi5 asks for none, and forbids that one.
    """
    result: dict[str, Any] = {}
    if news.said in JUDGED:
        result["success"] = news.said is Said.PASSED
        points = news.points
        if points and (mastery is None or (points.scaled >= mastery) == (news.said is Said.PASSED)):
            raw = {"raw": points.achieved, "min": 0, "max": points.possible}
            result["score"] = {"scaled": points.scaled.normalize(), **raw}
    if news.said is Said.COMPLETED:
        result["completion"] = True
    if news.said is not Said.INITIALIZED:
        result["duration"] = duration_text(news.duration or timedelta())
    return result


def duration_text(length: timedelta) -> str:
    """Return a length of time as ISO 8601 writes it, to the hundredth of a second."""
    hundredths = max(length, timedelta()) // timedelta(milliseconds=10)
    whole, rest = divmod(hundredths, 100)
    return f"PT{whole}.{rest:02d}S" if rest else f"PT{whole}S"
