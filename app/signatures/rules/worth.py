"""What a stored signature is worth: whether it still covers its subject, and where its certificate leaves it (PF-8)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.kernel.errors import N_
from app.signatures.rules.certificates import RevocationReason


class Coverage(StrEnum):
    """What a signature is worth now, for the subject as it stands now (A11d-13.8)."""

    COVERS = "covers"
    NO_LONGER_COVERS = "no-longer-covers"
    INVALID = "invalid"


class Standing(StrEnum):
    """Where a signature stands, whatever became of its subject (§13.5)."""

    VALID = "valid"
    CONTESTED = "contested"
    INDETERMINATE = "indeterminate"
    INVALID = "invalid"


STANDINGS: dict[Standing, str] = {
    Standing.VALID: N_("Valid"),
    Standing.CONTESTED: N_("Contested"),
    Standing.INDETERMINATE: N_("Indeterminate"),
    Standing.INVALID: N_("Invalid"),
}
"""What each standing is called."""


@dataclass(frozen=True)
class Revoked:
    """When and why a certificate was revoked, and since when somebody else may have had the key."""

    at: datetime
    reason: RevocationReason
    since: datetime | None = None


@dataclass(frozen=True)
class Path:
    """What is known of the certificate behind a signature; None where the evidence is missing."""

    holds: bool | None
    status_known: bool = False
    revoked: Revoked | None = None


def coverage(valid: bool, signed_digest: str, present_digest: str) -> Coverage:
    """Say what a signature is worth for the subject's present digest."""
    if not valid:
        return Coverage.INVALID
    return Coverage.COVERS if signed_digest == present_digest else Coverage.NO_LONGER_COVERS


def standing(genuine: bool, path: Path, signed_at: datetime) -> Standing:
    """Judge a signature at the time it bears (PF-8, KM-6).

    Invalid is what the key did not make, or made without a certificate that held; contested, what was made when
    somebody else may have had the key. A certificate that ended later changes nothing. Missing evidence is not a pass.
    """
    if not genuine or path.holds is False:
        return Standing.INVALID
    if path.revoked is not None:
        if path.revoked.at < signed_at:
            return Standing.INVALID
        if path.revoked.since is not None and path.revoked.since <= signed_at:
            return Standing.CONTESTED
    if path.holds is None or not path.status_known:
        return Standing.INDETERMINATE
    return Standing.VALID
