"""What a signature says, and whom that closes it to (§13.5)."""

from collections.abc import Iterable
from enum import StrEnum

from app.kernel.errors import N_
from app.signatures.errors import SignerExcluded

STATEMENT_VERSION = "1"
STATEMENT = N_(
    "My electronic signature in Cahier commits me as my handwritten signature does within this hub. "
    "I sign only what I did, checked or judged myself. "
    "I keep my password to myself, and I report at once if someone else may know it."
)


class Meaning(StrEnum):
    """What a signature says; the code stands in the signed bytes, the label is in the reader's language (§13.5)."""

    AUTHORED = "AUTHORED"
    PERFORMED = "PERFORMED"
    VERIFIED = "VERIFIED"
    WITNESSED = "WITNESSED"
    REVIEWED = "REVIEWED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    AUTHORISED = "AUTHORISED"
    CORRECTED = "CORRECTED"


MEANINGS: dict[Meaning, str] = {
    Meaning.AUTHORED: N_("Authored"),
    Meaning.PERFORMED: N_("Performed"),
    Meaning.VERIFIED: N_("Verified"),
    Meaning.WITNESSED: N_("Witnessed"),
    Meaning.REVIEWED: N_("Reviewed"),
    Meaning.APPROVED: N_("Approved"),
    Meaning.REJECTED: N_("Rejected"),
    Meaning.ACKNOWLEDGED: N_("Acknowledged"),
    Meaning.AUTHORISED: N_("Authorised"),
    Meaning.CORRECTED: N_("Corrected"),
}
"""What each meaning is called."""

LABELS: dict[Meaning, str] = {
    Meaning.AUTHORED: N_("I wrote this version."),
    Meaning.PERFORMED: N_("I carried out these steps and entered true values."),
    Meaning.VERIFIED: N_("I checked this independently."),
    Meaning.WITNESSED: N_("I saw this being done."),
    Meaning.REVIEWED: N_("I examined the data, the exceptions and the audit trail of this record."),
    Meaning.APPROVED: N_("I accept this record and certify the decision on competency."),
    Meaning.REJECTED: N_("I refuse this record on the grounds stated."),
    Meaning.ACKNOWLEDGED: N_("I have read and understood this."),
    Meaning.AUTHORISED: N_("I allow this exception to what is laid down."),
    Meaning.CORRECTED: N_("I made this correction for the reason stated."),
}

EXCLUDED_BY: dict[Meaning, frozenset[Meaning]] = {
    Meaning.AUTHORED: frozenset({Meaning.APPROVED}),
    Meaning.PERFORMED: frozenset({Meaning.VERIFIED, Meaning.WITNESSED}),
    Meaning.VERIFIED: frozenset({Meaning.PERFORMED}),
    Meaning.WITNESSED: frozenset({Meaning.PERFORMED}),
    Meaning.REVIEWED: frozenset({Meaning.PERFORMED, Meaning.VERIFIED}),
    Meaning.APPROVED: frozenset({Meaning.AUTHORED, Meaning.PERFORMED, Meaning.VERIFIED}),
    Meaning.REJECTED: frozenset({Meaning.PERFORMED, Meaning.VERIFIED}),
    Meaning.ACKNOWLEDGED: frozenset(),
    Meaning.AUTHORISED: frozenset(),
    Meaning.CORRECTED: frozenset(),
}
"""A meaning on the left is closed to those who took a part on the right in the same subject (§13.5, CO-2)."""

CLOSED_TO_REQUESTER = frozenset({Meaning.AUTHORISED})
"""What nobody signs on their own request (§13.5)."""


def exclude(meaning: Meaning, parts_taken: Iterable[Meaning], subject: str, *, requested: bool = False) -> None:
    """Raise SignerExcluded when the signer took a part that this meaning excludes, or allows their own request."""
    if EXCLUDED_BY[meaning] & set(parts_taken) or (requested and meaning in CLOSED_TO_REQUESTER):
        raise SignerExcluded(subject=subject)
