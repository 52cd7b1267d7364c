"""Assignment and Grade Services 2.0, what a tool says of a learner: which score a signed decision becomes, and where.

Sections: 3.3 (results), 3.4 (scores). No score exists before an assessor signed (LT-3), none is ever unfinished: a
`gradingProgress` other than FullyGraded would erase the grade that a platform has.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from app.audit.actions import Action
from app.competencies.rules.awarding import Verdict
from app.kernel import canonical, clock

LINE_ITEM_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
SCORE_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
RESULT_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE_TYPE: Final = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE: Final = "application/vnd.ims.lis.v2.resultcontainer+json"

_CONCLUSIONS = frozenset({Action.RECORD_APPROVED.value, Action.RECORD_REJECTED.value})
_SAME = Decimal("0.00005")
_WORDS = {
    "en": ("Competent", "Not yet competent", "{met} of {all} criteria met"),
    "fr": ("Compétent", "Pas encore compétent", "{met} critères sur {all} satisfaits"),
    "nl": ("Competent", "Nog niet competent", "{met} van {all} criteria vervuld"),
    "de": ("Kompetent", "Noch nicht kompetent", "{met} von {all} Kriterien erfüllt"),
}
"""What stands beside a grade; in the language of the record, as the rest of it."""


@dataclass(frozen=True)
class Decision:
    """What an assessor signed on a record: competent or not yet, and how many criteria of how many were met."""

    record_id: str
    signed_at: datetime
    competent: bool
    met: int
    criteria: int
    source: str

    @property
    def given(self) -> int:
        """The points: what was met when competent, nothing when not yet (docs/lms.md)."""
        if not self.competent:
            return 0
        return self.met if self.criteria else self.maximum

    @property
    def maximum(self) -> int:
        """Of how many points; a maximum of nothing is none (3.4.5)."""
        return max(self.criteria, 1)


@dataclass(frozen=True)
class Score:
    """A score as it is sent: where, about whom as the platform knows them, how much, from when (3.4)."""

    line_item: str
    user_id: str
    given: int
    maximum: int
    stamp: datetime
    comment: str


def decision_in(body: bytes, leaf_hash: str) -> Decision | None:
    """Return the decision that a line of the trail holds; None for every other line, and for practice (ER-26)."""
    line = json.loads(body)
    kind, _, record_id = line["subject"].partition(":")
    after = line["after"]
    if line["action"] not in _CONCLUSIONS or kind != "record" or after.get("counts") is not True:
        return None
    score = after["score"]
    return Decision(
        record_id=record_id,
        signed_at=clock.from_text(line["time"]),
        competent=after["decision"] == Verdict.COMPETENT.value,
        met=score["achieved"],
        criteria=score["possible"],
        source=leaf_hash,
    )


def next_stamp(signed_at: datetime, last: datetime | None) -> datetime:
    """Return the time that a score bears: when it was signed, in whole seconds, and later than the one before (3.4.8).

    A platform refuses one that is not strictly later, and some compare whole seconds.
    """
    stamp = signed_at.astimezone(UTC).replace(microsecond=0)
    return max(stamp, last + timedelta(seconds=1)) if last else stamp


def comment_on(decision: Decision, number: str, link: str, language: str) -> str:
    """Return what stands beside the grade: the decision, what it rests on, the record with a link; no name."""
    competent, not_yet, criteria = _WORDS.get(language, _WORDS["en"])
    counted = criteria.format(met=decision.met, all=decision.criteria)
    return f"{competent if decision.competent else not_yet} – {counted}. {number}: {link}"


def write_score(score: Score) -> bytes:
    """Return the frozen bytes of a score: its line item, and the very JSON that the platform is sent."""
    sent = {
        "userId": score.user_id,
        "scoreGiven": score.given,
        "scoreMaximum": score.maximum,
        "comment": score.comment,
        "timestamp": score.stamp.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
    }
    return canonical.canonical_bytes({"lineItem": score.line_item, "score": sent})


def scores_address(line_item: str) -> str:
    """Return where scores of a line item go; its own address may have a query, which stays (3.4.1)."""
    return _below(line_item, "scores")


def results_address(line_item: str, user_id: str) -> str:
    """Return where a platform says what it has of one person in a line item (3.3.1)."""
    return _below(line_item, "results", user_id=user_id)


def sequence_of(line_item: str, user_id: str) -> str:
    """Return the name of what scores may not overtake one another in: one person in one line item."""
    return hashlib.sha256(f"{line_item}\n{user_id}".encode()).hexdigest()


def says_the_same(result: Any, sent: Mapping[str, Any]) -> bool:
    """Say whether a result that a platform gave back is what a score said, on whatever scale it keeps it (3.3.4)."""
    if not isinstance(result, dict) or str(result.get("userId")) != sent["userId"]:
        return False
    try:
        maximum = Decimal(str(result.get("resultMaximum") or 1))
        kept = Decimal(str(result["resultScore"])) / maximum
        return abs(kept - Decimal(sent["scoreGiven"]) / Decimal(sent["scoreMaximum"])) <= _SAME
    except (KeyError, InvalidOperation, ZeroDivisionError):
        return False


def _below(address: str, name: str, **query: str) -> str:
    parts = urlsplit(address)
    asked = "&".join(part for part in (parts.query, urlencode(query)) if part)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/{name}", asked, ""))
