"""People whom another system vouches for: made with their account there and without a password, as part of an act.

They work in sessions that a launch begins, and sign nothing until they chose a password and somebody confirmed who
they are (LT-4, LT-5). No mail address is kept: nobody is found by one.
"""

import re
import secrets
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
from app.identity.services.names import check_names_free, take_names
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


def add_newcomer(
    session: Session, new: Newcomer, operator_id: str, pepper: bytes, *, actor: Actor
) -> tuple[Person, OutsideAccount]:
    """Add somebody with their roles for an operator and their account; the act that takes them notes it."""
    login, now = _free_login(session, new.wanted_login, pepper), clock.now()
    person = Person(
        id=new_id(),
        login=login,
        login_key=queries.login_key(vault_of(session), login),
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
        name_key=queries.account_key(vault_of(session), home_page, name),
        linked_at=now,
    )
    take_names(session, person, pepper)
    session.add_all([person, Credential(person_id=person.id), account])
    session.add_all(_held(person.id, operator_id, role, actor) for role in sorted(new.roles))
    return person, account


def _free_login(session: Session, wanted: str, pepper: bytes) -> str:
    """Return a login like the one that is wanted which was never anybody's (P11.100(a))."""
    plain = re.sub(r"[^a-z0-9_.-]+", ".", bare_name(wanted)).strip(".")[:_LONGEST]
    plain = plain if len(plain) >= _SHORTEST else "person"
    for attempt in range(_TRIES):
        login = f"{plain}-{secrets.randbelow(9000) + 1000}" if attempt else plain
        try:
            check_names_free(session, login, None, pepper)
        except LoginTaken:
            continue
        return login
    raise LoginTaken


def _held(person_id: str, operator_id: str, role: Role, actor: Actor) -> Membership:
    return Membership(
        id=new_id(),
        person_id=person_id,
        operator_id=operator_id,
        role=role,
        granted_at=clock.now(),
        granted_by=actor.pseudonym,
    )
