"""Pure decisions: what people may ask, how a request came, how it ended (GDPR 12, 15 to 21)."""

from datetime import date, timedelta
from enum import StrEnum

from app.kernel.errors import N_, Invalid

REMINDED_AHEAD = timedelta(days=7)


class Asked(StrEnum):
    """What a person asks, by the right that they use."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    OTHER = "other"


ASKED: dict[Asked, str] = {
    Asked.ACCESS: N_("To know what is kept about me (GDPR 15)"),
    Asked.RECTIFICATION: N_("To have something corrected (GDPR 16)"),
    Asked.ERASURE: N_("To have something erased (GDPR 17)"),
    Asked.RESTRICTION: N_("To have the use of my data restricted (GDPR 18)"),
    Asked.PORTABILITY: N_("To take my data elsewhere (GDPR 20)"),
    Asked.OBJECTION: N_("To object to a use of my data (GDPR 21)"),
    Asked.OTHER: N_("Something else about my data"),
}


class Way(StrEnum):
    """How a request came."""

    PAGE = "page"
    LETTER = "letter"
    MAIL = "mail"
    SPOKEN = "spoken"


WAYS: dict[Way, str] = {
    Way.PAGE: N_("On the person's own page"),
    Way.LETTER: N_("By letter"),
    Way.MAIL: N_("By e-mail"),
    Way.SPOKEN: N_("Spoken"),
}


class Outcome(StrEnum):
    """How a request ended."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    TAKEN_BACK = "taken-back"


OUTCOMES: dict[Outcome, str] = {
    Outcome.GRANTED: N_("Granted"),
    Outcome.PARTLY: N_("Granted in part"),
    Outcome.REFUSED: N_("Request refused"),
    Outcome.TAKEN_BACK: N_("Taken back by the person"),
}


def check_received(received: date | None, today: date) -> date:
    """Return the day on which a request came; raises Invalid for none, or for a day to come."""
    if received is None:
        raise Invalid(fields={"received": N_("Enter the day on which it came.")})
    if received > today:
        raise Invalid(fields={"received": N_("This day is still to come.")})
    return received
