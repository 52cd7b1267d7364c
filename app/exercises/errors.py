"""What the exercises room refuses: faulty masters, formulas that cannot be evaluated, parts that do not exist."""

from app.competencies.errors import FaultyDocument
from app.kernel.errors import N_, CahierError, Conflict, Invalid, NotFound


class FaultyExercise(FaultyDocument):
    """A master exercise is faulty; `faults` holds every fault as "file:line: reason", and nothing of it is loaded."""

    code = "faulty-exercise"
    message = N_("This exercise has faults, and nothing of it was loaded:\n%(faults)s")


class UnknownPart(NotFound):
    """The exercise has no section, step, field or criterion of this id."""

    code = "unknown-part"


class NotComputable(CahierError):
    """A value is still missing, so there is no result yet; `missing` names the fields. This is a state, not a fault."""

    code = "not-computable"
    message = N_("Not yet computable: %(missing)s is missing.")

    def __init__(self, missing: frozenset[str]) -> None:
        super().__init__(missing=", ".join(sorted(missing)))
        self.missing = missing


class FormulaError(Invalid):
    """The family of what can be wrong with a formula or with the values given to it."""

    code = "formula"
    message = N_("This cannot be calculated.")


class FaultyFormula(FormulaError):
    """The text of a formula is not an expression the house allows."""

    code = "faulty-formula"
    message = N_("The formula is faulty: %(reason)s")

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class DivisionByZero(FormulaError):
    """A divisor is zero for the values given."""

    code = "division-by-zero"
    message = N_("This cannot be calculated: a division by zero.")


class OutOfRange(FormulaError):
    """A result is too large to be meant, or has no value, as the root of a negative number has none."""

    code = "out-of-range"
    message = N_("This cannot be calculated: the result has no usable value.")


class UnusableValue(FormulaError):
    """A value of another type than the formula needs, such as a binary fraction or a time without its zone."""

    code = "unusable-value"
    message = N_("This cannot be calculated: %(field)s is of the wrong type.")

    def __init__(self, field: str) -> None:
        super().__init__(field=field)
        self.field = field


class UnknownExercise(NotFound):
    """No exercise of this code, or no such version of it, was loaded."""

    code = "unknown-exercise"
    message = N_("There is no such exercise, or no such version of it.")


class VersionTaken(Conflict):
    """A version is loaded once; what changes gets a new version (ER-H2)."""

    code = "version-taken"
    message = N_(
        "%(exercise)s version %(version)s is loaded with other content. A version never changes: "
        "raise the version in the file, to %(next)s or higher."
    )


class OlderVersion(Conflict):
    """A version below the newest would bring an older master back."""

    code = "older-version"
    message = N_(
        "%(exercise)s version %(version)s is older than version %(newest)s, which is loaded. "
        "Raise the version in the file."
    )


class DamagedExercise(Conflict):
    """The stored content is not what its digest says: it was changed behind the application's back."""

    code = "damaged-exercise"
    message = N_(
        "The stored content of %(exercise)s version %(version)s is not what was loaded. Nothing can be done with it: "
        "tell the hub, and run the verification of the trail."
    )
