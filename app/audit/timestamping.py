"""Asking time-stamping authorities for tokens over checkpoints, each verified before it is kept (RFC 3161, TSP-1..7).

Only a hash leaves the house. A token is taken when its authority granted it, for this hash, with the nonce that was
sent, signed under a root that stands in the folder of trusted roots; whatever else comes back is as good as no answer.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from cryptography.x509 import Certificate, ObjectIdentifier, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.anchors import Stamp, latest_token, log_token
from app.audit.drift import DRIFT
from app.audit.models import Checkpoint, Log, TimestampToken
from app.audit.outside import (
    AGENT,
    MOST_BYTES,
    SECONDS_FOR_AN_ANSWER,
    Answer,
    Kind,
    Party,
    is_resting,
    keep_answer,
)
from app.audit.services import hold_log
from app.audit.tokens import as_reply, check_signer_named, end_of
from app.kernel import clock
from app.kernel.actors import system_actor
from app.storage import Storage

EVERY = timedelta(minutes=10)
RENEWAL_MARGIN = timedelta(days=30)
"""How long before a token's certificates end another authority is to be asked first: its token renews the other."""
WORKER = system_actor("worker")
SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
QUERY = "application/timestamp-query"

_log = logging.getLogger("cahier.audit")


class StampRefused(Exception):
    """An authority gave no token that can be relied on; the message says why."""


@dataclass(frozen=True)
class Authorities:
    """Which authorities are asked, in rotation, and the folder of the roots under which their tokens must be signed."""

    addresses: tuple[str, ...]
    roots: Path

    def trusted(self) -> list[Certificate]:
        """Return the roots in the folder, each once, from files in PEM; raises StampRefused for an unreadable one."""
        found: dict[Certificate, None] = {}
        for path in sorted([*self.roots.glob("*.pem"), *self.roots.glob("*.crt")]):
            try:
                found |= dict.fromkeys(load_pem_x509_certificates(path.read_bytes()))
            except (OSError, ValueError) as error:
                raise StampRefused(f"{path} cannot be read: {error}") from None
        return list(found)


def open_client() -> httpx.Client:
    """Open the connection by which authorities and witnesses are asked; it follows nobody elsewhere."""
    return httpx.Client(timeout=SECONDS_FOR_AN_ANSWER, headers={"User-Agent": AGENT}, follow_redirects=False)


def obtain_stamp(client: httpx.Client, address: str, roots: list[Certificate], data: bytes) -> Stamp:
    """Ask an authority for a token over the SHA-256 of some bytes, and verify it; raises StampRefused."""
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    try:
        with client.stream("POST", address, content=request.as_bytes(), headers={"Content-Type": QUERY}) as response:
            body = read_bounded(response)
    except httpx.HTTPError as error:
        raise StampRefused(f"{type(error).__name__}: {error}") from None
    if response.status_code != httpx.codes.OK:
        raise StampRefused(f"answered {response.status_code}")
    return check_reply(address, roots, request, data, body)


def check_reply(address: str, roots: list[Certificate], request: TimeStampRequest, data: bytes, body: bytes) -> Stamp:
    """Return the token of a reply that holds what was asked for; raises StampRefused (TSP-2, TSP-4)."""
    if not roots:
        raise StampRefused("there is no root to trust its tokens by")
    try:
        reply = decode_timestamp_response(body)
        # To take a token:
        # (1) it was granted; (2) it is signed by a certificate for nothing but time stamps, under a trusted root,
        # at its own time; (3) the nonce is ours; (4) the policy is the one asked for; (5) the hash is ours,
        VerifierBuilder(policy_id=request.policy, nonce=request.nonce, roots=roots).build().verify(
            reply, hashlib.sha256(data).digest()
        )
        # (6) and made with the algorithm that we used: equal bytes of another would say nothing.
        if reply.tst_info.message_imprint.hash_algorithm != SHA256:
            raise StampRefused("the token is over another kind of hash")
        token = bytes(reply.time_stamp_token())
        # (7) The one certificate that the signed attributes name is the signer's: another with its key will not do.
        check_signer_named(token)
        return Stamp(address, token, reply.tst_info.gen_time)
    except (VerificationError, ValueError) as error:
        raise StampRefused(f"not a token to rely on: {error}") from None


def check_token(token: bytes, roots: Sequence[Certificate], data: bytes) -> None:
    """Raise StampRefused unless a kept token is over the SHA-256 of some bytes, under one of these roots."""
    try:
        reply = decode_timestamp_response(as_reply(token))
        builder = VerifierBuilder(roots=list(roots))
        builder.build().verify(reply, hashlib.sha256(data).digest())
        check_signer_named(token)
    except (VerificationError, ValueError) as error:
        raise StampRefused(f"not a token to rely on: {error}") from None


