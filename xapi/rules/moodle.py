"""What a Moodle is told: which statements concern it, what they decide, what its answers mean (moodle.org, REST)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from app.delivery.rules import StopReason
from xapi.vocabulary import Extension, Verb

SETTING = "moodle"
"""Under which word a target's settings hold what is particular to a Moodle."""

DEFAULT_RATING = 2
"""The second item of Moodle's own competency scale: "Competent"."""

_EXERCISES = "/xapi/activities/exercises/"
_COMPETENCIES = "/xapi/activities/competencies/"
_NOT_WELCOME = frozenset({"invalidtoken", "accessexception", "nopermissions", "forbiddenwsuser", "passwordisexpired"})
_NO_RECORD, _FUNCTIONS = "invalidrecord", "external_functions"


@dataclass(frozen=True)
class Fallback:
    """Where competencies are rated at a Moodle that has not our plug-in: courses by number, the item of the scale."""

    courses: tuple[int, ...] = ()
    rating: int = DEFAULT_RATING

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Fallback":
        """Return what a target's settings hold; no course: nothing is rated without the plug-in."""
        held = settings.get(SETTING) or {}
        return cls(tuple(held.get("courses", ())), held.get("rating", DEFAULT_RATING))

    def to_settings(self) -> dict[str, Any]:
        """Return it as a target's settings hold it."""
        return {"courses": list(self.courses), "rating": self.rating}


@dataclass(frozen=True)
class Award:
    """A competency that somebody earned: a user by number, a competency by code, a record by number."""

    user: int
    competency: str
    record: str


@dataclass(frozen=True)
class Complaint:
    """An error of Moodle's web service, which comes with status 200."""

    code: str
    message: str

    @classmethod
    def in_answer(cls, value: Any) -> "Complaint | None":
        """Return the error that an answer is; None for any other answer."""
        if not isinstance(value, dict) or "exception" not in value:
            return None
        return cls(str(value.get("errorcode") or value["exception"]), str(value.get("message") or ""))

    @property
    def stop(self) -> StopReason | None:
        """Say whether trying again needs another token, or rights that the user has not."""
        refused = self.code in _NOT_WELCOME or self.code.startswith("wsaccessuser")
        return StopReason.CREDENTIALS if refused else None

    @property
    def lacks_function(self) -> bool:
        """Say whether the Moodle does not know the function at all: the plug-in is not installed."""
        return self.code == _NO_RECORD and _FUNCTIONS in self.message  # the name of the table is never translated

    def __str__(self) -> str:
        """Return it as it stands in a receipt."""
        return f"{self.code}: {self.message}".strip(": ")


def leaves_cold(statement: Mapping[str, Any], home: str) -> str | None:
    """Say why a statement is nothing to a Moodle; None where it is.

    It is told what its own people did in exercises of the hub, and what of it was withdrawn.
    """
    about = statement["object"]
    if statement["verb"]["id"] == Verb.VOIDED and about.get("objectType") == "StatementRef":
        return None
    if _user_number(statement["actor"], home) is None:
        return "not about a person of this Moodle"
    if not any(_EXERCISES in str(activity.get("id", "")) for activity in (about, *_parents(statement))):
        return "not about an exercise of the hub"
    return None


def codes_in(statement: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the codes of the exercise and of the competency that a statement is about; None where there is none."""
    about = str(statement["object"].get("id", ""))
    exercise = next(
        (iri for iri in (about, *(str(one.get("id", "")) for one in _parents(statement))) if _EXERCISES in iri), ""
    )
    codes = (exercise.partition(_EXERCISES)[2].partition("/")[0], about.partition(_COMPETENCIES)[2])
    first, second = (unquote(code) or None for code in codes)
    return first, second


def award_in(statement: Mapping[str, Any], home: str) -> Award | None:
    """Return the competency that a statement says was earned; None for any other statement."""
    user, iri = _user_number(statement["actor"], home), str(statement["object"].get("id", ""))
    if statement["verb"]["id"] != Verb.EARNED or user is None or _COMPETENCIES not in iri:
        return None
    record = statement.get("context", {}).get("extensions", {}).get(Extension.RECORD, "")
    return Award(user, unquote(iri.rpartition(_COMPETENCIES)[2]), str(record))


def _user_number(agent: Mapping[str, Any], home: str) -> int | None:
    """Return the number of a Moodle's user: its people are accounts of its address, as it names them to LTI tools."""
    account = agent.get("account") or {}
    name = str(account.get("name", ""))
    at_home = str(account.get("homePage", "")).rstrip("/") == home.rstrip("/")
    return int(name) if at_home and name.isascii() and name.isdigit() else None


def _parents(statement: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parents = statement.get("context", {}).get("contextActivities", {}).get("parent", [])
    return parents if isinstance(parents, list) else [parents]
