"""The signer of checkpoints: the key of each log and the memory of what was signed last, both outside the database.

Whoever holds the database alone can rewrite no line that a checkpoint covers: the signer remembers size and root, and
refuses a log that does not continue them (gmp-requirements §14.4.4). Formats: C2SP tlog-checkpoint in a signed note.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.audit.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from app.audit.errors import SignerKeyMissing, SignerRefuses
from app.audit.notes import Ed25519Signer, Ed25519Verifier, Note, NoteError, VerifierKey, parse_note
from app.audit.policies import Policy
from app.audit.proofs import TileReader, consistency_proof, verify_consistency
from app.audit.succession import KeyHistory, KeyRing, LogKey, Pending, read_ring
from app.audit.tree import EMPTY_ROOT, HASH_SIZE, TILE_WIDTH, TileAddress, TreeError
from app.kernel import clock
from app.storage.keeping import locked, replace_file

ReadHead = Callable[[], tuple[Checkpoint, TileReader]]


@dataclass(frozen=True)
class Trust:
    """What a verifier knows from outside the database: the keys that logs had, the last checkpoints their signers
    remember, and whose cosignatures are asked for.
    """

    keys: Mapping[str, Sequence[LogKey]] = field(default_factory=dict)
    remembered: Mapping[str, Checkpoint] = field(default_factory=dict)
    policy: Policy | None = None


class CheckpointSigner:
    """Signs checkpoints with the keys in a folder that only its process should read.

    A key is named after the origin of its log; its memory is the last checkpoint it signed, kept as the signed note
    itself. Beside them stands which keys the log had before, and which waits to be the next (`succession.py`).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ensure_key(self, origin: str) -> VerifierKey:
        """Make the key of a log unless it exists, and return the key with which others verify."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._is_known(origin):
            with self._locked():
                # Somebody else may have made it while we waited.
                if not self._is_known(origin):
                    self._make_key(origin)
        return self.key(origin)

    def key(self, origin: str) -> VerifierKey:
        """Return the key with which others verify; raises SignerKeyMissing."""
        return self._signer(origin).key

    def need_key(self, origin: str) -> None:
        """Raise SignerKeyMissing unless the log has a key here, or one that waits for its announcement."""
        if not self._next_path(origin).exists():
            self.key(origin)

    def history(self, origin: str) -> KeyHistory:
        """Return all keys that the log had, the one in use last; raises SignerKeyMissing."""
        return self._ring(origin).history

    def remembered(self, origin: str) -> Checkpoint:
        """Return the last checkpoint signed of a log; raises SignerKeyMissing where that memory is gone."""
        return self.remembered_by(origin, self.history(origin))

    def remembered_by(self, origin: str, history: KeyHistory) -> Checkpoint:
        """Return the last checkpoint that one of these keys signed of a log; raises SignerKeyMissing."""
        verifiers = [Ed25519Verifier(one.key) for one in history.keys]
        try:
            return open_checkpoint(self._memory_path(origin).read_bytes(), origin, verifiers)
        except (OSError, NoteError) as error:
            raise SignerKeyMissing(f"what the signer of {origin} remembers cannot be read: {error}") from None

    def sign(self, origin: str, read_head: ReadHead) -> tuple[Checkpoint, Note]:
        """Sign the head of a log as `read_head` gives it; the log's key is made if this is its first checkpoint.

        `read_head` is called when no other process can sign, so that what it reads is not older than what was signed.
        Raises SignerRefuses unless the log continues what was signed last, SignerKeyMissing without a memory.
        """
        if not self._next_path(origin).exists():
            self.ensure_key(origin)
        with self._locked():
            checkpoint, reader = read_head()
            self._settle(origin, checkpoint, reader)
            # To sign:
            # (1) the memory is this log's own, signed by this log's key;
            last = self.remembered(origin)
            # (2) the log is not shorter than it was; (3) it holds all that it held, in the same places;
            _check_continues(last, checkpoint, reader)
            note = sign_checkpoint(checkpoint, self.current_signer(origin))
            # (4) remembered first: a checkpoint that nobody got to see binds nobody, a forgotten one would.
            replace_file(self._memory_path(origin), note.to_bytes())
        return checkpoint, note

    def trust(self, *origins: str) -> Trust:
        """Return keys and memories of those of these logs that have a key; raises SignerKeyMissing for a lost
        memory.
        """
        held = [origin for origin in origins if self.key_path(origin).exists()]
        return Trust({one: self.history(one).keys for one in held}, {one: self.remembered(one) for one in held})

    def origins(self) -> list[str]:
        """Return the origins of all logs that have a key here."""
        paths = sorted(self._folder.glob("log-*.key"))
        return [path.stem.removeprefix("log-").replace("_", "/") for path in paths]

    def key_path(self, origin: str) -> Path:
        """Return where the key of a log is kept, whether it is there or not."""
        # Neither a host name nor the code of an operator holds an underscore; a foreign memory would be refused anyway.
        return self._folder / f"log-{origin.replace('/', '_')}.key"

    @contextmanager
    def succeeding(self, origin: str, lost: VerifierKey | None = None) -> Iterator["Succession"]:
        """Let nobody sign while the next key of a log is announced; raises SignerKeyMissing, SignerRefuses.

        `lost` is the key in use, from elsewhere, where it is gone and nothing here knows it. To be left after the
        announcement was committed: the next `sign` finds it in the log and takes the new key into use.
        """
        with self._locked():
            ring = self._ring_of_lost(origin, lost) if lost else self._ring(origin)
            if ring.pending:
                raise SignerRefuses(f"a new key of {origin} waits already: sign a checkpoint, then try again")
            yield Succession(self, origin, ring, Ed25519Signer(origin, Ed25519PrivateKey.generate()))

    def knows(self, origin: str, key: str) -> bool:
        """Say whether a verifier key is the one in use of a log, or the one that waits to be."""
        ring = self._ring(origin)
        waiting = ring.pending is not None and f"new {key}\n" in ring.pending.announcement
        return waiting or ring.history.current.to_text() == key

    def keep_next(self, origin: str, key: Ed25519PrivateKey, ring: KeyRing) -> None:
        """Keep a key that waits, before the list that says that it does; the caller holds the lock."""
        replace_file(self._next_path(origin), _pem(key))
        replace_file(self._ring_path(origin), ring.to_bytes())

    def _settle(self, origin: str, head: Checkpoint, reader: TileReader) -> None:
        """Take a waiting key into use if its announcement stands in the log, or drop it; the caller holds the lock."""
        ring = self._ring(origin)
        if ring.pending is None:
            if not self._ring_path(origin).exists():
                replace_file(self._ring_path(origin), ring.to_bytes())
            return
        if not _stands(ring.pending, head, reader):
            replace_file(self._ring_path(origin), KeyRing(ring.history).to_bytes())
            self._next_path(origin).unlink(missing_ok=True)
            return
        waiting = ring.pending
        history = ring.history.followed_by(parse_note(waiting.announcement.encode()), waiting.since)
        # Each step can be done again after a crash; the list is last, because it says that the others are done.
        if self._next_path(origin).exists():
            replace_file(self.key_path(origin), self._next_path(origin).read_bytes())
        if waiting.memory:
            replace_file(self._memory_path(origin), waiting.memory.encode())
        replace_file(self._ring_path(origin), KeyRing(history).to_bytes())
        self._next_path(origin).unlink(missing_ok=True)

    def _ring(self, origin: str) -> KeyRing:
        path = self._ring_path(origin)
        if not path.exists():  # from before keys could change
            return KeyRing(KeyHistory((LogKey(self.key(origin)),)))
        try:
            return read_ring(path.read_bytes())
        except NoteError as error:
            raise SignerKeyMissing(f"{path}: {error}") from None

    def _ring_of_lost(self, origin: str, lost: VerifierKey) -> KeyRing:
        if not self._ring_path(origin).exists():
            return KeyRing(KeyHistory((LogKey(lost),)))
        ring = self._ring(origin)
        if ring.history.current != lost:
            raise SignerRefuses(f"the key in use of {origin} is {ring.history.current.to_text()}, not the one given")
        return ring

    def _is_known(self, origin: str) -> bool:
        """Say whether the log has, or had, a key here: another made in its place would fit no checkpoint."""
        return self.key_path(origin).exists() or self._ring_path(origin).exists()

    def _memory_path(self, origin: str) -> Path:
        return self.key_path(origin).with_suffix(".checkpoint")

    def _ring_path(self, origin: str) -> Path:
        return self.key_path(origin).with_suffix(".keys")

    def _next_path(self, origin: str) -> Path:
        return self.key_path(origin).with_suffix(".next")

    def _make_key(self, origin: str) -> None:
        key = Ed25519PrivateKey.generate()
        # The memory begins with the empty log, and before the key: a key without a memory has lost it, and must not
        # sign.
        empty = sign_checkpoint(Checkpoint(origin, 0, EMPTY_ROOT), Ed25519Signer(origin, key))
        replace_file(self._memory_path(origin), empty.to_bytes())
        replace_file(self.key_path(origin), _pem(key))
        made = LogKey(Ed25519Signer(origin, key).key, since=clock.to_text(clock.now()))
        replace_file(self._ring_path(origin), KeyRing(KeyHistory((made,))).to_bytes())

    def _signer(self, origin: str) -> Ed25519Signer:
        try:
            key = load_pem_private_key(self.key_path(origin).read_bytes(), password=None)
        except FileNotFoundError:
            raise SignerKeyMissing(f"no key for the log {origin} under {self._folder}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise SignerKeyMissing(f"the key of {origin} is not an Ed25519 key")
        return Ed25519Signer(origin, key)

    def current_signer(self, origin: str) -> Ed25519Signer:
        """Return what signs with the key in use; raises SignerKeyMissing, also for an earlier one that was put back."""
        signer, current = self._signer(origin), self.history(origin).current
        if signer.key != current:
            raise SignerKeyMissing(f"the key of {origin} here is not {current.to_text()}, which is the one in use")
        return signer

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time look at the memory and move it on."""
        with locked(self._folder / "log.lock"):
            yield


