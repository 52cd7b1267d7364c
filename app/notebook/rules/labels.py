"""What the notebook's words are called on screens: source strings for the catalogues, and the look of each state."""

from app.kernel.errors import N_
from app.notebook.rules.sheet import StepState
from app.notebook.rules.words import EntryKind, ExceptionKind, Judgement, Purpose, RecordState

RECORD_STATES: dict[RecordState, tuple[str, str]] = {
    RecordState.ISSUED: ("issued", N_("Issued")),
    RecordState.IN_PROGRESS: ("in_progress", N_("In progress")),
    RecordState.RETURNED: ("returned", N_("To correct")),
    RecordState.COMPLETED: ("performed", N_("Awaiting review")),
    RecordState.UNDER_REVIEW: ("in_review", N_("Under review")),
    RecordState.REVIEWED: ("in_review", N_("Reviewed, awaiting decision")),
    RecordState.APPROVED: ("approved", N_("Approved")),
    RecordState.REJECTED: ("rejected", N_("Rejected")),
    RecordState.ABORTED: ("aborted", N_("Aborted")),
    RecordState.VOIDED: ("void", N_("Voided")),
}
"""State of a record → look of its chip, and its name."""

STEP_STATES: dict[StepState, tuple[str, str]] = {
    StepState.BLOCKED: ("locked", N_("After the steps before it")),
    StepState.OPEN: ("todo", N_("To do")),
    StepState.CHECK_NEEDED: ("check", N_("Second person")),
    StepState.COMPLETE: ("done", N_("Done")),
    StepState.NOT_APPLICABLE: ("na", N_("Not applicable")),
}
"""State of a step → its look in the list of steps, and its name."""

ENTRY_KINDS: dict[EntryKind, str] = {
    EntryKind.VALUE: N_("Value recorded"),
    EntryKind.CORRECTION: N_("Value corrected"),
    EntryKind.REPEAT: N_("Further attempt recorded"),
    EntryKind.NOT_APPLICABLE: N_("Marked as not applicable"),
    EntryKind.CALCULATED: N_("Calculated"),
    EntryKind.STEP_COMPLETED: N_("Step completed"),
    EntryKind.STEP_RESUMED: N_("Step taken up again"),
    EntryKind.SECOND_READING: N_("Second reading"),
    EntryKind.CHECK: N_("Step verified by a second person"),
    EntryKind.FILE: N_("File attached"),
    EntryKind.FILE_WITHDRAWN: N_("File withdrawn"),
}

EXCEPTION_KINDS: dict[ExceptionKind, str] = {
    ExceptionKind.ACTION_LIMIT: N_("Outside the action limit"),
    ExceptionKind.SPECIFICATION_LIMIT: N_("Outside the specification"),
    ExceptionKind.EXPIRED: N_("Date passed"),
    ExceptionKind.SECOND_READING: N_("The second reading differs"),
    ExceptionKind.RAISED: N_("Reported exception"),
}

JUDGEMENTS: dict[Judgement, str] = {
    Judgement.ACCEPTED: N_("Accepted: no bearing on the result"),
    Judgement.NOT_ACCEPTED: N_("Not accepted: the result does not stand"),
}

PURPOSES: dict[Purpose, str] = {
    Purpose.TRAINING: N_("Training"),
    Purpose.ASSESSMENT: N_("Assessment"),
    Purpose.PRACTICE: N_("Practice"),
}
