"""A witness for other people's logs: remembers the last checkpoint of each, and cosigns only what continues it.

Protocol: C2SP tlog-witness (<https://c2sp.org/tlog-witness>), the call `add-checkpoint`. It needs no database: key and
memory are files in a folder of its own, on a machine that the log's operator does not rule.
"""

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.audit.checkpoints import (
    MAX_NUMBER,
    Checkpoint,
    CosignatureVerifier,
    Cosigner,
    parse_checkpoint,
)
from app.audit.notes import (
    Ed25519Verifier,
    Note,
    NoteError,
    NoteSignature,
    NoteUnverified,
    SignatureInvalid,
    VerifierKey,
    parse_note,
    verify_note,
)
from app.audit.proofs import verify_consistency
from app.audit.tree import EMPTY_ROOT, HASH_SIZE, TreeError
from app.kernel import clock
from app.storage.keeping import locked, replace_file

PATH: Final = "/add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
TEXT_TYPE: Final = "text/plain; charset=utf-8"
MOST_PROOF_LINES: Final = 63
MOST_BYTES: Final = 65_536
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_PHRASES = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    422: "Unprocessable Entity",
}


class RequestMalformed(Exception):
    """A request has not the form that the protocol gives it."""


class WitnessStateLost(RuntimeError):
    """What the witness remembers of a log cannot be read: it must not cosign that log again."""


@dataclass(frozen=True)
class Reply:
    """What the witness answers."""

    status: int
    body: str
    content_type: str = TEXT_TYPE


@dataclass(frozen=True)
class Submission:
    """A checkpoint with the proof that it continues the tree of a size."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


class Witness:
    """Cosigns the logs it was told of; any number of processes may serve one folder.

    Several keys of one log succeed one another in the order in which they were given: once a checkpoint of a later key
    was cosigned, an earlier key counts no more.
    """

    def __init__(self, folder: Path, cosigner: Cosigner, logs: Iterable[VerifierKey]) -> None:
        self._folder, self._cosigner = folder, cosigner
        self._logs: dict[str, list[Ed25519Verifier]] = {}
        for key in logs:
            self._logs.setdefault(key.name, []).append(Ed25519Verifier(key))

    @property
    def key(self) -> VerifierKey:
        """The key with which others verify its cosignatures."""
        return self._cosigner.key

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer a submission (tlog-witness, "add-checkpoint"); raises WitnessStateLost."""
        # In the order of the specification:
        try:
            wanted = parse_submission(body)  # (1) the request has its form;
        except (RequestMalformed, NoteError) as error:
            return Reply(400, f"{error}\n")
        checkpoint = wanted.checkpoint
        if checkpoint.origin not in self._logs:  # (2) the log is one of ours;
            return Reply(404, "this log is not known here\n")
        try:
            # (3) a key of the log signed, none falsely;
            signed = verify_note(wanted.note, self._logs[checkpoint.origin])
        except (NoteUnverified, SignatureInvalid) as error:
            return Reply(403, f"{error}\n")
        if wanted.old_size > checkpoint.size:  # (4) it does not shrink;
            return Reply(400, "the old size is larger than the checkpoint\n")
        with locked(self._folder / "witness.lock"):
            # (3, still) and not by a key that was succeeded here;
            if self._place(checkpoint.origin, signed) < self._last_place(checkpoint.origin):
                return Reply(403, "the key of this log was succeeded by another\n")
            return self._continue(replace(wanted, note=Note(wanted.note.text, tuple(signed))))

    def remembered(self, origin: str) -> Checkpoint:
        """Return the last checkpoint cosigned of a log, the empty one where there was none; raises WitnessStateLost."""
        path = self._path(origin)
        if not path.exists():
            return Checkpoint(origin, 0, EMPTY_ROOT)
        try:
            note = parse_note(path.read_bytes())
            verify_note(note, [CosignatureVerifier(self._cosigner.key)])
            checkpoint = parse_checkpoint(note.text)
        except (OSError, NoteError) as error:
            raise WitnessStateLost(f"{path}: {error}") from None
        if checkpoint.origin != origin:
            raise WitnessStateLost(f"{path} speaks of another log")
        return checkpoint

    def _continue(self, wanted: Submission) -> Reply:
        """Compare with the memory, move it on, cosign; the caller holds the lock."""
        checkpoint, last = wanted.checkpoint, self.remembered(wanted.checkpoint.origin)
        if wanted.old_size != last.size:  # (5) the proof begins where our memory ends;
            return Reply(409, f"{last.size}\n", SIZE_TYPE)
        try:  # (6) the checkpoint continues what we cosigned: an empty tree is the empty tree, an equal one the same;
            verify_consistency(last.size, last.root, checkpoint.size, checkpoint.root, wanted.proof)
        except TreeError as error:
            return Reply(422, f"{error}\n")
        signature = self._cosigner.cosign(checkpoint, int(clock.now().timestamp()))
        # (7) remembered before it is answered.
        replace_file(self._path(checkpoint.origin), wanted.note.with_signatures(signature).to_bytes())
        return Reply(200, signature.line())

    def _place(self, origin: str, signatures: Iterable[NoteSignature]) -> int:
        """Return the place, among the keys given for a log, of the latest that made one of these signatures."""
        made = {one.key_id for one in signatures if one.name == origin}
        places = [place for place, known in enumerate(self._logs[origin]) if known.key.key_id in made]
        return max(places, default=-1)

    def _last_place(self, origin: str) -> int:
        path = self._path(origin)
        return self._place(origin, parse_note(path.read_bytes()).signatures) if path.exists() else -1

    def _path(self, origin: str) -> Path:
        return self._folder / f"log-{sha256(origin.encode()).hexdigest()[:32]}.checkpoint"


