"""Reading signatures: the blocks that every screen and print shows, and who took which part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Log, TimestampToken
from app.kernel.actors import Actor, Permission
from app.kernel.errors import NotFound
from app.signatures.models import (
    Acknowledgement,
    Certificate,
    Incident,
    PasskeySignature,
    RevocationList,
    Signature,
    SigningKey,
)
from app.signatures.rules import LABELS, Coverage, Enrolment, Level, Meaning, Standing, coverage, standing
from app.signatures.services.trusting import Chain, Trust, chain_of, path_of, read_trust
from app.signatures.services.verifying import is_cosigned, is_genuine
from app.web.opened import shown_text

__all__ = [
    "Chain",
    "SignatureBlock",
    "access_signature",
    "acknowledgement_of",
    "block_of",
    "blocks_of",
    "certificates_of",
    "chain_of",
    "incidents_of",
    "parts_taken",
    "published_lists",
    "signatures_of",
]


@dataclass(frozen=True)
class SignatureBlock:
    """What every human-readable form of a signed thing shows (P11.50, A11d-13.6, ES-8)."""

    id: str
    part: str | None
    name: str
    login: str
    role: str
    meaning: Meaning
    label: str
    at: datetime
    zone: str
    coverage: Coverage
    signer_id: str
    standing: Standing
    level: Level | None
    enrolment: Enrolment | None
    cosigned: bool | None = None


def signatures_of(session: Session, subject: str) -> Sequence[Signature]:
    """Return all signatures of a subject and its parts, in the order they were made."""
    query = select(Signature).where(Signature.subject == subject)
    return session.scalars(query.order_by(Signature.signed_at, Signature.id)).all()


def blocks_of(
    session: Session, subject: str, present_digest: Callable[[Meaning, str | None], str]
) -> list[SignatureBlock]:
    """Return the blocks of a subject's signatures; `present_digest(meaning, part)` is what such a one covers now."""
    signatures = signatures_of(session, subject)
    trust = read_trust(session) if signatures else None
    return [block_of(session, signature, present_digest, trust) for signature in signatures]


def block_of(
    session: Session,
    signature: Signature,
    present_digest: Callable[[Meaning, str | None], str],
    trust: Trust | None = None,
) -> SignatureBlock:
    """Return the block of one signature; `trust` spares reading it again for each of many."""
    key = session.get_one(SigningKey, signature.key_id)
    present = present_digest(signature.meaning, signature.part)
    genuine = is_genuine(signature, key)
    stands = standing(genuine, path_of(session, signature, key, trust or read_trust(session)), signature.signed_at)
    return SignatureBlock(
        id=signature.id,
        part=signature.part,
        name=_opened(session, signature.signer_name),
        login=_opened(session, signature.signer_login),
        role=signature.role,
        meaning=signature.meaning,
        label=LABELS[signature.meaning],
        at=signature.signed_at,
        zone=signature.zone,
        coverage=coverage(stands is not Standing.INVALID, signature.subject_digest, present),
        signer_id=signature.signer_id,
        standing=stands,
        level=signature.level,
        enrolment=signature.enrolment,
        cosigned=is_cosigned(signature, session.get(PasskeySignature, signature.id)),
    )


def access_signature(session: Session, signature_id: str, actor: Actor) -> Signature:
    """Return a signature to its signer, or to those who may read the trail where it stands; raise NotFound otherwise.

    The room of what was signed decides further (`find_signed`); this alone keeps operators apart (AS-8.4.1).
    """
    signature = session.get(Signature, signature_id)
    if signature is None:
        raise NotFound
    if signature.signer_id == actor.person_id:
        return signature
    log = session.get_one(Log, signature.log_id)
    if not actor.may(Permission.TRAIL_READ) or actor.operator_id not in (None, log.operator_id):
        raise NotFound
    return signature


def acknowledgement_of(session: Session, person_id: str) -> Acknowledgement | None:
    """Return the statement that a person accepted last."""
    query = select(Acknowledgement).where(Acknowledgement.person_id == person_id)
    return session.scalar(query.order_by(Acknowledgement.accepted_at.desc()).limit(1))


def certificates_of(session: Session, person_id: str) -> Sequence[Certificate]:
    """Return a person's certificates, the newest first."""
    query = select(Certificate).where(Certificate.person_id == person_id)
    return session.scalars(query.order_by(Certificate.issued_at.desc(), Certificate.serial)).all()


def incidents_of(session: Session, person_id: str) -> Sequence[Incident]:
    """Return the incidents about a person's keys, the newest first."""
    query = select(Incident).where(Incident.person_id == person_id)
    return session.scalars(query.order_by(Incident.opened_at.desc(), Incident.id)).all()


def parts_taken(session: Session, subject: str, person_id: str) -> set[Meaning]:
    """Return the meanings under which a person signed a subject or a part of it."""
    query = select(Signature.meaning).where(Signature.subject == subject, Signature.signer_id == person_id)
    return set(session.scalars(query))


def _opened(session: Session, commitment: str) -> str:
    return shown_text(session, commitment) or f"[{commitment[:12]}…]"


@dataclass(frozen=True)
class PublishedList:
    """A revocation list, and by what time a time stamp proves that it existed; None while that is waited for (KM-6)."""

    issuer: str
    number: int
    issued_at: datetime
    next_at: datetime
    stamped_at: datetime | None
    authority: str | None


def published_lists(session: Session, most: int = 30) -> list[PublishedList]:
    """Return the newest revocation lists, the last first, each with the first time stamp over the line of it."""
    query = select(RevocationList).order_by(RevocationList.this_update.desc(), RevocationList.number.desc())
    return [_published(session, row) for row in session.scalars(query.limit(most))]


def _published(session: Session, row: RevocationList) -> PublishedList:
    query = (
        select(TimestampToken)
        .where(TimestampToken.anchored_log_id == row.log_id, TimestampToken.size > row.line_index)
        .order_by(TimestampToken.size, TimestampToken.generated_at)
        .limit(1)
    )
    token = session.scalar(query)
    return PublishedList(
        row.issuer,
        row.number,
        row.this_update,
        row.next_update,
        token.generated_at if token else None,
        token.authority if token else None,
    )
