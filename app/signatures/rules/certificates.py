"""Certificates of the hub as rules see them: kinds, what is claimed of a signature, when the next is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.kernel.errors import N_

RENEW_BEFORE = timedelta(days=60)
"""How long before a personal certificate ends its person may make the next key."""


class CertificateKind(StrEnum):
    """What a certificate of the hub is for."""

    ROOT = "root"
    ISSUING = "issuing"
    SEAL = "seal"
    PERSONAL = "personal"


class Enrolment(StrEnum):
    """How it was made sure that a key is its person's (KM-2)."""

    IN_PERSON = "in-person"


ENROLMENTS: dict[Enrolment, str] = {
    Enrolment.IN_PERSON: N_("Identity confirmed in person by somebody else"),
}
"""What each class of enrolment is called."""


class Custody(StrEnum):
    """Where a person's private key lives, and what opens it (§14.7)."""

    WRAPPED = "wrapped-by-password"


CUSTODIES: dict[Custody, str] = {
    Custody.WRAPPED: N_("Kept by the hub, wrapped by the person's own password"),
}
"""What each way of keeping a key is called."""


class Proofing(StrEnum):
    """By what somebody knew who the person before them was."""

    DOCUMENT = "identity-document"
    KNOWN = "known-in-person"


PROOFINGS: dict[Proofing, str] = {
    Proofing.DOCUMENT: N_("I compared the person with an identity document"),
    Proofing.KNOWN: N_("I know the person and have worked with them"),
}
"""What the person who confirms says."""


class Level(StrEnum):
    """What is claimed of a signature, of the levels of eIDAS; an assessment by the hub, not by an authority."""

    SIMPLE = "simple"
    ADVANCED = "advanced"


LEVELS: dict[Level, str] = {
    Level.SIMPLE: N_("Simple electronic signature"),
    Level.ADVANCED: N_("Advanced electronic signature (the hub's own assessment)"),
}
"""What is printed for each level; a test compares it with the level that is stored (KM-14)."""

NO_LEVEL = N_("Electronic signature with a personal key. No legal level is claimed.")
"""What is printed for signatures from before certificates."""

MOST_CLAIMED: dict[Enrolment | None, Level] = {None: Level.SIMPLE, Enrolment.IN_PERSON: Level.ADVANCED}
"""The highest level that an enrolment carries."""

MOST_KEPT: dict[Custody | None, Level] = {None: Level.SIMPLE, Custody.WRAPPED: Level.ADVANCED}
"""The highest level that a way of keeping the key carries: only its person's password opens it (§14.7 C)."""


class RevocationReason(StrEnum):
    """Why a certificate ended before its day (KM-6)."""

    SUPERSEDED = "superseded"
    CESSATION = "cessation"
    COMPROMISE = "key-compromise"


@dataclass(frozen=True)
class Certified:
    """What a certificate says of a key, as far as a signature repeats it."""

    fingerprint: str
    enrolment: Enrolment
    level: Level
    not_before: datetime
    not_after: datetime

    def covers(self, at: datetime) -> bool:
        """Say whether the certificate was valid at a moment, as far as it says itself."""
        return self.not_before <= at <= self.not_after


def level_claimed(chosen: Level, enrolment: Enrolment | None, custody: Custody | None) -> Level:
    """Return the level that may be claimed: what the hub chose, never more than enrolment and custody carry (KM-14)."""
    order = list(Level)
    return min(chosen, MOST_CLAIMED[enrolment], MOST_KEPT[custody], key=order.index)


def is_due(not_after: datetime, now: datetime) -> bool:
    """Say whether it is time for a new key and certificate (KM-4)."""
    return not_after - now <= RENEW_BEFORE
