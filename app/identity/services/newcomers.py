"""People whom another system vouches for: made with their account there and without a password, as part of an act.

They work in sessions that a launch begins, and sign nothing until they chose a password and somebody confirmed who
they are (LT-4, LT-5). No mail address is kept: nobody is found by one.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.errors import LoginTaken
from app.identity.models import Credential, Membership, OutsideAccount, Person, PersonState
from app.identity.rules.people import (
    AccountName,
    bare_name,
    check_account_name,
    check_home_page,
    check_language,
    check_name,
)
from app.identity.services.names import names_used, take_free_name
from app.kernel import clock
from app.kernel.actors import Actor, Role
from app.storage.sessions import vault_of
from app.storage.tables import new_id

_TRIES = 20
_SHORTEST, _LONGEST = 3, 60


@dataclass(frozen=True)
class Newcomer:
    """Whom another system vouches for: `home_page` names it, `account` is their id there."""

    home_page: str
    account: str
    name: str
    wanted_login: str
    language: str
    roles: frozenset[Role]


def add_newcomers(
    session: Session, newcomers: Sequence[Newcomer], operator_id: str, pepper: bytes, *, actor: Actor
) -> list[tuple[Person, OutsideAccount]]:
    """Add people with their roles for an operator and their accounts; the act that takes them notes it."""
    logins = _free_logins(session, [new.wanted_login for new in newcomers], pepper)
    added = [_add(session, new, login, pepper) for new, login in zip(newcomers, logins, strict=True)]
    for new, (person, _) in zip(newcomers, added, strict=True):
        session.add_all(_held(person.id, operator_id, role, actor) for role in sorted(new.roles))
    # Their names are sealed next: the disk is waited for once, and not for each.
    vault_of(session).plant(person.id for person, _ in added)
    return added


def _add(session: Session, new: Newcomer, login: str, pepper: bytes) -> tuple[Person, OutsideAccount]:
    vault, now = vault_of(session), clock.now()
    person = Person(
        id=new_id(),
        login=login,
        login_key=queries.login_key(vault, login),
        name=check_name(new.name),
        language=check_language(new.language),
        state=PersonState.ACTIVE,
        added_at=now,
    )
    home_page, name = check_home_page(new.home_page), check_account_name(new.account)
    account = OutsideAccount(
        id=new_id(),
        person_id=person.id,
        home_page=home_page,
        kind=AccountName.ID,
        name=name,
        name_key=queries.account_key(vault, home_page, name),
        linked_at=now,
    )
    take_free_name(session, login, pepper)
    session.add_all([person, Credential(person_id=person.id), account])
    return person, account


def _free_logins(session: Session, wanted: Sequence[str], pepper: bytes) -> list[str]:
    """Return logins like those that are wanted which were never anybody's, each another (P11.100(a))."""
    plain = [_plain(one) for one in wanted]
    found: dict[int, str] = {}
    for attempt in range(_TRIES):
        tried = {
            place: f"{login}-{secrets.randbelow(9000) + 1000}" if attempt else login
            for place, login in enumerate(plain)
            if place not in found
        }
        used = names_used(session, tried.values(), pepper) | set(found.values())
        for place, login in tried.items():
            if login not in used:
                found[place] = login
                used.add(login)
        if len(found) == len(plain):
            return [found[place] for place in range(len(plain))]
    raise LoginTaken


def _plain(wanted: str) -> str:
    plain = re.sub(r"[^a-z0-9_.-]+", ".", bare_name(wanted)).strip(".")[:_LONGEST]
    return plain if len(plain) >= _SHORTEST else "person"


def _held(person_id: str, operator_id: str, role: Role, actor: Actor) -> Membership:
    return Membership(
        id=new_id(),
        person_id=person_id,
        operator_id=operator_id,
        role=role,
        granted_at=clock.now(),
        granted_by=actor.pseudonym,
    )
