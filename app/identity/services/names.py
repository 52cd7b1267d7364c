"""Names by which people are known at the door: each is given once, and never again, to anybody (P11.100(a)).

What was used is kept as a code under the pepper, which stands outside the database: an erasure leaves it there, and
whoever has the database alone cannot try names against it. Logins and e-mail addresses share one space, so that
nobody's login is another's address.
"""

import hmac
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.errors import EmailTaken, LoginTaken
from app.identity.models import Person, UsedName
from app.identity.rules.people import bare_name
from app.kernel import clock
from app.storage.rows import in_portions

_TAG = b"cahier.used-name.v1\x00"


def check_names_free(session: Session, login: str, email: str | None, pepper: bytes) -> None:
    """Raise LoginTaken or EmailTaken for a name that is or was somebody's, in any spelling."""
    if _is_used(session, login, pepper):
        raise LoginTaken
    if email and _is_used(session, email, pepper):
        raise EmailTaken


def names_used(session: Session, names: Iterable[str], pepper: bytes) -> set[str]:
    """Return those of some names that are or were somebody's, in any spelling; many at once."""
    codes = {name: _code(name, pepper) for name in names}
    used: set[str] = set()
    for some in in_portions(sorted(set(codes.values()))):
        used |= set(session.scalars(select(UsedName.code).where(UsedName.code.in_(some))))
    return {name for name, code in codes.items() if code in used}


def take_free_name(session: Session, login: str, pepper: bytes) -> None:
    """Take for ever a login that was just seen to be free, as part of an act; another act that was quicker wins."""
    session.add(UsedName(code=_code(login, pepper), used_at=clock.now()))


def take_names(session: Session, person: Person, pepper: bytes) -> None:
    """Take a person's login and e-mail address for ever, as part of an act; what was taken before stays."""
    for code in sorted({_code(name, pepper) for name in (person.login, person.email) if name}):
        if session.get(UsedName, code) is None:
            session.add(UsedName(code=code, used_at=clock.now()))


def _is_used(session: Session, name: str, pepper: bytes) -> bool:
    return session.get(UsedName, _code(name, pepper)) is not None


def _code(name: str, pepper: bytes) -> str:
    return hmac.new(pepper, _TAG + bare_name(name).encode(), "sha256").hexdigest()
