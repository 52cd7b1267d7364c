"""Reading signatures: the blocks that every screen and print shows, and who took which part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import CommittedText
from app.signatures.models import Signature, SigningKey
from app.signatures.rules import LABELS, Coverage, Meaning, coverage
from app.signatures.services.signing import is_genuine


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


def signatures_of(session: Session, subject: str) -> Sequence[Signature]:
    """Return all signatures of a subject and its parts, in the order they were made."""
    query = select(Signature).where(Signature.subject == subject)
    return session.scalars(query.order_by(Signature.signed_at, Signature.id)).all()


def blocks_of(
    session: Session, subject: str, present_digest: Callable[[Meaning, str | None], str]
) -> list[SignatureBlock]:
    """Return the blocks of a subject's signatures; `present_digest(meaning, part)` is what such a signature covers now."""
    blocks = []
    for signature in signatures_of(session, subject):
        key = session.get_one(SigningKey, signature.key_id)
        present = present_digest(signature.meaning, signature.part)
        blocks.append(
            SignatureBlock(
                id=signature.id,
                part=signature.part,
                name=_opened(session, signature.signer_name),
                login=_opened(session, signature.signer_login),
                role=signature.role,
                meaning=signature.meaning,
                label=LABELS[signature.meaning],
                at=signature.signed_at,
                zone=signature.zone,
                coverage=coverage(is_genuine(signature, key), signature.subject_digest, present),
                signer_id=signature.signer_id,
            )
        )
    return blocks


def parts_taken(session: Session, subject: str, person_id: str) -> set[Meaning]:
    """Return the meanings under which a person signed a subject or a part of it."""
    query = select(Signature.meaning).where(Signature.subject == subject, Signature.signer_id == person_id)
    return set(session.scalars(query))


def _opened(session: Session, commitment: str) -> str:
    kept = session.get(CommittedText, commitment)
    return (kept.text if kept else None) or f"[{commitment[:12]}…]"
