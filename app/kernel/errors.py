"""The small families of errors that services raise; app/web/errors.py turns them into HTTP answers.

A message is an English source string for the catalogues, with %(name)s places filled from `values`, so that each
person reads it in their own language and the trail keeps the untranslated code.
"""


def N_(message: str) -> str:  # noqa: N802  (the gettext convention for "mark, translate later")
    """Mark a source string for the catalogues without translating it yet."""
    return message


class CahierError(Exception):
    """An error a person can read; `code` is stable, `message` is a source string, `values` fill its places."""

    code = "error"
    message = N_("Something went wrong.")

    def __init__(self, message: str | None = None, **values: object) -> None:
        self.message = message or type(self).message
        self.values = values
        super().__init__(self.message % values if values else self.message)


class NotFound(CahierError):
    """There is no such thing for this person; the same answer whether it exists elsewhere or not (AS-8.4.1)."""

    code = "not-found"
    message = N_("This page or item does not exist, or it is not yours to see.")


class Refused(CahierError):
    """The act is not permitted to this person now; it is rolled back and the refusal itself enters the trail."""

    code = "refused"
    message = N_("You may not do this.")

    def __init__(self, message: str | None = None, *, subject: str | None = None, **values: object) -> None:
        super().__init__(message, **values)
        self.subject = subject


class NotNow(Refused):
    """The act is permitted to this person in general, but not in the present state of the subject (P11.10(f))."""

    code = "not-now"
    message = N_("This cannot be done in the present state.")


class Conflict(CahierError):
    """Somebody else, or another tab, was quicker; what was typed is kept and the present state is shown.

    `field` names the field of the form that is taken by somebody else, if it is one.
    """

    code = "conflict"
    field: str | None = None
    message = N_("This was changed in the meantime. Look at the present state and try again.")


class Invalid(CahierError):
    """What was given cannot be read; `fields` maps the name of a field to its source string, for the form."""

    code = "invalid"
    message = N_("Please check what you entered.")

    def __init__(self, message: str | None = None, *, fields: dict[str, str] | None = None, **values: object) -> None:
        super().__init__(message, **values)
        self.fields = fields or {}

    def __str__(self) -> str:
        """Say what is wrong with each field, for those who have no form before them."""
        said = (text % self.values if self.values else text for text in self.fields.values())
        return " ".join(said) or super().__str__()


class TooMany(CahierError):
    """Too many attempts in a short time; `seconds` says how long to wait (AS-6.3.1)."""

    code = "too-many"
    message = N_("Too many attempts. Wait %(seconds)s seconds and try again.")
