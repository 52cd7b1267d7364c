"""What a signature signs: the manifest, and what goes into it (§13.6)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.kernel import canonical, clock
from app.signatures.rules.certificates import Certified, Custody, Level, level_claimed
from app.signatures.rules.meanings import LABELS, Meaning

MANIFEST_SCHEMA = "cahier.manifest.v1"
PURPOSE = "hub.signature.v1"
ALGORITHM = "ecdsa-p256-sha256"


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
class Fresh:
    """What is new in every manifest: the moment, the chance, the salts under which names are committed to."""

    at: datetime
    nonce: str
    name_salt: str
    login_salt: str


@dataclass(frozen=True)
class Circumstances:
    """How and when a signature is made, for its manifest."""

    signer: str
    name_commitment: str
    login_commitment: str
    role: str
    key_fingerprint: str
    certified: Certified
    session_id: str | None
    language: str
    shown_digest: str
    zone: str
    at: datetime
    release: str
    nonce: str
    factors: tuple[str, ...] = ("password",)
    prior: tuple[str, ...] = ()
    custody: Custody = Custody.WRAPPED
    freshness: dict[str, Any] | None = field(default=None, hash=False)

    @property
    def level(self) -> Level:
        """The level that is claimed of this signature: never more than enrolment and custody carry (KM-14)."""
        return level_claimed(self.certified.level, self.certified.enrolment, self.custody)


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
                "certificate": made.certified.fingerprint,
                "enrolment": made.certified.enrolment.value,
                "custody": made.custody.value,
                "level": made.level.value,
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
