"""Pure decisions over a breach: what it is, who is notified, when its clock stops, when it may be closed (GDPR 33, 34).

An integrity that is lost is a breach too, not only data that somebody saw.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.kernel.errors import N_, Invalid

WARNED_AHEAD = timedelta(hours=24)


class BreachKind(StrEnum):
    """What of the data was lost; a breach may be several."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


BREACH_KINDS: dict[BreachKind, str] = {
    BreachKind.CONFIDENTIALITY: N_("Confidentiality: somebody saw or got what was not for them"),
    BreachKind.INTEGRITY: N_("Integrity: something was changed that must not be"),
    BreachKind.AVAILABILITY: N_("Availability: something is lost or cannot be reached"),
}


class BreachSource(StrEnum):
    """Who found a breach: somebody, the regular verification, or an incident about a key."""

    PERSON = "person"
    SWEEP = "sweep"
    INCIDENT = "incident"


BREACH_SOURCES: dict[BreachSource, str] = {
    BreachSource.PERSON: N_("Reported by a person"),
    BreachSource.SWEEP: N_("Found by the regular verification"),
    BreachSource.INCIDENT: N_("From an incident about a key"),
}


@dataclass(frozen=True)
class BreachDecision:
    """Whether the authority and the people concerned are notified, and what they are told."""

    authority: bool
    people: bool
    authority_text: str = ""
    people_text: str = ""


def check_decision(decision: BreachDecision) -> BreachDecision:
    """Return a decision that the law allows; raises Invalid.

    Who must be told of a high risk (34(1)) cannot be told without the authority, which is told of any risk (33(1)).
    """
    faults = {}
    if decision.people and not decision.authority:
        faults["authority"] = N_("Whoever tells the people concerned also notifies the authority.")
    if decision.authority and not decision.authority_text.strip():
        faults["authority_text"] = N_("Write what the authority is told.")
    if decision.people and not decision.people_text.strip():
        faults["people_text"] = N_("Write what the people concerned are told.")
    if faults:
        raise Invalid(fields=faults)
    return decision


def check_notified(
    at: datetime, detected_at: datetime, due_at: datetime | None, now: datetime, late_reasons: str
) -> None:
    """Raise Invalid for a notification before the breach or to come, or a late one without reasons (33(1)).

    `due_at` is left out for the people concerned, who are told without undue delay and not by hours.
    """
    if at > now:
        raise Invalid(fields={"notified": N_("This time is still to come.")})
    if at < detected_at:
        raise Invalid(fields={"notified": N_("This time is before the breach was found.")})
    if due_at and at > due_at and not late_reasons.strip():
        raise Invalid(fields={"late": N_("It is later than 72 hours: say why.")})


def settled_at(
    *, decided_at: datetime | None, notify_authority: bool | None, authority_notified_at: datetime | None
) -> datetime | None:
    """Return when the clock of a breach stopped: it is decided that nobody is notified, or the authority was."""
    if notify_authority is None:
        return None
    return authority_notified_at if notify_authority else decided_at


def new_findings(found: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return what a verification found that no breach names yet, in its order."""
    seen = set(known)
    return [one for one in dict.fromkeys(found) if one not in seen]
