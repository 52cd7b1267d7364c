"""The closed vocabularies of the notebook, and the states a record goes through (§13.4)."""

from enum import StrEnum

from app.notebook.errors import NotTheState


class RecordState(StrEnum):
    """Where a record stands."""

    ISSUED = "issued"
    IN_PROGRESS = "in-progress"
    RETURNED = "returned"
    COMPLETED = "completed"
    UNDER_REVIEW = "under-review"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    REJECTED = "rejected"
    ABORTED = "aborted"
    VOIDED = "voided"


class Deed(StrEnum):
    """What moves a record from one state to another."""

    ENTER = "enter"
    COMPLETE = "complete"
    ABORT = "abort"
    VOID = "void"
    BEGIN_REVIEW = "begin-review"
    JUDGE = "judge"
    RETURN = "return"
    REVIEW = "review"
    APPROVE = "approve"
    REJECT = "reject"


TRANSITIONS: dict[tuple[RecordState, Deed], RecordState] = {
    (RecordState.ISSUED, Deed.ENTER): RecordState.IN_PROGRESS,
    (RecordState.ISSUED, Deed.VOID): RecordState.VOIDED,
    (RecordState.ISSUED, Deed.ABORT): RecordState.ABORTED,
    (RecordState.IN_PROGRESS, Deed.ENTER): RecordState.IN_PROGRESS,
    (RecordState.IN_PROGRESS, Deed.COMPLETE): RecordState.COMPLETED,
    (RecordState.IN_PROGRESS, Deed.ABORT): RecordState.ABORTED,
    (RecordState.RETURNED, Deed.ENTER): RecordState.RETURNED,
    (RecordState.RETURNED, Deed.COMPLETE): RecordState.COMPLETED,
    (RecordState.RETURNED, Deed.ABORT): RecordState.ABORTED,
    (RecordState.COMPLETED, Deed.BEGIN_REVIEW): RecordState.UNDER_REVIEW,
    (RecordState.UNDER_REVIEW, Deed.JUDGE): RecordState.UNDER_REVIEW,
    (RecordState.UNDER_REVIEW, Deed.RETURN): RecordState.RETURNED,
    (RecordState.UNDER_REVIEW, Deed.REVIEW): RecordState.REVIEWED,
    (RecordState.REVIEWED, Deed.APPROVE): RecordState.APPROVED,
    (RecordState.REVIEWED, Deed.REJECT): RecordState.REJECTED,
}

ATTRIBUTABLE = frozenset({RecordState.APPROVED, RecordState.REJECTED, RecordState.ABORTED})
"""The states in which it can be said that a record is another's work: nothing is added to it any more."""

OPEN_STATES = frozenset({RecordState.ISSUED, RecordState.IN_PROGRESS, RecordState.RETURNED})
REVIEW_STATES = frozenset({RecordState.COMPLETED, RecordState.UNDER_REVIEW, RecordState.REVIEWED})


def next_state(state: RecordState, deed: Deed, subject: str) -> RecordState:
    """Return where a deed leads; raise NotTheState unless it leads out of this state."""
    try:
        return TRANSITIONS[state, deed]
    except KeyError:
        raise NotTheState(subject=subject) from None


class Purpose(StrEnum):
    """Why a record is made; fixed at issue, and practice never becomes assessment (ER-26)."""

    TRAINING = "training"
    ASSESSMENT = "assessment"
    PRACTICE = "practice"


class EntryKind(StrEnum):
    """What an entry is."""

    VALUE = "value"
    CORRECTION = "correction"
    REPEAT = "repeat"
    NOT_APPLICABLE = "not-applicable"
    CALCULATED = "calculated"
    STEP_COMPLETED = "step-completed"
    STEP_RESUMED = "step-resumed"
    SECOND_READING = "second-reading"
    CHECK = "check"
    FILE = "file"
    FILE_WITHDRAWN = "file-withdrawn"


CELL_KINDS = frozenset(
    {EntryKind.VALUE, EntryKind.CORRECTION, EntryKind.REPEAT, EntryKind.NOT_APPLICABLE, EntryKind.CALCULATED}
)
"""The kinds that fill a cell; the latest of them is what the cell holds."""

STEP_KINDS = CELL_KINDS | {
    EntryKind.STEP_COMPLETED,
    EntryKind.STEP_RESUMED,
    EntryKind.FILE,
    EntryKind.FILE_WITHDRAWN,
}
"""What a performer puts into a step: what a second person's check covers."""


class Source(StrEnum):
    """Where a value comes from (ER-07)."""

    MANUAL = "manual"
    CALCULATION = "calculation"


class ExceptionKind(StrEnum):
    """Why an exception was opened."""

    ACTION_LIMIT = "action-limit"
    SPECIFICATION_LIMIT = "specification-limit"
    EXPIRED = "expired"
    SECOND_READING = "second-reading"
    RAISED = "raised"


class AttributionState(StrEnum):
    """Where a correction of whose work a record is stands; it counts once a second person confirmed it."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Judgement(StrEnum):
    """What the assessor makes of an exception (RX-2)."""

    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not-accepted"
