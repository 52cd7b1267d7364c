"""Somebody arrives whose launch was verified: their acts in order, each in a transaction of its own, the first of which
spends the round.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.exercises.errors import UnknownExercise
from app.exercises.queries import current_version
from app.identity.models import OutsideAccount
from app.lms import queries
from app.lms.errors import AccountUnknown, WrongDeployment
from app.lms.models import Deployment, Platform
from app.lms.rules.messages import Message
from app.lms.services.launching import Door, Opened, open_launch
from app.lms.services.newcomers import account_of, give_role, is_made, make_person, missing_role
from app.storage import Storage

Spend = Callable[[Session], None]
_TRIES = 3


@dataclass(frozen=True)
class Arrival:
    """Who arrives: through which door, with what message; how the round is spent, and what making a person takes."""

    door: Door
    message: Message
    spend: Spend
    pepper: bytes = field(repr=False)
    language: str


class _Round:
    """Spends a round in the first transaction that is committed, and in no other."""

    def __init__(self, spend: Spend) -> None:
        self._spend, self._is_spent = spend, False

    def act(self, storage: Storage, deed: Callable[[Session], None]) -> None:
        with storage.transaction() as session:
            if not self._is_spent:
                self._spend(session)
            deed(session)
        self._is_spent = True


def deployment_of(session: Session, platform: Platform, message: Message) -> Deployment:
    """Return the deployment through which a message came; raise WrongDeployment (core §5.3.3)."""
    found = queries.find_deployment(session, platform.id, message.deployment_id)
    if found is None:
        raise WrongDeployment
    return found


def named_exercise(session: Session, code: str | None) -> str | None:
    """Return the code of an exercise that the hub has; None for none named, or for one that it has not."""
    try:
        return current_version(session, code).exercise.code if code else None
    except UnknownExercise:
        return None


def arrive(storage: Storage, arrival: Arrival, exercise_code: str | None) -> Opened:
    """Take a verified launch: make whom the hub does not know, give the role that is missing, open the launch.

    Raises AccountUnknown for somebody unknown who is to link an account first; the round is not spent then.
    """
    spending = _Round(arrival.spend)
    for _ in range(_TRIES - 1):
        try:
            return _arrive(storage, arrival, exercise_code, spending)
        except (IntegrityError, StaleDataError):
            continue  # the same person, or the same activity, arrived twice at this very moment
    return _arrive(storage, arrival, exercise_code, spending)


def _arrive(storage: Storage, arrival: Arrival, exercise_code: str | None, spending: _Round) -> Opened:
    _prepare_person(storage, arrival, spending)
    opened: list[Opened] = []

    def open_it(session: Session) -> None:
        account = _account(session, arrival)
        opened.append(open_launch(session, arrival.door, arrival.message, account, exercise_code))

    spending.act(storage, open_it)
    return opened[-1]


def _prepare_person(storage: Storage, arrival: Arrival, spending: _Round) -> None:
    """Make the person, or give them the role, without which they cannot come in; each is an act of its own."""
    door, message = arrival.door, arrival.message
    with storage.reading() as session:
        account = account_of(session, door.platform, message.subject)
        role = missing_role(session, account.person_id, door.platform, door.deployment, message) if account else None
    if account is None:
        if not is_made(door.platform, message):
            raise AccountUnknown
        spending.act(
            storage,
            lambda session: _make(session, arrival),
        )
    elif role is not None:
        person_id, missing = account.person_id, role
        spending.act(storage, lambda session: give_role(session, person_id, missing, door.deployment))


def _make(session: Session, arrival: Arrival) -> None:
    door = arrival.door
    make_person(
        session, door.platform, door.deployment, arrival.message, pepper=arrival.pepper, language=arrival.language
    )


def _account(session: Session, arrival: Arrival) -> OutsideAccount:
    account = account_of(session, arrival.door.platform, arrival.message.subject)
    if account is None:
        raise AccountUnknown
    return account
