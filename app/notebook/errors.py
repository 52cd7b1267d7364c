"""What the notebook refuses, and what to do about it."""

from app.kernel.errors import N_, Conflict, Invalid, NotFound, NotNow, Refused


class NotTheState(NotNow):
    """The deed does not lead out of the record's present state (§13.4)."""

    code = "not-the-state"
    message = N_("This cannot be done while the record is in this state.")


class NotThePerformer(Refused):
    """Only the person to whom the record was issued executes it (ER-02)."""

    code = "not-the-performer"
    message = N_("Only the person to whom this record was issued may do this.")


class StepBlocked(NotNow):
    """The order is enforced and an earlier step is not complete (P11.10(f))."""

    code = "step-blocked"
    message = N_("Complete the earlier steps of this section first; their order is enforced.")


class StepClosed(NotNow):
    """The step is complete; what it holds can be corrected, not added to."""

    code = "step-closed"
    message = N_("This step is complete. Correct a value if it is wrong.")


class AlreadyRecorded(Conflict):
    """The cell holds a value; another goes in as a correction or a repeat."""

    code = "already-recorded"
    message = N_("A value was recorded here in the meantime. Correct it if it is wrong, or repeat the measurement.")


class NotTheLatest(Conflict):
    """The entry to correct is no longer the latest of its cell."""

    code = "not-the-latest"
    message = N_("This value was corrected or repeated in the meantime. Look at the latest one.")


class ReasonNeeded(Invalid):
    """A correction, a repeat, a "not applicable", an abort needs its reason (A11-9-2)."""

    code = "reason-needed"
    message = N_("Say why, in a few words of your own.")

    def __init__(self) -> None:
        super().__init__(fields={"reason": ReasonNeeded.message})


class NotAllowedHere(Invalid):
    """The master does not allow "not applicable" here (ER-20)."""

    code = "not-allowed-here"
    message = N_("The exercise does not allow “not applicable” here.")


class UnreadableValue(Invalid):
    """What was typed cannot be read as this field's value; `message` says how to write it."""

    code = "unreadable-value"
    message = N_("This cannot be read. Please check how it is written.")

    def __init__(self, message: str, name: str = "value", **values: object) -> None:
        super().__init__(message, fields={name: message}, **values)


class NothingMissingFirst(NotNow):
    """Something is still missing before a step or the record can be closed; `values` names it."""

    code = "something-missing"
    message = N_("Still missing: %(missing)s")


class SamePerson(Refused):
    """The performer of a step can never be its checker (A11-6, ER-13)."""

    code = "same-person"
    message = N_("The person who performed the step cannot check it. Ask somebody else.")


class FileRefused(Invalid):
    """A file is of no kind that may be attached, or of a name that is not its own (AS-5.2.2)."""

    code = "file-refused"
    message = N_("This file cannot be attached.")

    def __init__(self, message: str | None = None, name: str = "file", **values: object) -> None:
        super().__init__(message, fields={name: message or FileRefused.message}, **values)


class TooManyFiles(NotNow):
    """The record holds as many files, or as much in them, as it takes."""

    code = "too-many-files"
    message = N_("This record holds as many files as it takes: %(count)s of at most %(most)s.")


class FileDamaged(Conflict):
    """A file in the store is missing or altered; what the record says of it stands."""

    code = "file-damaged"
    message = N_(
        "This file is not in the store as it was recorded. Tell the quality manager: the record itself is intact."
    )


class AttributedInError(NotFound):
    """The record was filed under this person in error; what it holds is not theirs to see (GD-16)."""

    code = "attributed-in-error"
    message = N_("This record was filed under your name in error. It counts for nothing about you.")


class PartInRecord(Refused):
    """Whoever took part in a record, or is said to have done its work, does not decide whose it is."""

    code = "part-in-record"
    message = N_("You took part in this record. Somebody else must decide whose work it is.")


class AnotherConfirms(Refused):
    """Whoever proposed that a record is another's work does not confirm it."""

    code = "another-confirms"
    message = N_("Another person must confirm what you proposed.")


class EndedFirst(NotNow):
    """A record that is still open, in review or void is not attributed to another."""

    code = "ended-first"
    message = N_("End the record first: approve, reject or abort it. Then say whose work it is.")
