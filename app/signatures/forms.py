"""The forms of this room: the statement, confirming who somebody is, a changed password, a suspected compromise."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import EqualTo, InputRequired, Length

from app.signatures.rules import PROOFINGS
from app.web.forms import ActForm, choices_of

_LONGEST = 1000


class StatementForm(ActForm):
    """The password that accepts the statement as it was `shown`."""

    password = PasswordField(_l("Your password"), [InputRequired(_l("Enter your password.")), Length(max=_LONGEST)])
    shown = HiddenField()
    next = HiddenField()


class ConfirmForm(ActForm):
    """By what somebody knows who the person before them is."""

    how = RadioField(
        _l("How do you know who this is?"),
        choices=choices_of([(code.value, _l(text)) for code, text in PROOFINGS.items()]),
        validators=[InputRequired(_l("Choose one of the two."))],
    )


class ConfirmCohortForm(ConfirmForm):
    """The same for several people who stand before one."""

    people = SelectMultipleField(_l("Who stands before you"), validate_choice=True)


class SecondPersonForm(ConfirmForm):
    """The same at the person's own tablet: with login and password of the one who confirms."""

    login = StringField(_l("Login of the person who confirms"), [InputRequired(_l("Enter the login."))])
    confirming_password = PasswordField(
        _l("Password of the person who confirms"), [InputRequired(_l("Enter the password.")), Length(max=_LONGEST)]
    )
    next = HiddenField()


class CompromiseForm(ActForm):
    """Since when somebody else may have had a person's password or key, and what makes one think so."""

    since = StringField(_l("Since when"), [InputRequired(_l("Enter a date and a time."))])
    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why, in a few words.")), Length(max=2000)])


class ReviewIncidentForm(ActForm):
    """Which signatures somebody looked at, and what they found out."""

    looked_at = SelectMultipleField(_l("Signatures that you looked at"), validate_choice=False)
    reason = TextAreaField(_l("What you found out"), [InputRequired(_l("Say why, in a few words.")), Length(max=2000)])


class CloseIncidentForm(ActForm):
    """Why an incident is closed."""

    reason = TextAreaField(_l("Why it is closed"), [InputRequired(_l("Say why, in a few words.")), Length(max=2000)])


class ChangePasswordForm(ActForm):
    """The present password and the new one."""

    current_password = PasswordField(
        _l("Present password"), [InputRequired(_l("Enter your password.")), Length(max=_LONGEST)]
    )
    password = PasswordField(_l("New password"), [InputRequired(_l("Choose a password.")), Length(max=_LONGEST)])
    repeated_password = PasswordField(
        _l("The new password again"),
        [
            InputRequired(_l("Enter the password again.")),
            EqualTo("password", _l("The two passwords are not the same.")),
        ],
    )
