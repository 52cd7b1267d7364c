"""Pure decisions: which class of data is kept how long, from when it counts, and when it is over (GDPR 5(1)(e))."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.kernel.errors import N_, Invalid
from app.notebook.rules.words import RecordState

CLOSED_STATES = frozenset({RecordState.APPROVED, RecordState.REJECTED, RecordState.ABORTED, RecordState.VOIDED})
"""In these a record is closed: its time begins to count."""


class RetentionClass(StrEnum):
    """What is kept for a time of its own."""

    PRACTICE_RECORD = "practice-record"
    CERTIFICATE = "certificate"
    FILES = "files"
    ACCOUNT = "account"
    SECURITY_LOG = "security-log"


@dataclass(frozen=True)
class Term:
    """How long a class is kept, in calendar months; `minor_months` counts for people who were under age."""

    months: int
    minor_months: int

    def of(self, *, is_minor: bool) -> int:
        """Return the months that count."""
        return self.minor_months if is_minor else self.months


@dataclass(frozen=True)
class Bounds:
    """What the hub may choose for a class: from how many months to how many."""

    least: int
    most: int


DEFAULTS: dict[RetentionClass, Term] = {
    RetentionClass.PRACTICE_RECORD: Term(24, 12),
    RetentionClass.CERTIFICATE: Term(120, 60),
    RetentionClass.FILES: Term(12, 6),
    RetentionClass.ACCOUNT: Term(12, 6),
    RetentionClass.SECURITY_LOG: Term(12, 12),
}
"""What counts while the hub has decided nothing."""

BOUNDS: dict[RetentionClass, Bounds] = {
    RetentionClass.PRACTICE_RECORD: Bounds(6, 120),
    RetentionClass.CERTIFICATE: Bounds(12, 480),
    RetentionClass.FILES: Bounds(3, 120),
    RetentionClass.ACCOUNT: Bounds(3, 60),
    RetentionClass.SECURITY_LOG: Bounds(3, 24),
}

CLASSES: dict[RetentionClass, str] = {
    RetentionClass.PRACTICE_RECORD: N_("Texts of records that carry no competency"),
    RetentionClass.CERTIFICATE: N_("Texts of records that carry a competency"),
    RetentionClass.FILES: N_("Files attached to records: photos, sounds, documents"),
    RetentionClass.ACCOUNT: N_("People: name, login, e-mail, year of birth"),
    RetentionClass.SECURITY_LOG: N_("Security log: old sessions, failures, receipts, answers of other systems"),
}
"""What each class is called on screens."""

STARTS: dict[RetentionClass, str] = {
    RetentionClass.PRACTICE_RECORD: N_("from the day the record was closed"),
    RetentionClass.CERTIFICATE: N_("from the day the competency ends, or else the record was closed"),
    RetentionClass.FILES: N_("from the day the record was closed"),
    RetentionClass.ACCOUNT: N_("from the day the last role ended; not before their records are over"),
    RetentionClass.SECURITY_LOG: N_("from the time of the event"),
}
"""From when the term of each class counts."""


class ExpiryState(StrEnum):
    """Where a list of what is over stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    CONFIRMED = "confirmed"
    DONE = "done"


EXPIRY_STATES: dict[ExpiryState, str] = {
    ExpiryState.PROPOSED: N_("Waits for a first person"),
    ExpiryState.APPROVED: N_("Approved by one; waits for a second person"),
    ExpiryState.CONFIRMED: N_("Confirmed; being erased"),
    ExpiryState.DONE: N_("Done"),
}


class ItemKind(StrEnum):
    """What an item of the list is."""

    FILES = "files"
    RECORD = "record"
    PERSON = "person"
    OPERATION = "operation"


class ItemState(StrEnum):
    """What became of an item."""

    LISTED = "listed"
    HELD = "held"
    ERASED = "erased"
    SKIPPED = "skipped"


ITEM_STATES: dict[ItemState, str] = {
    ItemState.LISTED: N_("Listed"),
    ItemState.HELD: N_("Held back for now"),
    ItemState.ERASED: N_("Erased"),
    ItemState.SKIPPED: N_("Not erased: it was no longer over"),
}


@dataclass(frozen=True)
class Over:
    """Something whose time is over, since when, and by which class; `rows` counts what an operation removes."""

    kind: ItemKind
    retention_class: RetentionClass
    since: datetime
    record_id: str | None = None
    person_id: str | None = None
    rows: int | None = None


def add_months(start: datetime, months: int) -> datetime:
    """Return the same day of the month so many months later, or the last day of a shorter month."""
    whole = start.year * 12 + start.month - 1 + months
    year, month = divmod(whole, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))


def over_since(start: datetime, term: Term, now: datetime, *, is_minor: bool) -> datetime | None:
    """Return when the time of something ended that began at `start`, or None while it runs."""
    end = add_months(start, term.of(is_minor=is_minor))
    return end if end <= now else None


def class_of_record(*, carries_competency: bool) -> RetentionClass:
    """Return under which class a record's texts are kept."""
    return RetentionClass.CERTIFICATE if carries_competency else RetentionClass.PRACTICE_RECORD


def check_term(chosen: RetentionClass, months: int, minor_months: int) -> Term:
    """Return a term within the bounds of its class, no longer for those under age than for others; raise Invalid."""
    bounds = BOUNDS[chosen]
    for name, given in (("months", months), ("minor_months", minor_months)):
        if not bounds.least <= given <= bounds.most:
            text = N_("This class is kept for %(least)s to %(most)s months.")
            raise Invalid(fields={name: text}, least=bounds.least, most=bounds.most)
    if minor_months > months:
        raise Invalid(fields={"minor_months": N_("For people under age the term is never the longer one.")})
    return Term(months, minor_months)


def count_by_class(items: Iterable[tuple[RetentionClass, ItemKind]]) -> dict[str, int]:
    """Return how many items each class has, in the order of the classes."""
    listed = [retention_class for retention_class, _ in items]
    return {one.value: listed.count(one) for one in RetentionClass if one in listed}
