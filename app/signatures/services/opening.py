"""Opening a key for the length of one request: the signer's own, or that of a second person at the same tablet.

Done before the act takes the database, because stretching a password takes a tenth of a second. A wrong password
counts toward the door of the person named, like any trial of a password (ES-5).
"""

from typing import cast

from flask import Flask, current_app

from app.identity.errors import SignInFailed
from app.identity.models import Person, PersonState
from app.identity.queries import actor_of, person_by_login
from app.identity.services.sessions import check_password
from app.identity.views.attempts import password_attempt
from app.kernel.actors import Actor
from app.signatures.services.keys import OpenKey, open_key
from app.web.visitors import current_actor, edge

_PEPPER = "cahier_pepper"


def install_pepper(app: Flask, secret: bytes) -> None:
    """Give the application the pepper that every wrapped key needs."""
    app.extensions[_PEPPER] = secret


def pepper() -> bytes:
    """Return the pepper of this installation, which stands outside the database."""
    return cast(bytes, current_app.extensions[_PEPPER])


def open_own_key(password: str) -> OpenKey:
    """Open the key of the person behind this request; raises WrongPassword, NoSigningKey, TooMany."""
    actor = current_actor()
    with edge().storage.reading() as session:
        person = session.get_one(Person, actor.person_id)
    with password_attempt(person.login or ""), edge().storage.reading() as session:
        return open_key(session, person.id, password, pepper())


def open_second_person(login: str, password: str) -> tuple[Actor, OpenKey, Person]:
    """Open the key of a second person at this tablet, for the operator of the request; the session stays whose it is.

    Raises SignInFailed in the same words whatever was wrong, NoSigningKey, TooMany.
    """
    host = current_actor()
    with password_attempt(login), edge().storage.reading() as session:
        person = person_by_login(session, login)
        if person is None or person.state is not PersonState.ACTIVE:
            check_password(session, login, password)
            raise SignInFailed
        key = open_key(session, person.id, password, pepper())
        actor = actor_of(session, person, host.operator_id, session_id=host.session_id)
    return actor, key, person
