"""Pure decisions about signatures: meanings, what they exclude, the manifest, whether one still covers its subject."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.kernel import canonical, clock
from app.kernel.errors import N_
from app.signatures.errors import SignerExcluded

MANIFEST_SCHEMA = "cahier.manifest.v1"
PURPOSE = "hub.signature.v1"
ALGORITHM = "ecdsa-p256-sha256"
STATEMENT_VERSION = "1"
STATEMENT = N_(
    "My electronic signature in Cahier commits me as my handwritten signature does within this hub. "
    "I sign only what I did, checked or judged myself. "
    "I keep my password to myself, and I report at once if someone else may know it."
)


class Meaning(StrEnum):
    """What a signature says; the code stands in the signed bytes, the label is in the reader's language (§13.5)."""

    PERFORMED = "PERFORMED"
    VERIFIED = "VERIFIED"
    REVIEWED = "REVIEWED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


MEANINGS: dict[Meaning, str] = {
    Meaning.PERFORMED: N_("Performed"),
    Meaning.VERIFIED: N_("Verified"),
    Meaning.REVIEWED: N_("Reviewed"),
    Meaning.APPROVED: N_("Approved"),
    Meaning.REJECTED: N_("Rejected"),
}
"""What each meaning is called."""

LABELS: dict[Meaning, str] = {
    Meaning.PERFORMED: N_("I carried out these steps and entered true values."),
    Meaning.VERIFIED: N_("I checked this independently."),
    Meaning.REVIEWED: N_("I examined the data, the exceptions and the audit trail of this record."),
    Meaning.APPROVED: N_("I accept this record and certify the decision on competency."),
    Meaning.REJECTED: N_("I refuse this record on the grounds stated."),
}

EXCLUDED_BY: dict[Meaning, frozenset[Meaning]] = {
    Meaning.PERFORMED: frozenset(),
    Meaning.VERIFIED: frozenset({Meaning.PERFORMED}),
    Meaning.REVIEWED: frozenset({Meaning.PERFORMED, Meaning.VERIFIED}),
    Meaning.APPROVED: frozenset({Meaning.PERFORMED, Meaning.VERIFIED}),
    Meaning.REJECTED: frozenset({Meaning.PERFORMED, Meaning.VERIFIED}),
}
"""A meaning on the left is closed to those who took a part on the right (§13.5, CO-2)."""


class Coverage(StrEnum):
    """What a signature is worth now, for the subject as it stands now (A11d-13.8)."""

    COVERS = "covers"
    NO_LONGER_COVERS = "no-longer-covers"
    INVALID = "invalid"


@dataclass(frozen=True)
class Signable:
    """What can be signed: whose log it stands in, its digest, and the facts that name it in the manifest.

    `facts` are canonical values: number, version, pinned digests, counts; never a personal value.
    """

    subject: str
    operator_id: str | None
    digest: str
    facts: dict[str, Any] = field(default_factory=dict, hash=False)
    part: str | None = None


@dataclass(frozen=True)
class Circumstances:
    """How and when a signature is made, for its manifest."""

    signer: str
    name_commitment: str
    login_commitment: str
    role: str
    key_fingerprint: str
    session_id: str | None
    language: str
    shown_digest: str
    zone: str
    at: datetime
    release: str
    nonce: str
    factors: tuple[str, ...] = ("password",)
    prior: tuple[str, ...] = ()
    freshness: dict[str, Any] | None = field(default=None, hash=False)


def exclude(meaning: Meaning, parts_taken: Iterable[Meaning], subject: str) -> None:
    """Raise SignerExcluded when the signer took a part that this meaning excludes."""
    if EXCLUDED_BY[meaning] & set(parts_taken):
        raise SignerExcluded(subject=subject)


def build_manifest(signable: Signable, meaning: Meaning, made: Circumstances) -> bytes:
    """Return the canonical bytes that the signature covers (§13.6): no name, no value, only digests and commitments."""
    return canonical.canonical_bytes(
        {
            "schema": MANIFEST_SCHEMA,
            "purpose": PURPOSE,
            "algorithms": {"signature": ALGORITHM, "digest": "sha-256"},
            "subject": signable.subject,
            "part": signable.part,
            "digest": signable.digest,
            "facts": signable.facts,
            "meaning": {
                "code": meaning.value,
                "label_digest": canonical.digest(LABELS[meaning].encode()),
                "language": made.language,
            },
            "signer": {
                "pseudonym": made.signer,
                "name": made.name_commitment,
                "login": made.login_commitment,
                "role": made.role,
                "key": made.key_fingerprint,
            },
            "factors": list(made.factors),
            "session": made.session_id,
            "shown": made.shown_digest,
            "prior": list(made.prior),
            "freshness": made.freshness,
            "time": clock.to_text(made.at),
            "zone": made.zone,
            "release": made.release,
            "nonce": made.nonce,
        }
    )


def coverage(valid: bool, signed_digest: str, present_digest: str) -> Coverage:
    """Say what a signature is worth for the subject's present digest."""
    if not valid:
        return Coverage.INVALID
    return Coverage.COVERS if signed_digest == present_digest else Coverage.NO_LONGER_COVERS