def anchor_due_logs(storage: Storage, client: httpx.Client, authorities: Authorities) -> int:
    """Have the newest checkpoint of each log stamped that was not for a while; return how many tokens came.

    While no authority answers nothing is lost: the newest checkpoint covers all before it, and is asked for again.
    """
    if not authorities.addresses:
        return 0
    with storage.reading() as session:
        due = [log_id for log_id in session.scalars(select(Log.id).order_by(Log.id)) if _is_due(session, log_id)]
    return sum(_anchor(storage, client, authorities, log_id) for log_id in due)


def newest_checkpoint(session: Session, log_id: int) -> Checkpoint | None:
    """Return the checkpoint over the longest tree of a log."""
    size = session.scalar(select(func.max(Checkpoint.size)).where(Checkpoint.log_id == log_id))
    return session.get(Checkpoint, (log_id, size)) if size else None


def is_pending(session: Session, log_id: int) -> bool:
    """Say whether the newest checkpoint of a log waits for its token (TSP-5)."""
    newest, token = newest_checkpoint(session, log_id), latest_token(session, log_id)
    return newest is not None and (token is None or token.size < newest.size)


def _is_due(session: Session, log_id: int) -> bool:
    token = latest_token(session, log_id)
    return is_pending(session, log_id) and (token is None or token.obtained_at <= clock.now() - EVERY)


def _anchor(storage: Storage, client: httpx.Client, authorities: Authorities, log_id: int) -> bool:
    with storage.reading() as session:
        checkpoint, log = newest_checkpoint(session, log_id), session.get_one(Log, log_id)
        asked = list(_in_turn(session, log_id, authorities.addresses))
    if checkpoint is None:
        return False
    for address in asked:
        try:
            stamp = obtain_stamp(client, address, authorities.trusted(), checkpoint.note)
        except StampRefused as error:
            _log.warning("%s gave no time stamp: %s", address, error)
            keep_answer(storage, Party(Kind.AUTHORITY, address), Answer(str(error), failed=True))
            continue
        _keep(storage, log, checkpoint, stamp)
        return True
    return False


def _keep(storage: Storage, log: Log, checkpoint: Checkpoint, stamp: Stamp) -> None:
    with storage.transaction() as session:
        hold_log(session, log.operator_id)
        latest = latest_token(session, log.id)
        if latest is None or latest.size < checkpoint.size:  # otherwise another worker was quicker
            log_token(session, log, checkpoint, stamp, actor=WORKER)
    drift = clock.now() - stamp.generated_at
    text = f"time stamp over {checkpoint.size} lines of {log.origin}"
    if abs(drift) > DRIFT:
        text += f"; its clock and ours differ by {abs(drift)}"
        _log.error("the clock of %s and ours differ by %s", stamp.authority, abs(drift))
    keep_answer(storage, Party(Kind.AUTHORITY, stamp.authority), Answer(text))


def _in_turn(session: Session, log_id: int, addresses: tuple[str, ...]) -> Iterator[str]:
    """Give the authorities that may be asked, the one after the last that stamped this log first (TSP-7).

    Those whose certificates end soon come last, so that what they stamped is renewed by another in time (TSP-8).
    """
    query = select(TimestampToken.authority).where(TimestampToken.anchored_log_id == log_id)
    last = session.scalar(query.order_by(TimestampToken.line_index.desc()).limit(1))
    begin = addresses.index(last) + 1 if last in addresses else 0
    turn = addresses[begin:] + addresses[:begin]
    for address in sorted(turn, key=lambda one: _ends_soon(session, log_id, one)):
        if not is_resting(session, Party(Kind.AUTHORITY, address)):
            yield address


def _ends_soon(session: Session, log_id: int, authority: str) -> bool:
    """Say whether the certificates by which an authority stamped a log last end soon."""
    query = select(TimestampToken).where(
        TimestampToken.anchored_log_id == log_id, TimestampToken.authority == authority
    )
    last = session.scalar(query.order_by(TimestampToken.line_index.desc()).limit(1))
    return last is not None and is_renewal_due(last)


def is_renewal_due(token: TimestampToken) -> bool:
    """Say whether the certificates of a token end soon, or have ended (TSP-8)."""
    ends = end_of(token.token)
    return ends is not None and ends <= clock.now() + RENEWAL_MARGIN


def read_bounded(response: httpx.Response) -> bytes:
    """Read an answer that may not be longer than any that makes sense; raises httpx.DecodingError."""
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise httpx.DecodingError("the answer is too long")
    return body
