"""What a row tells of a person, kept so that one key destroyed makes it unreadable in every copy (GD-25-1, ADR 0019).

The values of a row and their salt are sealed together in one column. All rows about one person are sealed under one
key of theirs, so that an erasure also reaches rows that were removed long ago and stand in backups. A row of evidence
holds beside it a commitment to each value, which its lines digest: whoever has the database alone reads no value and
can try none, and the verification finds every other value put in its place.
"""

import json
import logging
from dataclasses import dataclass, replace
from typing import Any, cast, overload

from sqlalchemy import Connection, LargeBinary, event, inspect
from sqlalchemy.orm import Mapped, Mapper, QueryContext, mapped_column, object_session
from sqlalchemy.orm.attributes import flag_modified

from app.kernel import canonical
from app.storage.errors import KeyDestroyed, KeyMissing, SealedAltered, VaultClosed
from app.storage.sessions import VAULT, vault_of
from app.storage.vault import Vault

WHO = 0
"""The leaf of a person's tree that seals who they are; what they write has leaves elsewhere in it."""
BARE = b"{"
"""How particulars begin that are not sealed: as the JSON that they are."""
COMMITMENT = "_commitment"
"""How the attribute of a value's commitment ends."""

_log = logging.getLogger("cahier.storage")


@dataclass(frozen=True)
class Particulars:
    """Values by their names, and the salt of their commitments."""

    salt: str
    values: dict[str, str]

    def to_bytes(self) -> bytes:
        """Return what is sealed: canonical JSON."""
        return canonical.canonical_bytes({"salt": self.salt, "values": self.values})

    @classmethod
    def from_bytes(cls, content: bytes) -> "Particulars":
        """Read what was sealed; raises SealedAltered."""
        try:
            found = json.loads(content)
            return cls(found["salt"], found["values"])
        except (ValueError, KeyError, TypeError):
            raise SealedAltered("what was sealed are no particulars") from None

    def with_value(self, name: str, value: str | None) -> "Particulars":
        """Return these with one value set, or without it."""
        others = {known: kept for known, kept in self.values.items() if known != name}
        return replace(self, values=others if value is None else others | {name: value})

    def commitment(self, name: str) -> str | None:
        """Return the commitment to a value; None where there is none."""
        value = self.values.get(name)
        return None if value is None else canonical.commitment(value, self.salt)


def bound_to_row(table: str, *key: object) -> str:
    """Return what the particulars of a row are bound to, so that in another row they do not open."""
    return "|".join(map(str, (table, *key)))


def seal_about(vault: Vault, subject_id: str, content: bytes, bound: str) -> bytes:
    """Seal something about a person, so that it goes with whoever they are; raises KeyDestroyed for an erased one."""
    return vault.seal(subject_id, content, bound, WHO)


def open_about(vault: Vault, subject_id: str, sealed: bytes, bound: str) -> bytes:
    """Return what is sealed; raises KeyDestroyed for somebody who was erased, KeyMissing, SealedAltered."""
    try:
        return vault.open(subject_id, sealed, bound)
    except KeyMissing:
        if vault.is_destroyed(subject_id, WHO):
            raise KeyDestroyed(subject_id) from None
        raise


