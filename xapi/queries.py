"""Reading the LRS: one statement by id, pages of statements by filters, what waits for delivery."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, exists, func, select, union
from sqlalchemy.orm import Session, aliased

from app.audit.models import Log
from app.kernel import clock
from xapi.models import Cursor, Head, LrsCredential, Statement
from xapi.rules.finding import Filters, OneStatement, agent_key, iri_key
from xapi.vocabulary import Verb

AnySelect = Select[*tuple[Any, ...]]
Query = TypeVar("Query", bound=AnySelect)
_Voiding = aliased(Statement)


@dataclass(frozen=True)
class Kept:
    """A statement as it stands: its frozen bytes and what the LRS adds."""

    ordinal: int
    body: bytes
    stored: datetime
    authority: bytes

    def to_json(self) -> bytes:
        """Return the statement as an LRS gives it: the frozen bytes with what only an LRS may say put at the end."""
        stored = clock.to_text(self.stored).encode()
        return self.body[:-1] + b',"stored":"' + stored + b'","authority":' + self.authority + b"}"


@dataclass(frozen=True)
class Page:
    """A page of statements, and the position from which the next one goes on, if there is more."""

    statements: list[Kept]
    next_position: int | None


@dataclass(frozen=True)
class Lag:
    """How many lines of a log were not read for statements yet."""

    origin: str
    lines: int


def find_statement(session: Session, wanted: OneStatement, operator_id: str | None) -> Kept | None:
    """Return the statement of an id, if it is voided as the query says; None for another operator's."""
    query = _kept(operator_id).where(Statement.id == wanted.id)
    query = query.where(_is_voided() if wanted.voided else ~_is_voided())
    row = session.execute(query).first()
    return Kept(*row) if row else None


def find_statements(session: Session, wanted: Filters, operator_id: str | None) -> Page:
    """Return a page of the statements that pass the filters and are not voided, by the order of storing."""
    query = _bounded(session, _kept(operator_id), wanted).where(~_is_voided())
    if wanted.agent:
        query = _by_agent(query, wanted)
    query = query.order_by(Statement.ordinal.asc() if wanted.ascending else Statement.ordinal.desc())
    found = [Kept(*row) for row in session.execute(query.limit(wanted.limit + 1))]
    page = found[: wanted.limit]
    return Page(page, page[-1].ordinal if len(found) > wanted.limit else None)


_JUDGING = frozenset(iri_key(verb) for verb in (Verb.PASSED, Verb.FAILED, Verb.EARNED))


def statements_of(session: Session, pseudonym: str, *, home: str) -> list[tuple[bool, Any]]:
    """Return every statement of which a person is the actor, as JSON, with whether it judges them (GD-15, GD-20)."""
    agent = agent_key({"account": {"homePage": home, "name": pseudonym}})
    query = select(Statement.verb, Statement.body).where(Statement.agent == agent).order_by(Statement.ordinal)
    return [(verb in _JUDGING, json.loads(body)) for verb, body in session.execute(query)]


def last_stored(session: Session) -> datetime | None:
    """Return the time up to which nothing can appear any more; None while nothing is stored."""
    return session.scalar(select(Head.stored).where(Head.ordinal > 0))


def count_statements(session: Session) -> int:
    """Return how many statements are stored."""
    return session.scalar(select(Head.ordinal)) or 0


def lags(session: Session) -> list[Lag]:
    """Return for each log how many lines wait to be read."""
    query = select(Log.origin, Log.size, Cursor.next_index).outerjoin(Cursor, Cursor.log_id == Log.id).order_by(Log.id)
    return [Lag(origin, size - (read or 0)) for origin, size, read in session.execute(query)]


def list_credentials(session: Session) -> Sequence[LrsCredential]:
    """Return the credentials in use, by name."""
    query = select(LrsCredential).where(LrsCredential.revoked_at.is_(None)).order_by(LrsCredential.name)
    return session.scalars(query).all()


def bodies_after(
    session: Session, ordinal: int, limit: int, operator_id: str | None
) -> Sequence[tuple[int, str, bytes]]:
    """Return ordinal, id and frozen bytes of the next statements after an ordinal, in order."""
    query = select(Statement.ordinal, Statement.id, Statement.body).where(Statement.ordinal > ordinal)
    query = _of_operator(query, operator_id).order_by(Statement.ordinal).limit(limit)
    return session.execute(query).all()


def bodies_of(session: Session, identifiers: Sequence[str]) -> dict[str, bytes]:
    """Return the frozen bytes of statements by id."""
    query = select(Statement.id, Statement.body).where(Statement.id.in_(identifiers))
    return dict(session.execute(query).all())


def count_after(session: Session, ordinal: int, operator_id: str | None) -> int:
    """Count the statements after an ordinal; the hub's are counted without looking, because ordinals have no gap."""
    if operator_id is None:
        return max(count_statements(session) - ordinal, 0)
    query = select(func.count()).select_from(Statement).where(Statement.ordinal > ordinal)
    return session.scalar(_of_operator(query, operator_id)) or 0


def _kept(operator_id: str | None) -> AnySelect:
    query = select(Statement.ordinal, Statement.body, Statement.stored, Statement.authority)
    return _of_operator(query, operator_id)


def _of_operator(query: Query, operator_id: str | None) -> Query:
    return query if operator_id is None else query.where(Statement.operator_id == operator_id)


def _bounded(session: Session, query: AnySelect, wanted: Filters) -> AnySelect:
    """Apply all but the agent; times become ordinals, because both grow together and ordinals end every index."""
    for column, key in (
        (Statement.verb, wanted.verb),
        (Statement.activity, wanted.activity),
        (Statement.registration, wanted.registration),
    ):
        if key is not None:
            query = query.where(column == key)
    if wanted.since is not None:
        query = query.where(Statement.ordinal > _last_ordinal(session, wanted.since))
    if wanted.until is not None:
        query = query.where(Statement.ordinal <= _last_ordinal(session, wanted.until))
    if wanted.position is not None:
        beyond = Statement.ordinal > wanted.position if wanted.ascending else Statement.ordinal < wanted.position
        query = query.where(beyond)
    return query


def _by_agent(query: AnySelect, wanted: Filters) -> AnySelect:
    """Keep the statements whose actor or object is this agent, each half read from its own index."""
    order = Statement.ordinal.asc() if wanted.ascending else Statement.ordinal.desc()
    ordinals = query.with_only_columns(Statement.ordinal).order_by(order).limit(wanted.limit + 1)
    halves = [
        select(ordinals.where(column == wanted.agent).subquery().c.ordinal)
        for column in (Statement.agent, Statement.object_agent)
    ]
    return _kept(None).where(Statement.ordinal.in_(union(*halves)))


def _last_ordinal(session: Session, moment: datetime) -> int:
    query = select(Statement.ordinal).where(Statement.stored <= moment)
    return session.scalar(query.order_by(Statement.stored.desc(), Statement.ordinal.desc()).limit(1)) or 0


def _is_voided() -> ColumnElement[bool]:
    """Say whether another statement voids this one; a voiding statement cannot be voided (XA-1)."""
    return exists().where(_Voiding.voids == Statement.id) & Statement.voids.is_(None)
