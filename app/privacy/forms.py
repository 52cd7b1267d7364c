"""The forms of privacy: proposing an erasure, confirming it, giving it up; companies and what they may see."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.privacy.rules.disclosing import EXTENTS, USES, Extent
from app.privacy.rules.erasing import GROUNDS, SHARES, Share
from app.web.forms import ActForm, choices_of

_LONGEST = 1000


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


class EmployerForm(ActForm):
    """A company, and the function or mailbox that answers for it."""

    name = StringField(_l("Name of the company"), [InputRequired(_l("Enter the name.")), Length(max=200)])
    contact = StringField(_l("Contact"), [InputRequired(_l("Enter a contact.")), Length(max=200)])


class EmployerTokenForm(ActForm):
    """How long a company's token is valid."""

    days = SelectField(
        _l("Valid for"),
        choices=choices_of([("30", _l("30 days")), ("90", _l("90 days")), ("366", _l("1 year"))]),
        default="90",
    )


class DiscloseForm(ActForm):
    """Whose results a company may see: which, for what, until when, and why."""

    person = SelectField(_l("Person"))
    use = RadioField(
        _l("Purpose"),
        choices=choices_of((use.value, _l(text)) for use, text in USES.items()),
        validators=[InputRequired(_l("Choose the purpose."))],
    )
    extent = RadioField(
        _l("Results"),
        choices=choices_of((extent.value, _l(text)) for extent, text in EXTENTS.items()),
        default=Extent.NAMED.value,
        validators=[InputRequired(_l("Choose which results."))],
    )
    competencies = SelectMultipleField(_l("Competencies"))
    until = DateField(_l("Until"), [InputRequired(_l("Choose the last day."))])
    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONGEST)])


class EndDisclosureForm(ActForm):
    """Which disclosure ends, and why."""

    disclosure = SelectField(_l("Disclosure"))
    reason = TextAreaField(
        _l("Reason"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONGEST)], id="end-reason"
    )
