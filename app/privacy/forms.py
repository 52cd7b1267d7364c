"""The forms of privacy: erasures, what people ask, restrictions, breaches, companies, retention, people under age."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.identity.models import Means
from app.kernel.errors import N_
from app.privacy.rules.breaching import BREACH_KINDS
from app.privacy.rules.disclosing import EXTENTS, USES, Extent
from app.privacy.rules.erasing import GROUNDS, SHARES, Share
from app.privacy.rules.requests import ASKED, OUTCOMES, WAYS, Way
from app.privacy.rules.restricting import RESTRICTION_GROUNDS
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


_LONG = 4000


class AskForm(ActForm):
    """What a person asks about their own data, in their own words."""

    asked = RadioField(
        _l("What you ask"),
        choices=choices_of((asked.value, _l(text)) for asked, text in ASKED.items()),
        validators=[InputRequired(_l("Choose one of the answers offered."))],
    )
    words = TextAreaField(
        _l("In your own words"), [InputRequired(_l("Say what you ask, in a few words.")), Length(3, _LONG)]
    )


class RecordRequestForm(ActForm):
    """A request that came otherwise than on the person's page: whose, what, how, on which day."""

    person = SelectField(_l("Who asks"), validators=[InputRequired(_l("Choose one of the answers offered."))])
    asked = SelectField(
        _l("What they ask"), choices=choices_of((asked.value, _l(text)) for asked, text in ASKED.items())
    )
    way = RadioField(
        _l("How it came"),
        choices=choices_of((way.value, _l(text)) for way, text in WAYS.items() if way is not Way.PAGE),
        validators=[InputRequired(_l("Say how it came."))],
    )
    received = DateField(_l("On which day it came"), [InputRequired(_l("Enter the day on which it came."))])
    words = TextAreaField(
        _l("What is asked, in short"), [InputRequired(_l("Say what you ask, in a few words.")), Length(3, _LONG)]
    )


class ExtendForm(ActForm):
    """How much more time an answer takes, and why."""

    months = RadioField(
        _l("More time"),
        choices=choices_of((("1", _l("One month more")), ("2", _l("Two months more")))),
        validators=[InputRequired(_l("One month more, or two."))],
    )
    reason = TextAreaField(
        _l("Why more time is needed"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONG)]
    )


class AnswerForm(ActForm):
    """How a request ends, and the reasons that the person reads."""

    outcome = RadioField(
        _l("Answer"),
        choices=choices_of((outcome.value, _l(text)) for outcome, text in OUTCOMES.items()),
        validators=[InputRequired(_l("Choose one of the answers offered."))],
    )
    reason = TextAreaField(_l("Reasons"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONG)])


class RestrictForm(ActForm):
    """On which ground the use of a person's data is restricted, and why."""

    ground = RadioField(
        _l("Ground"),
        choices=choices_of((ground.value, _l(text)) for ground, text in RESTRICTION_GROUNDS.items()),
        validators=[InputRequired(_l("Choose the ground on which it is decided."))],
    )
    reason = TextAreaField(_l("Reasons"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONG)])


class EndingForm(ActForm):
    """Why a restriction ends, for the person to read before it does."""

    reason = TextAreaField(_l("Why it ends"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONG)])


class FactsForm(ActForm):
    """What is known of a breach."""

    kinds = SelectMultipleField(
        _l("What was lost"), choices=choices_of((kind.value, _l(text)) for kind, text in BREACH_KINDS.items())
    )
    nature = TextAreaField(_l("What happened"), [InputRequired(_l("Say what happened.")), Length(3, _LONG)])
    concerned = TextAreaField(_l("Which people and which data are concerned"), [Length(max=_LONG)])
    people = IntegerField(_l("How many people, about"), [Optional(), NumberRange(0, 10**9)])
    records = IntegerField(_l("How many records, about"), [Optional(), NumberRange(0, 10**9)])
    consequences = TextAreaField(_l("Likely consequences"), [Length(max=_LONG)])
    measures = TextAreaField(_l("Measures taken or proposed"), [Length(max=_LONG)])


class OpenBreachForm(FactsForm):
    """When a breach was found, from which incident it comes, and what is known of it."""

    detected = StringField(_l("When it was found"), [InputRequired(_l("Enter a date and a time."))])
    incident = SelectField(_l("Incident about a key"), validators=[Optional()])


class DecideForm(ActForm):
    """Who is notified of a breach, why or why not, and what they are told."""

    authority = RadioField(
        _l("Notify the data protection authority"),
        choices=choices_of((("yes", _l("Yes")), ("no", _l("No, a risk is unlikely")))),
        validators=[InputRequired(_l("Choose one of the answers offered."))],
    )
    authority_text = TextAreaField(_l("What the authority is told"), [Length(max=_LONG)])
    tell = RadioField(
        _l("Tell the people concerned"),
        choices=choices_of((("yes", _l("Yes")), ("no", _l("No, a high risk is unlikely")))),
        validators=[InputRequired(_l("Choose one of the answers offered."))],
    )
    people_text = TextAreaField(_l("What the people concerned are told"), [Length(max=_LONG)])
    reason = TextAreaField(_l("Reasons"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONG)])


class NotifiedForm(ActForm):
    """When the authority, or the people concerned, were notified."""

    notified = StringField(_l("When they were notified"), [InputRequired(_l("Enter a date and a time."))])
    late = TextAreaField(_l("Why later than 72 hours"), [Length(max=_LONG)])


class CloseForm(ActForm):
    """What a breach came to."""

    reason = TextAreaField(_l("What it came to"), [InputRequired(_l("Say why, in a few words.")), Length(3, _LONG)])


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
