"""Names by which people are known at the door: each is given once, and never again, to anybody (P11.100(a)).

What was used is kept as a code under the pepper, which stands outside the database: an erasure leaves it there, and
whoever has the database alone cannot try names against it. Logins and e-mail addresses share one space, so that
nobody's login is another's address.
"""

import hmac

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.errors import EmailTaken, LoginTaken
from app.identity.models import Person, UsedName
from app.identity.rules.people import bare_name, login_key
from app.kernel import clock

_TAG = b"cahier.used-name.v1\x00"


def check_names_free(session: Session, login: str, email: str | None, pepper: bytes) -> None:
    """Raise LoginTaken or EmailTaken for a name that is or was somebody's, in any spelling."""
    if _is_used(session, login, pepper):
        raise LoginTaken
    if email and _is_used(session, email, pepper):
        raise EmailTaken


def take_names(session: Session, person: Person, pepper: bytes) -> None:
    """Take a person's login and e-mail address for ever, as part of an act; what was taken before stays."""
    for code in sorted({_code(name, pepper) for name in (person.login, person.email) if name}):
        if session.get(UsedName, code) is None:
            session.add(UsedName(code=code, used_at=clock.now()))


def _is_used(session: Session, name: str, pepper: bytes) -> bool:
    """Say whether a name was taken; people who were added by earlier releases are known by their own columns."""
    if session.get(UsedName, _code(name, pepper)):
        return True
    if session.scalar(select(Person.id).where(Person.login_key == login_key(name))):
        return True
    addresses = session.scalars(select(Person.email).where(Person.email.is_not(None)))
    return bare_name(name) in {bare_name(address) for address in addresses if address}


def _code(name: str, pepper: bytes) -> str:
    return hmac.new(pepper, _TAG + bare_name(name).encode(), "sha256").hexdigest()
