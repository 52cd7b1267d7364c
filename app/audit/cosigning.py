"""Asking the witnesses of a policy to cosign the newest checkpoint of each log (C2SP tlog-witness, PF-11).

A witness that remembers another tree than ours is the alarm that witnesses are for: it is kept as a conflict, said in
the log file, by `cahier audit status` and by `cahier audit verify`, until the same witness cosigns again.
"""

import logging
import re
from dataclasses import dataclass

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.checkpoints import CosignatureVerifier
from app.audit.models import Checkpoint, Cosignature, Log, OutsideParty
from app.audit.notes import NoteError, NoteSignature, VerifierKey, parse_note, parse_signature_line
from app.audit.outside import Answer, Kind, Party, is_resting, keep_answer
from app.audit.policies import KnownParty, Policy
from app.audit.proofs import consistency_proof
from app.audit.tiles import StoredTiles
from app.audit.timestamping import newest_checkpoint, read_bounded
from app.audit.witness import PATH, SIZE_TYPE, write_submission
from app.kernel import clock
from app.storage import Storage

_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
_log = logging.getLogger("cahier.audit")


class NotCosigned(Exception):
    """A witness did not cosign; the message says why."""


class WitnessConflict(NotCosigned):
    """A witness remembers another tree of this log than ours."""


@dataclass(frozen=True)
class Asking:
    """A checkpoint that a witness is asked to cosign."""

    log_id: int
    origin: str
    size: int
    note: bytes
    log_size: int


def cosign_due_logs(storage: Storage, client: httpx.Client, policy: Policy) -> int:
    """Ask every witness for its cosignature on the newest checkpoint of each log; return how many came."""
    came = 0
    with storage.reading() as session:
        asked = [
            (one, witness) for one in _newest(session, policy) for witness in _witnesses_to_ask(session, policy, one)
        ]
    for asking, witness in asked:
        came += _ask_once(storage, client, asking, witness)
    return came


def cosigner_id(key: VerifierKey) -> str:
    """Return what a witness's key is called in the table: name and key id, as in its verifier key."""
    return f"{key.name}+{key.key_id.hex()}"


def _newest(session: Session, policy: Policy) -> list[Asking]:
    found = []
    for log in session.scalars(select(Log).order_by(Log.id)):
        checkpoint = newest_checkpoint(session, log.id) if policy.covers(log.origin) else None
        if checkpoint:
            found.append(Asking(log.id, log.origin, checkpoint.size, checkpoint.note, log.size))
    return found


def _witnesses_to_ask(session: Session, policy: Policy, asking: Asking) -> list[KnownParty]:
    return [
        witness
        for witness in policy.witnesses.values()
        if witness.address
        and session.get(Cosignature, (asking.log_id, asking.size, cosigner_id(witness.key))) is None
        and not is_resting(session, _party(witness, asking))
    ]


def _party(witness: KnownParty, asking: Asking) -> Party:
    return Party(Kind.WITNESS, cosigner_id(witness.key), asking.origin)


def _ask_once(storage: Storage, client: httpx.Client, asking: Asking, witness: KnownParty) -> bool:
    party = _party(witness, asking)
    try:
        signature = obtain_cosignature(storage, client, asking, witness)
    except WitnessConflict as error:
        _log.error("WITNESS CONFLICT: %s, about %s: %s", witness.name, asking.origin, error)
        keep_answer(storage, party, Answer(str(error), failed=True, conflict=str(error)))
        return False
    except NotCosigned as error:
        _log.warning("%s did not cosign %s: %s", witness.name, asking.origin, error)
        keep_answer(storage, party, Answer(str(error), failed=True))
        return False
    row = Cosignature(
        log_id=asking.log_id,
        size=asking.size,
        witness=cosigner_id(witness.key),
        line=signature.line(),
        obtained_at=clock.now(),
    )
    with storage.transaction() as session:
        if session.get(Cosignature, (row.log_id, row.size, row.witness)) is None:
            session.add(row)
    keep_answer(storage, party, Answer(f"cosigned {asking.size} lines", known_size=asking.size, settled=True))
    return True


