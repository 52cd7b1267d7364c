"""The signer of checkpoints: the key of each log and the memory of what was signed last, both outside the database.

Whoever holds the database alone can rewrite no line that a checkpoint covers: the signer remembers size and root, and
refuses a log that does not continue them (gmp-requirements §14.4.4). Formats: C2SP tlog-checkpoint in a signed note.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from app.audit.keeping import locked, replace_file
from app.audit.notes import Ed25519Signer, Ed25519Verifier, Note, NoteError, VerifierKey
from app.audit.policies import Policy
from app.audit.proofs import TileReader, consistency_proof, verify_consistency
from app.audit.tree import EMPTY_ROOT, TreeError

ReadHead = Callable[[], tuple[Checkpoint, TileReader]]


@dataclass(frozen=True)
class Trust:
    """What a verifier knows from outside the database: keys of logs, the last checkpoints their signers remember, and
    whose cosignatures are asked for.
    """

    keys: Mapping[str, VerifierKey] = field(default_factory=dict)
    remembered: Mapping[str, Checkpoint] = field(default_factory=dict)
    policy: Policy | None = None


class CheckpointSigner:
    """Signs checkpoints with the keys in a folder that only its process should read.

    A key is named after the origin of its log; its memory is the last checkpoint it signed, kept as the signed note
    itself.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ensure_key(self, origin: str) -> VerifierKey:
        """Make the key of a log unless it exists, and return the key with which others verify."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.key_path(origin).exists():
            with self._locked():
                # Somebody else may have made it while we waited.
                if not self.key_path(origin).exists():
                    self._make_key(origin)
        return self.key(origin)

    def key(self, origin: str) -> VerifierKey:
        """Return the key with which others verify; raises SignerKeyMissing."""
        return self._signer(origin).key

    def remembered(self, origin: str) -> Checkpoint:
        """Return the last checkpoint signed of a log; raises SignerKeyMissing where that memory is gone."""
        verifier = Ed25519Verifier(self.key(origin))
        try:
            return open_checkpoint(self._memory_path(origin).read_bytes(), origin, [verifier])
        except (OSError, NoteError) as error:
            raise SignerKeyMissing(f"what the signer of {origin} remembers cannot be read: {error}") from None

    def sign(self, origin: str, read_head: ReadHead) -> tuple[Checkpoint, Note]:
        """Sign the head of a log as `read_head` gives it; the log's key is made if this is its first checkpoint.

        `read_head` is called when no other process can sign, so that what it reads is not older than what was signed.
        Raises SignerRefuses unless the log continues what was signed last, SignerKeyMissing without a memory.
        """
        self.ensure_key(origin)
        with self._locked():
            checkpoint, reader = read_head()
            # To sign:
            # (1) the memory is this log's own, signed by this log's key;
            last = self.remembered(origin)
            # (2) the log is not shorter than it was; (3) it holds all that it held, in the same places;
            _check_continues(last, checkpoint, reader)
            note = sign_checkpoint(checkpoint, self._signer(origin))
            # (4) remembered first: a checkpoint that nobody got to see binds nobody, a forgotten one would.
            replace_file(self._memory_path(origin), note.to_bytes())
        return checkpoint, note

    def trust(self, *origins: str) -> Trust:
        """Return keys and memories of those of these logs that have a key; raises SignerKeyMissing for a lost
        memory.
        """
        held = [origin for origin in origins if self.key_path(origin).exists()]
        return Trust({one: self.key(one) for one in held}, {one: self.remembered(one) for one in held})

    def origins(self) -> list[str]:
        """Return the origins of all logs that have a key here."""
        paths = sorted(self._folder.glob("log-*.key"))
        return [path.stem.removeprefix("log-").replace("_", "/") for path in paths]

    def key_path(self, origin: str) -> Path:
        """Return where the key of a log is kept, whether it is there or not."""
        # Neither a host name nor the code of an operator holds an underscore; a foreign memory would be refused anyway.
        return self._folder / f"log-{origin.replace('/', '_')}.key"

    def _memory_path(self, origin: str) -> Path:
        return self.key_path(origin).with_suffix(".checkpoint")

    def _make_key(self, origin: str) -> None:
        key = Ed25519PrivateKey.generate()
        # The memory begins with the empty log, and before the key: a key without a memory has lost it, and must not
        # sign.
        empty = sign_checkpoint(Checkpoint(origin, 0, EMPTY_ROOT), Ed25519Signer(origin, key))
        replace_file(self._memory_path(origin), empty.to_bytes())
        replace_file(self.key_path(origin), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def _signer(self, origin: str) -> Ed25519Signer:
        try:
            key = load_pem_private_key(self.key_path(origin).read_bytes(), password=None)
        except FileNotFoundError:
            raise SignerKeyMissing(f"no key for the log {origin} under {self._folder}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise SignerKeyMissing(f"the key of {origin} is not an Ed25519 key")
        return Ed25519Signer(origin, key)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time look at the memory and move it on."""
        with locked(self._folder / "log.lock"):
            yield


def ensure_log_key(keys: Path, origin: str) -> VerifierKey:
    """Make the key of a log in the folder of keys unless it exists; when a hub is founded or an operator added."""
    return CheckpointSigner(keys).ensure_key(origin)


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
