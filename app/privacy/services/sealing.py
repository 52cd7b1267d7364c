"""Sealing what a release before kept as it was written: texts, files, and who people are (GD-25-1)."""

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, select, text, update
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import CommittedText
from app.audit.openings import Opening, seal_opening
from app.audit.services import Subject, note
from app.identity.models import OutsideAccount, Person, Token
from app.identity.queries import account_key, login_key
from app.identity.services.names import take_names
from app.kernel.actors import Actor
from app.storage import Storage
from app.storage.files import FileStore
from app.storage.particulars import BARE, COMMITMENT, HasParticulars, committed_values
from app.storage.sessions import vault_of
from app.storage.tables import Base, Evidenced, table_of

PORTION = 5000
"""So many texts are sealed in one act, while others wait for the database."""

PEOPLE = 500

Row = TypeVar("Row", Person, OutsideAccount, Token)
_TEXT = table_of(CommittedText)
_SEAL = (
    update(_TEXT)
    .where(_TEXT.c.commitment == bindparam("which"))
    .values(sealed=bindparam("now_sealed"), text=None, salt=None)
)


@dataclass(frozen=True)
class Sealed:
    """How much was sealed; `rows` are those that tell of people."""

    texts: int
    files: int
    rows: int


def seal_everything(storage: Storage, store: FileStore, origin: str, pepper: bytes, *, actor: Actor) -> Sealed:
    """Seal every text, file and name that stands as it was written; each portion is an act, and a crash loses none."""
    texts = 0
    while True:
        with storage.transaction() as session:
            some = seal_texts(session, origin, actor=actor)
        texts += some
        if some < PORTION:
            break
    rows = 0
    while True:
        with storage.transaction() as session:
            some = seal_people(session, origin, pepper, actor=actor)
        with storage.transaction() as session:
            others = seal_others(session, origin, actor=actor)
        rows += some + others
        if not some + others:
            break
    return Sealed(texts, _seal_files(storage, store, origin, actor=actor), rows)


def seal_texts(session: Session, origin: str, *, actor: Actor) -> int:
    """Seal up to `PORTION` texts, and return how many; no line where there is none."""
    query = select(_TEXT.c.commitment, _TEXT.c.person_id, _TEXT.c.text, _TEXT.c.salt)
    query = query.where(_TEXT.c.text.is_not(None), _TEXT.c.salt.is_not(None)).limit(PORTION)
    connection, vault = session.connection(), vault_of(session)
    changes = [
        {
            "which": row.commitment,
            "now_sealed": seal_opening(vault, row.commitment, row.person_id, Opening(row.text, row.salt)),
        }
        for row in connection.execute(query)
    ]
    if changes:
        # Past the objects: nothing changes that a line speaks of, only how it is kept. The trigger knows it.
        connection.execute(_SEAL, changes)
        _note(session, origin, {"texts": len(changes)}, actor)
    return len(changes)


def seal_people(session: Session, origin: str, pepper: bytes, *, actor: Actor) -> int:
    """Seal what up to `PEOPLE` rows tell of people, and return how many; no line where there is none.

    Their codes and commitments are new, so that the line names each row again. The names count as used (P11.100(a)).
    """
    people = session.scalars(_bare(Person).limit(PEOPLE)).all()
    accounts = session.scalars(_bare(OutsideAccount).limit(PEOPLE - len(people))).all()
    tokens = session.scalars(_bare(Token).limit(PEOPLE - len(people) - len(accounts))).all()
    vault = vault_of(session)
    for person in people:
        _tell_again(person)
        person.login_key = login_key(vault, person.login or "")
        take_names(session, person, pepper)
    for account in accounts:
        _tell_again(account)
        account.name_key = account_key(vault, account.home_page, account.name or "")
    for token in tokens:
        _tell_again(token)
    found = {"people": len(people), "accounts": len(accounts), "tokens": len(tokens)}
    if any(found.values()):
        _note(session, origin, {what: number for what, number in found.items() if number}, actor)
    return sum(found.values())


def _bare(model: type[Row]) -> Select[Row]:
    """Select rows of a release before: a value stands where a commitment belongs, and nothing is sealed."""
    first = getattr(model, committed_values(model)[-1] + COMMITMENT)
    return select(model).where(model.particulars.is_(None), first != "").order_by(model.id)


def seal_others(session: Session, origin: str, *, actor: Actor) -> int:
    """Seal what rows that are no evidence tell of people, in every room, up to `PEOPLE` of each table; return how many,
    with no line where there is none.
    """
    rows = [row for query in _left_bare() for row in session.scalars(query.limit(PEOPLE))]
    for row in rows:
        row.tell_again()
    if rows:
        _note(session, origin, {"others": len(rows)}, actor)
    return len(rows)


def _left_bare() -> list[Select[Any]]:
    """Select, in each table that tells of people and is no evidence, the rows that a migration left unsealed."""
    end = bytes([BARE[0] + 1])
    models: list[Any] = [mapper.class_ for mapper in Base.registry.mappers]
    return [
        select(model).where(model.particulars >= BARE, model.particulars < end)
        for model in models
        if issubclass(model, HasParticulars) and not issubclass(model, Evidenced)
    ]


def bare_rows(session: Session) -> int:
    """Return how many rows tell of people as a release before wrote it."""
    queries: list[Select[Any]] = [_bare(Person), _bare(OutsideAccount), _bare(Token), *_left_bare()]
    return sum(len(session.scalars(query).all()) for query in queries)


def _tell_again(row: Person | OutsideAccount | Token) -> None:
    for name in committed_values(type(row)):
        row.tell(name, getattr(row, name + COMMITMENT))
    if not isinstance(row, Token):
        row.bare_salt = None


def _seal_files(storage: Storage, store: FileStore, origin: str, *, actor: Actor) -> int:
    digests = list(store.bare())
    for digest in digests:
        store.seal_bare(digest)
    if digests:
        with storage.transaction() as session:
            _note(session, origin, {"files": len(digests)}, actor)
    return len(digests)


def _note(session: Session, origin: str, after: dict[str, int], actor: Actor) -> None:
    note(session, Action.TEXTS_SEALED, Subject("hub", origin), actor=actor, after=after)


def sweep_bare(owner: Storage) -> None:
    """Rewrite the tables, as their owner, so that what was sealed does not stand in pages that are free now."""
    tables = ", ".join(table_of(model).name for model in (CommittedText, Person, OutsideAccount, Token))
    sweep = "VACUUM" if owner.is_sqlite else f"VACUUM FULL {tables}"
    with owner.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if owner.is_sqlite:
            driver = connection.connection.driver_connection
            driver.execute(sweep)  # type: ignore[union-attr]
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        else:
            connection.execute(text(sweep))