@dataclass(frozen=True)
class Succession:
    """A log whose next key is being announced, while nobody else can sign."""

    signer: CheckpointSigner
    origin: str
    ring: KeyRing
    successor: Ed25519Signer

    @property
    def current(self) -> VerifierKey:
        """The key that is succeeded."""
        return self.ring.history.current

    def remembered(self) -> Checkpoint | None:
        """Return what was last signed of the log, None where nobody can read it any more."""
        try:
            return self.signer.remembered_by(self.origin, self.ring.history)
        except SignerKeyMissing:
            return None

    def keep(self, announcement: Note, index: int, leaf: bytes, memory: Checkpoint | None = None) -> None:
        """Remember, before it is committed, that the announcement is to stand in the log at this place.

        `memory` is what was last signed of the log, where the signer lost it.
        """
        known = sign_checkpoint(memory, self.successor).to_bytes().decode() if memory else ""
        waiting = Pending(index, leaf.hex(), announcement.to_bytes().decode(), clock.to_text(clock.now()), known)
        self.signer.keep_next(self.origin, self.successor.private_key, replace(self.ring, pending=waiting))


def ensure_log_key(keys: Path, origin: str) -> VerifierKey:
    """Make the key of a log in the folder of keys unless it exists; when a hub is founded or an operator added."""
    return CheckpointSigner(keys).ensure_key(origin)


def _stands(waiting: Pending, head: Checkpoint, reader: TileReader) -> bool:
    """Say whether the line of a pending announcement stands in a log."""
    if head.size <= waiting.index:
        return False
    tile, place = divmod(waiting.index, TILE_WIDTH)
    address = TileAddress(0, tile, min(TILE_WIDTH, head.size - tile * TILE_WIDTH))
    hashes = reader.tiles([address])[address]
    return hashes[place * HASH_SIZE : (place + 1) * HASH_SIZE].hex() == waiting.leaf


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _check_continues(last: Checkpoint, wanted: Checkpoint, reader: TileReader) -> None:
    if wanted.origin != last.origin:
        raise SignerRefuses(f"asked to sign {wanted.origin} with the key of {last.origin}")
    if wanted.size < last.size:
        raise SignerRefuses(
            f"{wanted.origin} has {wanted.size} lines, but {last.size} were signed: "
            "lines are gone, or an old copy was restored"
        )
    try:
        proof = consistency_proof(reader, last.size, wanted.size)
        verify_consistency(last.size, last.root, wanted.size, wanted.root, proof)
    except TreeError as error:
        reason = f"{wanted.origin} does not continue what was signed at {last.size} lines: {error}"
        raise SignerRefuses(reason) from None
