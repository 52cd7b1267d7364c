"""The base of forms: a view that a service refuses shows the form again, with what was typed and what to do about
it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms.fields import SelectChoice

from app.kernel.errors import CahierError, Conflict, Invalid
from app.web.errors import remember_refusal, status_of
from app.web.languages import translate
from app.web.visitors import edge


class ActForm(FlaskForm):
    """A form of an act; its token protects it, its hidden key makes it count once (app/web/acting.py)."""

    def take(self, error: CahierError) -> None:
        """Put what a service said to the fields it names, or above the form."""
        fields = error.fields if isinstance(error, Invalid) else {}
        if isinstance(error, Conflict) and error.field:
            fields = {error.field: error.message}
        placed = {name: text for name, text in fields.items() if name in self}
        for name, text in placed.items():
            self[name].errors = [*self[name].errors, translate(text, **error.values)]
        if not placed:
            self.form_errors.append(translate(next(iter(fields.values()), error.message), **error.values))


def choices_of(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Return what a field offers to choose from, given as values and (lazy) labels."""
    return [SelectChoice(value, label) for value, label in pairs]


def show_again(form: ActForm, show: Callable[[], str], error: CahierError | None = None) -> tuple[str, int]:
    """Answer with the form as it was sent and why it was not accepted; a refusal is kept in the trail.

    Without an error the form itself found the faults (422).
    """
    if error is None:
        return show(), 422
    remember_refusal(edge().storage, error)
    form.take(error)
    return show(), status_of(error)