def open_witness(folder: Path, name: str, logs: Sequence[VerifierKey]) -> Witness:
    """Open a witness over its folder, making its key where there is none; raises WitnessStateLost without one it had.

    A folder with a memory and no key is one whose key was lost: another key would be another witness.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "witness.key"
    with locked(folder / "witness.lock"):
        if not path.exists():
            if any(folder.glob("log-*.checkpoint")):
                raise WitnessStateLost(f"{path} is gone: restore it, or begin in another folder under another name")
            made = Ed25519PrivateKey.generate()
            replace_file(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise WitnessStateLost(f"{path} holds no Ed25519 key")
    witness = Witness(folder, Cosigner(name, key), logs)
    for log in logs:
        witness.remembered(log.name)
    return witness


def parse_submission(body: bytes) -> Submission:
    """Read the body of `add-checkpoint`; raises RequestMalformed or NoteError."""
    if len(body) > MOST_BYTES:
        raise RequestMalformed("the request is too long")
    head, blank, note = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise RequestMalformed("sizes and proofs are ASCII") from None
    old = _OLD.fullmatch(first)
    if not blank or old is None or int(old[1]) > MAX_NUMBER:
        raise RequestMalformed("a request is an old size, a proof, an empty line and a checkpoint")
    if len(lines) > MOST_PROOF_LINES:
        raise RequestMalformed(f"a proof has at most {MOST_PROOF_LINES} lines")
    parsed = parse_note(note)
    return Submission(int(old[1]), tuple(map(decode_hash, lines)), parsed, parse_checkpoint(parsed.text))


def write_submission(old_size: int, proof: Iterable[bytes], note: bytes) -> bytes:
    """Return the body of `add-checkpoint`."""
    lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
    return f"old {old_size}\n{lines}\n".encode() + note


def decode_hash(line: str) -> bytes:
    """Read a hash as base64 in its one spelling; raises RequestMalformed."""
    try:
        data = base64.b64decode(line, validate=True)
    except ValueError:
        raise RequestMalformed("a hash is base64") from None
    if len(data) != HASH_SIZE or base64.b64encode(data).decode() != line:
        raise RequestMalformed(f"a hash has {HASH_SIZE} bytes")
    return data


StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def witness_app(witness: Witness) -> Callable[[dict[str, Any], StartResponse], list[bytes]]:
    """Return the WSGI application of a witness: `POST /add-checkpoint`, and its key for whoever looks at `/`."""

    def answer(environ: dict[str, Any], start: StartResponse) -> list[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path == PATH and method == "POST":
            length = environ.get("CONTENT_LENGTH") or MOST_BYTES + 1
            reply = witness.add_checkpoint(environ["wsgi.input"].read(min(int(length), MOST_BYTES + 1)))
        elif path == "/" and method == "GET":
            reply = Reply(200, f"{witness.key.to_text()}\n")
        else:
            reply = Reply(405 if path == PATH else 404, "\n")
        body = reply.body.encode()
        headers = [("Content-Type", reply.content_type), ("Content-Length", str(len(body)))]
        start(f"{reply.status} {_PHRASES[reply.status]}", headers)
        return [body]

    return answer
