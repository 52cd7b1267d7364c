"""The forms of privacy: erasures, terms of retention and lists of what is over, people under age."""

from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.identity.models import Means
from app.kernel.errors import N_
from app.privacy.rules.erasing import GROUNDS, SHARES, Share
from app.web.forms import ActForm, choices_of

_LONGEST = 1000
MEANS: dict[Means, str] = {
    Means.LETTER: N_("by letter"),
    Means.MEETING: N_("in a conversation"),
    Means.TELEPHONE: N_("by telephone"),
    Means.MAIL: N_("by e-mail"),
}
"""How somebody was informed, in words."""


class ProposeForm(ActForm):
    """On which ground what is erased, and the decision in words that name nobody."""

    ground = RadioField(
        _l("Ground"),
        choices=choices_of((ground.value, _l(text)) for ground, text in GROUNDS.items()),
        validators=[InputRequired(_l("Choose the ground on which it is decided."))],
    )
    shares = SelectMultipleField(
        _l("What is erased"),
        choices=choices_of((share.value, _l(text)) for share, text in SHARES.items() if share is not Share.IDENTITY),
    )
    reason = TextAreaField(
        _l("Decision"), [InputRequired(_l("Write the decision in a few words.")), Length(3, _LONGEST)]
    )


class WithdrawForm(ActForm):
    """Why a proposal is given up."""

    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONGEST)])


class TermForm(ActForm):
    """How long a class of data is kept, and why."""

    chosen = SelectField(_l("What is kept"))
    months = IntegerField(_l("Months"), [InputRequired(_l("Enter a number of months.")), NumberRange(1, 1000)])
    minor_months = IntegerField(
        _l("Months for people under age"), [InputRequired(_l("Enter a number of months.")), NumberRange(1, 1000)]
    )
    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONGEST)])


class ApproveForm(ActForm):
    """The decision over a list, in words that name nobody."""

    reason = TextAreaField(
        _l("Decision"), [InputRequired(_l("Write the decision in a few words.")), Length(3, _LONGEST)]
    )


class HoldForm(ActForm):
    """Until which day something is held back, and why."""

    until = DateField(_l("Until"), [InputRequired(_l("Choose a day."))])
    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONGEST)])


class BirthYearForm(ActForm):
    """The year in which somebody was born, or nothing."""

    birth_year = IntegerField(_l("Year of birth"), [Optional()])
    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONGEST)])


class GuardianForm(ActForm):
    """Which parent or guardian was informed, when, and how."""

    guardian = StringField(
        _l("Parent or guardian"), [InputRequired(_l("Enter the name of the parent or guardian.")), Length(max=200)]
    )
    informed_on = DateField(_l("Informed on"), [InputRequired(_l("Choose a day."))])
    means = SelectField(_l("How"), choices=choices_of((means.value, _l(text)) for means, text in MEANS.items()))
