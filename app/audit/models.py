"""Tables of the trail: logs, lines, tiles of the tree, checkpoints and what others attest of them, committed texts."""

import logging
from datetime import datetime
from typing import cast

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, QueryContext, mapped_column, object_session

from app.audit.openings import Opening, unseal_opening
from app.storage import columns
from app.storage.columns import Digest, Id, SealedOpening, reference
from app.storage.errors import KeyDestroyed, KeyMissing, SealedAltered, VaultClosed
from app.storage.sessions import VAULT, vault_of
from app.storage.tables import AppendOnly, Base, Erasable, Evidenced, Passing, new_id
from app.storage.vault import Vault

HUB_LOG = 1

_log = logging.getLogger("cahier.audit")


class Log(Base):
    """The head of one log: its size and right edge, locked by every act that appends (RFC 9162 §2.1)."""

    __tablename__ = "log"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    operator_id: Mapped[Id | None] = mapped_column(unique=True)
    origin: Mapped[str] = mapped_column(String(200), unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)


class Line(AppendOnly, Base):
    """One act: the exact bytes that were hashed, and where they stand."""

    __tablename__ = "line"
    __table_args__ = (UniqueConstraint("log_id", "subject", "subject_sequence"),)

    log_id: Mapped[int] = mapped_column(reference("log.id"), primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column("line_index", BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(200))
    subject_sequence: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class Tile(AppendOnly, Base):
    """A full tile of 256 hashes, so that a proof reads a few rows of a log of any size (C2SP tlog-tiles)."""

    __tablename__ = "tile"

    log_id: Mapped[int] = mapped_column(reference("log.id"), primary_key=True, autoincrement=False)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column("tile_index", BigInteger, primary_key=True, autoincrement=False)
    # Before the hashes, so that SQLite finds the roots of many tiles without leafing through their hashes.
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    hashes: Mapped[bytes] = mapped_column(LargeBinary(8192))


class Checkpoint(AppendOnly, Base):
    """A signed statement of a log's size and root, as the note's bytes (C2SP tlog-checkpoint)."""

    __tablename__ = "checkpoint"

    log_id: Mapped[int] = mapped_column(reference("log.id"), primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    note: Mapped[bytes] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime]


class TimestampToken(AppendOnly, Evidenced, Base):
    """That a checkpoint existed at a time: the token of a time-stamping authority, as its DER bytes (RFC 3161, PF-5).

    `imprint` is the SHA-256 of the checkpoint's note as it is stored; `generated_at` is the authority's clock,
    `obtained_at` ours.
    """

    __tablename__ = "timestamp_token"
    __table_args__ = (Index(None, "anchored_log_id", "size"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    anchored_log_id: Mapped[int] = mapped_column(reference("log.id"))
    size: Mapped[int] = mapped_column(BigInteger)
    imprint: Mapped[Digest]
    authority: Mapped[str] = mapped_column(String(500))
    token: Mapped[bytes] = mapped_column(LargeBinary)
    token_digest: Mapped[Digest]
    generated_at: Mapped[datetime]
    obtained_at: Mapped[datetime]


class Cosignature(AppendOnly, Base):
    """The signature line of a witness over a checkpoint (C2SP tlog-cosignature); like a checkpoint it proves itself."""

    __tablename__ = "cosignature"

    log_id: Mapped[int] = mapped_column(reference("log.id"), primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    witness: Mapped[str] = mapped_column(String(220), primary_key=True)
    line: Mapped[str] = mapped_column(Text)
    obtained_at: Mapped[datetime]


class OutsideParty(Base):
    """Where asking an authority or a witness stands; operational, but for a conflict that a witness reported.

    `origin` is the log that is asked about, empty for an authority; `known_size` what the witness said it has.
    """

    __tablename__ = "outside_party"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(500), primary_key=True)
    origin: Mapped[str] = mapped_column(String(200), primary_key=True)
    failures: Mapped[int]
    not_before: Mapped[datetime | None]
    last_answer: Mapped[str | None] = mapped_column(Text)
    last_answer_at: Mapped[datetime | None]
    known_size: Mapped[int | None] = mapped_column(BigInteger)
    conflict: Mapped[str | None] = mapped_column(Text)
    conflict_at: Mapped[datetime | None]


class CommittedText(Erasable, Evidenced, Base):
    """A text that people wrote, beside the commitment that lines, rows and signatures hold in its place.

    `sealed` holds text and salt under a key of the person who wrote the text (GD-25-1); `bare_text` and `bare_salt`
    are those of a release before, until they are sealed. All are erased together; the commitment, and with it every
    proof, stays (GDPR 17, C8).
    """

    __tablename__ = "committed_text"

    commitment: Mapped[Digest] = mapped_column(primary_key=True)
    person_id: Mapped[Id | None] = mapped_column(index=True)
    bare_text: Mapped[columns.Opening] = mapped_column("text")
    bare_salt: Mapped[columns.Opening] = mapped_column("salt")
    sealed: Mapped[SealedOpening]
    _vault = cast(Vault | None, None)  # what opens it, also once its session is closed

    @property
    def text(self) -> str | None:
        """The text; None when it was erased, or its key is gone."""
        opening = self.open()
        return opening and opening.text

    @property
    def salt(self) -> str | None:
        """The salt; None when the text is."""
        opening = self.open()
        return opening and opening.salt

    def open(self) -> Opening | None:
        """Return text and salt; None when they were erased, their key is gone, or they are not what was sealed."""
        try:
            return self.unseal()
        except (KeyMissing, SealedAltered) as error:
            _log.error("the text behind %s cannot be opened: %s", self.commitment, type(error).__name__)
            return None

    def unseal(self) -> Opening | None:
        """Return text and salt; None only when they were erased; raises KeyMissing, SealedAltered."""
        if self.sealed is None:
            return None if self.bare_text is None or self.bare_salt is None else Opening(self.bare_text, self.bare_salt)
        session = object_session(self)
        vault = self._vault or (vault_of(session) if session else None)
        if vault is None:
            raise VaultClosed("this text was read without the key store")
        try:
            return unseal_opening(vault, self.commitment, self.person_id, self.sealed)
        except KeyDestroyed:
            return None


@event.listens_for(CommittedText, "load")
def _remember_vault(kept: CommittedText, context: QueryContext) -> None:
    kept._vault = context.session.info.get(VAULT)


class DoomedKey(Base):
    """A key that an erasure gave up: destroyed in the key store after the act was committed.

    `mark` names the key and `bound` what it sealed; neither opens anything. It stays, so that the key is destroyed once
    more when an earlier key store is brought back.
    """

    __tablename__ = "doomed_key"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(80))
    mark: Mapped[str] = mapped_column(String(40))
    bound: Mapped[str] = mapped_column(String(200))
    doomed_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None] = mapped_column(index=True)


class StrangerRefusal(Passing, Base):
    """How many refusals strangers earned in a minute, until the worker writes the minute's one line."""

    __tablename__ = "stranger_refusal"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    refusals: Mapped[int]