class HasParticulars:
    """A row that tells something of a person; `particulars` holds it, sealed.

    Each value is a `Particular` of the class. A class with a column `<value>_commitment` keeps there
    what its lines digest.
    """

    particulars: Mapped[bytes | None] = mapped_column(LargeBinary, nullable=True, info={"opening": True})
    _vault = cast(Vault | None, None)  # what opens it, also once its session is closed
    _waiting = cast(Particulars | None, None)  # what was set and is sealed with the next flush
    _opened = cast(tuple[bytes, Particulars] | None, None)

    @property
    def subject_id(self) -> str:
        """Return whom the row tells of: a key of theirs seals it."""
        raise NotImplementedError

    def told(self) -> Particulars | None:
        """Return what the row tells; None where it tells nothing, or its key was destroyed.

        Raises KeyMissing, SealedAltered.
        """
        if self._waiting is not None or self.particulars is None:
            return self._waiting
        if self.is_bare():
            return Particulars.from_bytes(self.particulars)
        if self._opened is None or self._opened[0] != self.particulars:
            try:
                content = open_about(self._key_store(), self.subject_id, self.particulars, self.bound_to())
            except KeyDestroyed:
                return None
            self._opened = self.particulars, Particulars.from_bytes(content)
        return self._opened[1]

    def required(self, name: str) -> str:
        """Return a value that the row must have; raises KeyMissing where nothing opens it, SealedAltered."""
        told = self.told()
        if told is None or name not in told.values:
            raise KeyMissing(self.subject_id)
        return told.values[name]

    def is_bare(self) -> bool:
        """Say whether the row stands as a migration left it: its particulars are there, and not sealed yet."""
        return self.particulars is not None and self.particulars.startswith(BARE)

    def tell_again(self) -> None:
        """Have what the row tells sealed with the next flush."""
        self._waiting = self.told()
        flag_modified(self, "particulars")

    def tell(self, name: str, value: str | None) -> None:
        """Set a value, and its commitment where the class has one; it is sealed with the next flush."""
        if value is None and self.told() is None:
            return
        self._waiting = (self.told() or Particulars(canonical.new_salt(), {})).with_value(name, value)
        if hasattr(type(self), name + COMMITMENT):
            setattr(self, name + COMMITMENT, self._waiting.commitment(name))
        elif self.particulars is not None:
            flag_modified(self, "particulars")

    def untell(self) -> None:
        """Let the row tell nothing any more."""
        self._waiting = self._opened = self.particulars = None
        for name in committed_values(type(self)):
            setattr(self, name + COMMITMENT, None)

    def bound_to(self) -> str:
        """Return what the sealed bytes of this row are bound to."""
        mapper: Mapper[Any] = inspect(type(self))
        return bound_to_row(mapper.class_.__tablename__, *mapper.primary_key_from_instance(self))

    def seal(self, vault: Vault) -> None:
        """Seal what was set."""
        if self._waiting is None:
            return
        self._vault = vault
        told, self._waiting = self._waiting, None
        self.particulars = seal_about(vault, self.subject_id, told.to_bytes(), self.bound_to())

    def _key_store(self) -> Vault:
        session = object_session(self)
        vault = self._vault or (vault_of(session) if session else None)
        if vault is None:
            raise VaultClosed("this row was read without the key store")
        return vault


class Particular:
    """A value of such a row as an attribute: a text, or None."""

    def __set_name__(self, owner: type[HasParticulars], name: str) -> None:
        """Remember under which name the value is kept."""
        self._name = name

    @overload
    def __get__(self, row: None, owner: type[HasParticulars]) -> "Particular": ...

    @overload
    def __get__(self, row: HasParticulars, owner: type[HasParticulars]) -> str | None: ...

    def __get__(self, row: HasParticulars | None, owner: type[HasParticulars]) -> "Particular | str | None":
        """Return the value; None also where it cannot be opened, which the log and the verification say."""
        if row is None:
            return self
        try:
            told = row.told()
        except (KeyMissing, SealedAltered) as error:
            _log.error("the particulars of %s cannot be opened: %s", row.bound_to(), type(error).__name__)
            return None
        return told.values.get(self._name) if told else None

    def __set__(self, row: HasParticulars, value: str | None) -> None:
        """Set the value; raises KeyMissing, SealedAltered where the others of the row cannot be opened."""
        row.tell(self._name, value)


def committed_values(model: type[HasParticulars]) -> tuple[str, ...]:
    """Return the names of the values of a class to which its rows hold commitments."""
    return tuple(
        sorted(
            name
            for name in vars(model)
            if isinstance(vars(model)[name], Particular) and hasattr(model, name + COMMITMENT)
        )
    )


@event.listens_for(HasParticulars, "before_insert", propagate=True)
@event.listens_for(HasParticulars, "before_update", propagate=True)
def _seal(_mapper: Mapper[Any], _connection: Connection, row: HasParticulars) -> None:
    session = object_session(row)
    if session is not None and row._waiting is not None:
        row.seal(vault_of(session))


@event.listens_for(HasParticulars, "load", propagate=True)
def _remember_vault(row: HasParticulars, context: QueryContext) -> None:
    row._vault = context.session.info.get(VAULT)
