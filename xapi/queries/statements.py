"""One statement by id, what waits for delivery, how far logs were read, credentials."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, null, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import InstrumentedAttribute

from app.audit.models import Log
from app.kernel import clock
from app.storage.rows import in_portions
from xapi.models import Cursor, Head, LrsCredential, Statement
from xapi.rules.finding import OneStatement
from xapi.rules.keys import agent_key, iri_key
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
class Lag:
    """How many lines of a log were not read for statements yet."""

    origin: str
    lines: int


def find_statement(session: Session, wanted: OneStatement, operator_id: str | None) -> Kept | None:
    """Return the statement of an id, if it is voided as the query says; None for another operator's."""
    query = kept(operator_id).where(Statement.id == wanted.id)
    query = query.where(is_voided() if wanted.voided else ~is_voided())
    row = session.execute(query).first()
    return Kept(*row) if row else None


_JUDGING = frozenset(iri_key(verb) for verb in (Verb.PASSED, Verb.FAILED, Verb.EARNED))


def statements_of(session: Session, pseudonym: str, *, home: str) -> list[tuple[bool, Any]]:
    """Return every statement of which a person is the actor, as JSON, with whether it judges them (GD-15, GD-20)."""
    agent = agent_key({"account": {"homePage": home, "name": pseudonym}})
    query = select(Statement.verb, Statement.body).where(Statement.agent == agent).order_by(Statement.ordinal)
    return [(verb in _JUDGING, json.loads(body)) for verb, body in session.execute(query)]


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


def labels_after(
    session: Session, ordinal: int, limit: int, operator_id: str | None
) -> Sequence[tuple[int, str, str | None]]:
    """Return ordinal, id and registration of the next statements after an ordinal, in order.

    A statement about another one that names no registration itself, such as one that voids, has the other's.
    """
    about = aliased(Statement)
    registration = func.coalesce(Statement.registration, about.registration)
    query = select(Statement.ordinal, Statement.id, registration).outerjoin(about, about.id == Statement.refers_to)
    query = of_operator(query.where(Statement.ordinal > ordinal), operator_id)
    return session.execute(query.order_by(Statement.ordinal).limit(limit)).all()


def bodies_of(session: Session, identifiers: Sequence[str], octets: int) -> dict[str, bytes]:
    """Return the frozen bytes of statements by id, in the order given: of the first ones as many as fit, at least one.

    What does not fit is never read.
    """
    fitting: list[str] = []
    room = octets
    for some in in_portions(identifiers):
        query = select(Statement.id, func.length(Statement.body)).where(Statement.id.in_(some))
        sizes: dict[str, int] = dict(session.execute(query).all())
        for identifier in some:
            room -= sizes[identifier]
            if fitting and room < 0:
                break
            fitting.append(identifier)
    found: dict[str, bytes] = {}
    for some in in_portions(fitting):
        found |= dict(session.execute(select(Statement.id, Statement.body).where(Statement.id.in_(some))).all())
    return {identifier: found[identifier] for identifier in fitting}


def bodies_of_registration(session: Session, registration: UUID) -> Sequence[bytes]:
    """Return the frozen bytes of the statements of a registration, in the order of storing."""
    query = select(Statement.body).where(Statement.registration == str(registration)).order_by(Statement.ordinal)
    return session.scalars(query).all()


def count_after(session: Session, ordinal: int, operator_id: str | None) -> int:
    """Count the statements after an ordinal; the hub's are counted without looking, because ordinals have no gap."""
    if operator_id is None:
        return max(count_statements(session) - ordinal, 0)
    query = select(func.count()).select_from(Statement).where(Statement.ordinal > ordinal)
    return session.scalar(of_operator(query, operator_id)) or 0


def kept(operator_id: str | None) -> AnySelect:
    """Select what is given of the statements that an operator may see."""
    query = select(Statement.ordinal, Statement.body, Statement.stored, Statement.authority)
    return of_operator(query, operator_id)


def of_operator(query: Query, operator_id: str | None) -> Query:
    """Keep the statements that an operator may see; the hub sees all."""
    return query if operator_id is None else query.where(Statement.operator_id == operator_id)


def unindexed(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return a column for which SQLite, knowing nothing of how many rows there are, leaves its index alone."""
    return func.coalesce(column, null())


def is_voided() -> ColumnElement[bool]:
    """Say whether another statement voids this one; a voiding statement cannot be voided (XA-1).

    Only the same operator's counts, or the hub's: nobody takes away what belongs to others.
    """
    voider = func.coalesce(_Voiding.operator_id, Statement.operator_id)
    may_void = voider.is_not_distinct_from(Statement.operator_id)
    return exists().where(_Voiding.voids == Statement.id, may_void) & Statement.voids.is_(None)
