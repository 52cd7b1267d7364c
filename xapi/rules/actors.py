"""As whom a target knows the people that the hub's own statements speak of: forms of actor, and putting one in place.

The hub stores every person as an account of its own that names nobody (XA-2). A target may ask for another form. What
is sent to it differs from the frozen bytes in nothing but those accounts.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.identity.rules.people import AccountName, check_home_page
from app.kernel.errors import N_, Invalid

SETTING = "actors"
"""Under which word the mapping stands among a target's settings."""


class ActorForm(StrEnum):
    """By what an actor is named to a target."""

    HUB = "hub"
    RANDOM = "random"
    MAILBOX = "mbox"
    ACCOUNT = "account"
    LAUNCH = "launch"


class Naming(StrEnum):
    """Which name stands in an account: one that the other system has for the person, or one of the hub's."""

    ID = AccountName.ID.value
    USERNAME = AccountName.USERNAME.value
    IDNUMBER = AccountName.IDNUMBER.value
    EMAIL = AccountName.EMAIL.value
    LOGIN = "login"


class Shortfall(StrEnum):
    """Why a person goes to a target under the hub's pseudonym although the target asks for another form."""

    NO_MAILBOX = "no-mailbox"
    NO_ACCOUNT = "no-account"
    NO_LAUNCH = "no-launch"


@dataclass(frozen=True)
class ActorMapping:
    """How a target's actors are named; `since` is the last parcel that may have gone out under the mapping before."""

    form: ActorForm = ActorForm.HUB
    home_page: str | None = None
    naming: Naming | None = None
    since: int = 0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "ActorMapping":
        """Return the mapping that a target's settings hold; the hub's pseudonyms where they hold none."""
        held = settings.get(SETTING) or {}
        naming = held.get("naming")
        return cls(
            ActorForm(held.get("form", ActorForm.HUB)),
            held.get("home_page"),
            Naming(naming) if naming else None,
            held.get("since", 0),
        )

    @classmethod
    def asked(cls, form: ActorForm, home_page: str | None = None, naming: Naming | None = None) -> "ActorMapping":
        """Return a mapping that somebody asks for, or raise Invalid for one that lacks something."""
        if form is not ActorForm.ACCOUNT:
            return cls(form)
        if naming is None:
            raise Invalid(fields={"naming": N_("Choose which name stands in the account.")})
        return cls(form, check_home_page(home_page or ""), naming)

    def to_settings(self) -> dict[str, Any]:
        """Return the mapping as a target's settings hold it."""
        held: dict[str, Any] = {"form": self.form.value, "since": self.since}
        if self.form is ActorForm.ACCOUNT and self.naming:
            held |= {"home_page": self.home_page, "naming": self.naming.value}
        return held


@dataclass(frozen=True)
class Known:
    """What the hub knows of a person; `accounts` are those at the home page that a mapping asks for."""

    person_id: str
    login: str | None = None
    email: str | None = None
    accounts: Mapping[AccountName, str] = field(default_factory=dict)
    launched_as: str | None = None


def actor_for(mapping: ActorMapping, known: Known, home: str, fresh: str) -> str | Shortfall:
    """Return the agent by which a target knows somebody, as JSON, or what is missing for that.

    `fresh` is a random name under the hub's home page, for the form that uses one. The form HUB is what stands in the
    statement, and is not made here.
    """
    if mapping.form is ActorForm.RANDOM:
        return _account(home, f"pseudonym:{fresh}")
    if mapping.form is ActorForm.MAILBOX:
        return _mailbox(known.email) if known.email else Shortfall.NO_MAILBOX
    if mapping.form is ActorForm.LAUNCH:
        return known.launched_as or Shortfall.NO_LAUNCH
    name = _name_for(mapping.naming, known)
    return _account(str(mapping.home_page), name) if name else Shortfall.NO_ACCOUNT


def _name_for(naming: Naming | None, known: Known) -> str | None:
    if naming is Naming.LOGIN:
        return known.login
    name = known.accounts.get(AccountName(str(naming)))
    return name or (known.email if naming is Naming.EMAIL else None)


def _account(home_page: str, name: str) -> str:
    return _to_text({"objectType": "Agent", "account": {"homePage": home_page, "name": name}})


def _mailbox(address: str) -> str:
    return _to_text({"objectType": "Agent", "mbox": f"mailto:{address}"})


def _to_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def people_in(body: bytes, home: str) -> set[str]:
    """Return the ids of the people whom a statement of the hub names by accounts of the home page `home`."""
    return {found.group(1).decode() for found in _places(body, home)}


def put_in_place(body: bytes, home: str, agents: Mapping[str, str]) -> bytes:
    """Return a statement's bytes with other agents in the places of people; every other byte is what it was."""

    def other(found: re.Match[bytes]) -> bytes:
        agent = agents.get(found.group(1).decode())
        return found.group() if agent is None else agent.encode()

    return _pattern(home).sub(other, body)


def _places(body: bytes, home: str) -> Iterator[re.Match[bytes]]:
    return _pattern(home).finditer(body)


def _pattern(home: str) -> re.Pattern[bytes]:
    """Return the form in which xapi/statements.py writes the account of a person of the hub."""
    written = json.dumps(home, ensure_ascii=False).encode()
    name = rb"person:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    return re.compile(
        rb'\{"objectType":"Agent","account":\{"name":"' + name + rb'","homePage":' + re.escape(written) + rb"\}\}"
    )
