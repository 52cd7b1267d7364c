"""What a course says when it launches an exercise (cmi5 §8, §10, §11): read, checked, never trusted.

Everything here comes from outside. A launch names addresses to which the hub is to send requests, so that only those
below the addresses of a registered LMS count; what else it says must have the form that the standard asks for.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app.kernel.errors import N_
from app.kernel.text import LANGUAGES
from xapi.errors import BadLaunch, BadLms, LaunchRefused, Malformed
from xapi.rules import forms
from xapi.rules.checking import check_agent
from xapi.rules.texts import read_value

PARAMETERS = ("endpoint", "fetch", "actor", "registration", "activityId")
SESSION_ID = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
LONGEST_ADDRESS = 2000
_MOST_DIGITS = 30
_NAME = re.compile(r"[\w.-]{1,60}", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"http": 80, "https": 443}
_ODD = re.compile(r"[\x00-\x20\x7f\\]|[^\x00-\x7f]")
_CLIMBS = re.compile(r"(^|/)(\.|%2e){1,2}(/|$)", re.IGNORECASE)


class LaunchMode(StrEnum):
    """What the course wants of a session: to be told what is achieved, or only to show."""

    NORMAL = "Normal"
    BROWSE = "Browse"
    REVIEW = "Review"


class MoveOn(StrEnum):
    """What the course waits for before it counts the exercise as done."""

    PASSED = "Passed"
    COMPLETED = "Completed"
    COMPLETED_AND_PASSED = "CompletedAndPassed"
    COMPLETED_OR_PASSED = "CompletedOrPassed"
    NOT_APPLICABLE = "NotApplicable"


class FetchError(StrEnum):
    """Why an LMS gives no token (cmi5 §8.2.3)."""

    USED = "1"
    SECURITY = "2"
    FAILURE = "3"


@dataclass(frozen=True)
class Account:
    """By which name the LMS knows the person; `home_page` is as launched, compared without a final slash."""

    home_page: str
    name: str

    @property
    def system(self) -> str:
        """The home page as the hub compares it."""
        return self.home_page.strip().rstrip("/")


@dataclass(frozen=True)
class Launch:
    """The parameters of a launch; `actor` is the text as launched, which names the person in every statement."""

    endpoint: str
    fetch: str
    actor: str
    account: Account
    registration: str
    activity_id: str

    @property
    def digest(self) -> str:
        """What tells one launch from another: its token can be fetched only once."""
        return sha256(self.fetch.encode()).hexdigest()


@dataclass(frozen=True)
class LaunchData:
    """What the course decided for this session; `template` goes into the context of every statement."""

    mode: LaunchMode
    move_on: MoveOn
    template: Mapping[str, Any]
    session: str
    mastery: Decimal | None
    return_url: str | None


def check_lms_name(name: str) -> str:
    """Return the name of an LMS, or raise BadLms: it is typed on a command line."""
    if not _NAME.fullmatch(name):
        raise BadLms(fields={"name": N_("A name has 1 to 60 letters, digits or . _ - and no space.")})
    return name


def check_origins(addresses: Sequence[str]) -> list[str]:
    """Return the addresses below which an LMS may lead the hub, or raise BadLms.

    Whoever reads the traffic could take the token: without https only an LMS on this machine is let in.
    """
    found = []
    for address in addresses:
        parts = _parts(address.strip())
        is_safe = parts and (parts.scheme == "https" or parts.hostname in _LOOPBACK)
        if parts is None or not is_safe or parts.query:
            fields = {"origin": N_("An origin is like https://lms.example/ with https, and without name or query.")}
            raise BadLms(fields=fields)
        found.append(address.strip().rstrip("/"))
    if not found:
        raise BadLms(fields={"origin": N_("Name at least one address of the LMS.")})
    return sorted(set(found))


def is_below(address: str, origins: Sequence[str]) -> bool:
    """Say whether an address lies at or below one of the origins of an LMS: same scheme, host, port, and path."""
    parts = _parts(address)
    return parts is not None and any(_covers(urlsplit(origin), parts) for origin in origins)


def _covers(origin: SplitResult, parts: SplitResult) -> bool:
    if _place(origin) != _place(parts):
        return False
    path = origin.path.rstrip("/")
    return parts.path.rstrip("/") == path or parts.path.startswith(f"{path}/")


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _parts(address: str) -> SplitResult | None:
    """Return the parts of an address of the web; None for one that readers could take for different ones."""
    try:
        parts = urlsplit(address)
        port_is_read = parts.port is None or parts.port > 0
    except ValueError:
        return None
    odd = _ODD.search(address) or _CLIMBS.search(parts.path)
    plain = not (odd or parts.username or parts.password or parts.fragment)
    good = parts.scheme in _PORTS and parts.hostname and port_is_read and plain and len(address) <= LONGEST_ADDRESS
    return parts if good else None


def read_launch(given: Mapping[str, Sequence[str]]) -> Launch:
    """Read the parameters of a launch, in any order (cmi5 §8.1); raise BadLaunch for what is missing or misformed."""
    values = {}
    for name in PARAMETERS:
        found = given.get(name, ())
        if len(found) != 1 or not found[0].strip():
            raise BadLaunch(name)
        values[name] = found[0].strip()
    for name in ("endpoint", "fetch"):
        parts = _parts(values[name])
        if parts is None or (name == "endpoint" and parts.query):
            raise BadLaunch(name)
    try:
        forms.is_iri(values["activityId"], "activityId")
        forms.is_uuid(values["registration"], "registration")
    except Malformed as error:
        raise BadLaunch(error.place) from None
    return Launch(
        endpoint=values["endpoint"].rstrip("/"),
        fetch=values["fetch"],
        actor=values["actor"],
        account=_account(values["actor"]),
        registration=values["registration"].lower(),
        activity_id=values["activityId"],
    )


def _account(text: str) -> Account:
    """Read who is launched: one person, by an account (cmi5 §9.2)."""
    try:
        actor = read_value(text.encode())
        check_agent(actor, "actor")
    except (ValueError, RecursionError):
        raise BadLaunch("actor") from None
    if actor.get("objectType", "Agent") != "Agent" or "account" not in actor:
        raise BadLaunch("actor")
    return Account(actor["account"]["homePage"], actor["account"]["name"])


def read_token(body: Any) -> str:
    """Return the token of an answer to `fetch`; raise LaunchRefused in the words of the error that the LMS gave."""
    if not isinstance(body, dict):
        raise LaunchRefused(_SAID[FetchError.FAILURE])
    token = body.get("auth-token")
    if isinstance(token, str) and token and token.isascii() and token.isprintable() and len(token) <= LONGEST_ADDRESS:
        return token.removeprefix("Basic ")
    code = str(body.get("error-code", FetchError.FAILURE))
    raise LaunchRefused(_SAID[FetchError(code) if code in set(FetchError) else FetchError.FAILURE])


_SAID = {
    FetchError.USED: N_("The course says that this launch was used already or is too old."),
    FetchError.SECURITY: N_("The course does not let the hub in."),
    FetchError.FAILURE: N_("The course could not give the hub access."),
}


def read_launch_data(value: Any) -> LaunchData:
    """Read LMS.LaunchData (cmi5 §10); raise LaunchRefused where it says nothing that the hub could go by."""
    refusal = LaunchRefused(N_("What the course says of this launch cannot be read."))
    if not isinstance(value, dict) or not isinstance(value.get("contextTemplate"), dict):
        raise refusal
    template = value["contextTemplate"]
    session = template.get("extensions", {}).get(SESSION_ID) if isinstance(template.get("extensions"), dict) else None
    mode, move_on = value.get("launchMode"), value.get("moveOn", MoveOn.NOT_APPLICABLE)
    mastery, back = value.get("masteryScore"), value.get("returnURL")
    if not isinstance(session, str) or not session or mode not in set(LaunchMode) or move_on not in set(MoveOn):
        raise refusal
    if mastery is not None and not _is_share(mastery):
        raise refusal
    known = back if isinstance(back, str) and _parts(back) else None
    return LaunchData(
        LaunchMode(mode), MoveOn(move_on), template, session, None if mastery is None else Decimal(mastery), known
    )


def _is_share(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 <= value <= 1


def read_language(preferences: Any) -> str | None:
    """Return the language of the house that a person likes best by cmi5LearnerPreferences; None for no such wish."""
    wished = preferences.get("languagePreference") if isinstance(preferences, dict) else None
    if not isinstance(wished, str):
        return None
    tags = [tag.strip().partition("-")[0].lower() for tag in wished.split(",")]
    return next((tag for tag in tags if tag in LANGUAGES), None)


def to_text(value: Any) -> str:
    """Write what was read as JSON again, each number with its digits."""
    if isinstance(value, dict):
        members = (f"{json.dumps(name, ensure_ascii=False)}:{to_text(item)}" for name, item in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(to_text, value)) + "]"
    if isinstance(value, Decimal):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def _number(value: Decimal) -> str:
    """Write 85.0 as 85: a reader that re-serialises it would change its length, and some then wait for ever."""
    if abs(value.adjusted()) > _MOST_DIGITS:
        return str(value)
    return str(int(value)) if value == value.to_integral_value() else format(value, "f")