def obtain_cosignature(storage: Storage, client: httpx.Client, asking: Asking, witness: KnownParty) -> NoteSignature:
    """Ask a witness with a proof from the size it has; raises NotCosigned, WitnessConflict for another tree."""
    with storage.reading() as session:
        known = session.get(OutsideParty, _party(witness, asking).key)
        old_size = min(known.known_size or 0, asking.size) if known else 0
    status, body = _submit(storage, client, asking, witness, old_size)
    if status == httpx.codes.CONFLICT:
        theirs = _size_in(body)
        if theirs > asking.log_size:
            raise WitnessConflict(f"it remembers {theirs} lines of our {asking.log_size}")
        if theirs > asking.size or theirs == old_size:
            raise NotCosigned(f"it remembers {theirs} lines; this checkpoint has {asking.size}")
        status, body = _submit(storage, client, asking, witness, theirs)
    if status == httpx.codes.UNPROCESSABLE_ENTITY:
        raise WitnessConflict(f"it refuses {asking.size} lines: {body.decode(errors='replace').strip()[:200]}")
    if status != httpx.codes.OK:
        raise NotCosigned(f"answered {status}: {body.decode(errors='replace').strip()[:200]}")
    return find_cosignature(asking.note, body, witness.key)


def find_cosignature(checkpoint_note: bytes, body: bytes, key: VerifierKey) -> NoteSignature:
    """Return the cosignature of a key from the lines that a witness answered, verified; raises NotCosigned."""
    text = parse_note(checkpoint_note).text.encode()
    try:
        lines = [parse_signature_line(line) for line in body.decode().splitlines(keepends=True)]
        for signature in lines:
            if (signature.name, signature.key_id) == (key.name, key.key_id):
                CosignatureVerifier(key).verify(text, signature.signature)
                return signature
    except (NoteError, UnicodeDecodeError) as error:
        raise NotCosigned(f"not a cosignature: {error}") from None
    raise NotCosigned("none of its signatures is by the key in the policy")


def _submit(
    storage: Storage, client: httpx.Client, asking: Asking, witness: KnownParty, old_size: int
) -> tuple[int, bytes]:
    with storage.reading() as session:
        proof = consistency_proof(StoredTiles(session, asking.log_id), old_size, asking.size)
    content = write_submission(old_size, proof, asking.note)
    try:
        with client.stream("POST", witness.address.rstrip("/") + PATH, content=content) as response:
            body = read_bounded(response)
    except httpx.HTTPError as error:
        raise NotCosigned(f"{type(error).__name__}: {error}") from None
    if response.status_code == httpx.codes.CONFLICT and response.headers.get("Content-Type") != SIZE_TYPE:
        raise NotCosigned("answered 409 without the size that it has")
    return response.status_code, body


def _size_in(body: bytes) -> int:
    match = _SIZE.fullmatch(body)
    if match is None:
        raise NotCosigned("answered 409 with something that is no size")
    return int(match[1])


def conflicts_of(session: Session, origins: list[str]) -> list[OutsideParty]:
    """Return the witnesses that remember another tree of these logs."""
    query = select(OutsideParty).where(OutsideParty.origin.in_(origins), OutsideParty.conflict.is_not(None))
    return list(session.scalars(query.order_by(OutsideParty.origin, OutsideParty.name)))


def newest_cosigned(session: Session, log_id: int, policy: Policy, checkpoint: Checkpoint) -> set[str]:
    """Return the witnesses of a policy, by their names in it, that cosigned a checkpoint."""
    query = select(Cosignature.witness).where(Cosignature.log_id == log_id, Cosignature.size == checkpoint.size)
    known = {cosigner_id(witness.key): name for name, witness in policy.witnesses.items()}
    return {known[witness] for witness in session.scalars(query) if witness in known}
