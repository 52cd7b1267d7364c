"""Pure decisions: on which ground the use of a person's data is restricted, and when that may end (GDPR 18)."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.kernel.errors import N_

TOLD_BEFORE = timedelta(days=7)
"""How long the end of a restriction stands on the person's page before it comes (GDPR 18(3))."""


class RestrictionGround(StrEnum):
    """Why the use of a person's data is restricted, in the law's own list."""

    ACCURACY = "accuracy"
    UNLAWFUL = "unlawful"
    CLAIMS = "claims"
    OBJECTION = "objection"


RESTRICTION_ARTICLES: dict[RestrictionGround, str] = {
    RestrictionGround.ACCURACY: "GDPR 18(1)(a)",
    RestrictionGround.UNLAWFUL: "GDPR 18(1)(b)",
    RestrictionGround.CLAIMS: "GDPR 18(1)(c)",
    RestrictionGround.OBJECTION: "GDPR 18(1)(d)",
}

RESTRICTION_GROUNDS: dict[RestrictionGround, str] = {
    RestrictionGround.ACCURACY: N_("The person says that the data are wrong, and it is being checked"),
    RestrictionGround.UNLAWFUL: N_("They should not be used, and the person does not want them erased"),
    RestrictionGround.CLAIMS: N_("Only the person still needs them, for legal claims"),
    RestrictionGround.OBJECTION: N_("The person objects, and it is being weighed"),
}


def may_end(announced_at: datetime | None, now: datetime) -> bool:
    """Say whether the person was told long enough ago that a restriction ends (GDPR 18(3))."""
    return announced_at is not None and now >= announced_at + TOLD_BEFORE
