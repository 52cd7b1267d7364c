"""One writing request is one transaction, accepted once: the only place where a view opens one.

A form carries a random key; the receipt of its acceptance is written in the transaction of the act, so that a double
click, a second tab or a repeated request after a lost answer records nothing twice.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from flask import request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.kernel import clock
from app.kernel.errors import CahierError, Conflict
from app.storage import guard
from app.storage.errors import LineMissing
from app.web.models import Receipt
from app.web.receipts import answer_of, seal_answer
from app.web.visitors import current_visitor, edge

KEY_FIELD = "idempotency_key"
KEY_HEADER = "Idempotency-Key"
_LONGEST_KEY = 64


class AlreadyDone(CahierError):
    """This very form was accepted before; `answer` is what was answered then."""

    code = "already-done"

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer


def new_form_key() -> str:
    """Return a fresh key for a form about to be shown."""
    return uuid.uuid4().hex


@contextmanager
def acting(landing: str) -> Iterator[Session]:
    """Run the one service call of a view in a transaction, once per form key; `landing` is where the answer leads.

    Raises AlreadyDone when the form was accepted before, Conflict when another writer was quicker.
    """
    key, actor = _form_key(), _who()
    try:
        with edge().storage.transaction() as session:
            _refuse_repeat(session, key, actor)
            yield session
            _need_line(session)
            _keep_receipt(session, key, actor, landing)
    except (IntegrityError, StaleDataError) as error:
        _answer_race(key, actor, error)


def perform(act: Callable[[Session], Any]) -> Any:
    """Run an act for the API and return its JSON-able answer; the same answer again for a repeated key."""
    key, actor = _form_key(), _who()
    try:
        with edge().storage.transaction() as session:
            _refuse_repeat(session, key, actor)
            answer = act(session)
            _need_line(session)
            _keep_receipt(session, key, actor, json.dumps(answer))
    except AlreadyDone as done:
        return json.loads(done.answer)
    except (IntegrityError, StaleDataError) as error:
        try:
            _answer_race(key, actor, error)
        except AlreadyDone as done:
            return json.loads(done.answer)
    return answer


def _need_line(session: Session) -> None:
    if not guard.has_line(session):
        raise LineMissing(f"{request.endpoint} writes no line")


def _form_key() -> str | None:
    key = request.headers.get(KEY_HEADER) or request.form.get(KEY_FIELD)
    return key[:_LONGEST_KEY] if key else None


def _who() -> str:
    visitor = current_visitor()
    return visitor.actor.pseudonym if visitor else "stranger"


def _refuse_repeat(session: Session, key: str | None, actor: str) -> None:
    receipt = session.get(Receipt, (key, actor)) if key else None
    if receipt:
        answer = answer_of(session, receipt)
        if answer is None:
            raise Conflict  # done, and what was answered then is gone with its key
        raise AlreadyDone(answer)


def _keep_receipt(session: Session, key: str | None, actor: str, answer: str) -> None:
    if key:
        receipt = Receipt(key=key, actor=actor, answer=answer, accepted_at=clock.now())
        seal_answer(session, receipt)
        session.add(receipt)


def _answer_race(key: str | None, actor: str, error: Exception) -> NoReturn:
    """Two requests met: either the other was this same form, or somebody else's act."""
    with edge().storage.reading() as session:
        _refuse_repeat(session, key, actor)
    raise Conflict from error
