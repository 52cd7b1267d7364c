"""The forms of identity: what people type, read and brought into shape; the services decide whether it is allowed."""

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import EqualTo, InputRequired, Length, Optional

from app.identity.rules.people import LEAST_REASON_LENGTH
from app.identity.rules.roles import ROLE_LABELS, Scope
from app.web.forms import ActForm, choices_of
from app.web.languages import LANGUAGES

SCOPE_LABELS = {
    Scope.READ: _l("Read: exercises, records, competencies, people, the trail"),
    Scope.EXECUTE: _l("Execute: make entries, check and sign as oneself"),
    Scope.ASSESS: _l("Assess: issue, review and conclude records"),
    Scope.ADMINISTER: _l("Administer: people, cohorts, operators, targets, exercises"),
}
_LONGEST_LINE = 1000
_A_REASON = [InputRequired(_l("Say why, in a few words.")), Length(LEAST_REASON_LENGTH, _LONGEST_LINE)]


class SignInForm(ActForm):
    """Login and password; a password is pasted or filled in as people like (WC-3.3.8)."""

    login = StringField(_l("Login"), [InputRequired(_l("Enter your login.")), Length(max=_LONGEST_LINE)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password.")), Length(max=_LONGEST_LINE)])
    next = HiddenField()


class UnlockForm(ActForm):
    """The password of whoever locked the session; `kept` is the sealed form, `next` the page they wanted."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password.")), Length(max=_LONGEST_LINE)])
    kept = HiddenField()
    next = HiddenField()


class ActivationForm(ActForm):
    """The code that an administrator handed over, and the password that the person chooses."""

    login = StringField(_l("Login"), [InputRequired(_l("Enter your login.")), Length(max=_LONGEST_LINE)])
    code = StringField(_l("Activation code"), [InputRequired(_l("Enter the code you were given.")), Length(max=100)])
    password = PasswordField(_l("New password"), [InputRequired(_l("Choose a password.")), Length(max=_LONGEST_LINE)])
    repeated = PasswordField(
        _l("The same password again"),
        [
            InputRequired(_l("Enter the password again.")),
            EqualTo("password", _l("The two passwords are not the same.")),
        ],
    )
    notice = HiddenField()
    informed = BooleanField(
        _l("I have read what happens to my data"),
        [InputRequired(_l("Read what happens to your data, then tick the box. It informs you; it asks for nothing."))],
    )


class FirstPasswordForm(ActForm):
    """The password that somebody who came from a course chooses, to sign with it."""

    password = PasswordField(_l("New password"), [InputRequired(_l("Choose a password.")), Length(max=_LONGEST_LINE)])
    repeated = PasswordField(
        _l("The same password again"),
        [
            InputRequired(_l("Enter the password again.")),
            EqualTo("password", _l("The two passwords are not the same.")),
        ],
    )
    next = HiddenField()


class NoticeForm(ActForm):
    """That the notice was read; `notice` is the digest of the text that was shown, `next` the page they wanted."""

    notice = HiddenField()
    next = HiddenField()


class LanguageForm(ActForm):
    """The language to read in; `next` is the page to come back to."""

    language = SelectField(_l("Language"), choices=choices_of(LANGUAGES.items()))
    next = HiddenField()


class OperatorChoiceForm(ActForm):
    """The operator to act for; an empty choice stands for the hub itself."""

    operator = SelectField(_l("Acting for"))


class TokenForm(ActForm):
    """A new token: what it is for, what it may do, how long."""

    label = StringField(_l("What the token is for"), [InputRequired(_l("Say what the token is for."))])
    scopes = SelectMultipleField(
        _l("What it may do"),
        [InputRequired(_l("Choose at least one scope."))],
        choices=choices_of((scope.value, label) for scope, label in SCOPE_LABELS.items()),
    )
    days = SelectField(
        _l("Valid for"),
        choices=choices_of([("1", _l("1 day")), ("30", _l("30 days")), ("90", _l("90 days")), ("366", _l("1 year"))]),
        default="90",
    )


class AddPersonForm(ActForm):
    """A new person and their first roles; nobody types a password for them."""

    name = StringField(_l("Full name"), [InputRequired(_l("Enter the person's full name.")), Length(max=200)])
    login = StringField(_l("Login"), [InputRequired(_l("Enter a login.")), Length(max=100)])
    email = StringField(_l("E-mail"), [Optional(), Length(max=254)])
    birth_year = IntegerField(_l("Year of birth"), [Optional()])
    language = SelectField(_l("Language"), choices=choices_of(LANGUAGES.items()))
    operator = SelectField(_l("Operator"))
    roles = SelectMultipleField(
        _l("Roles"),
        [InputRequired(_l("Choose at least one role."))],
        choices=choices_of((role.value, _l(label)) for role, label in ROLE_LABELS.items()),
    )


class ReasonForm(ActForm):
    """Why an act is done, in a few words: it stands in the trail."""

    reason = TextAreaField(_l("Reason"), _A_REASON)


class NameForm(ActForm):
    """The right name of somebody, and why it is corrected."""

    name = StringField(_l("Full name"), [InputRequired(_l("Enter the person's full name.")), Length(max=200)])
    reason = TextAreaField(_l("Reason"), _A_REASON, id="name-reason")


class DisableForm(ReasonForm):
    """Why somebody is disabled for good."""

    reason = TextAreaField(_l("Reason"), _A_REASON, id="disable-reason")


class GrantRoleForm(ActForm):
    """A role to give, and for whom it is held."""

    role = SelectField(_l("Role"), choices=choices_of((role.value, _l(label)) for role, label in ROLE_LABELS.items()))
    operator = SelectField(_l("Operator"))


class EndRoleForm(ActForm):
    """A role to end, and why."""

    membership = SelectField(_l("Role"))
    reason = TextAreaField(_l("Reason"), _A_REASON, id="end-reason")


class OperatorForm(ActForm):
    """A new training operator."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter the operator's name.")), Length(max=200)])
    code = StringField(_l("Code"), [InputRequired(_l("Enter a code.")), Length(max=20)])
    zone = StringField(_l("Time zone"), [InputRequired(_l("Enter a time zone such as Europe/Brussels."))])


class PlaceForm(ActForm):
    """A new site, or a new room of a site; without an operator it is shared by all."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter a name.")), Length(max=200)])
    code = StringField(_l("Code"), [InputRequired(_l("Enter a code.")), Length(max=20)])
    operator = SelectField(_l("Whose"))


class EndPlaceForm(ActForm):
    """Why a site or a room is no longer used."""

    reason = TextAreaField(_l("Why?"), _A_REASON)


class CohortForm(ActForm):
    """A new cohort of an operator."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter the cohort's name.")), Length(max=200)])
    operator = SelectField(_l("Operator"))


class JoinForm(ActForm):
    """A trainee to put into a cohort."""

    person = SelectField(_l("Trainee"))


class ProvenForm(ActForm):
    """The password, and the second factor of whoever has one already: nobody changes factors with a password alone."""

    password = PasswordField(
        _l("Your password"), [InputRequired(_l("Enter your password.")), Length(max=_LONGEST_LINE)]
    )
    factor_code = StringField(_l("Code of your present authenticator"), [Length(max=20)])
    passkey = HiddenField()


class AuthenticatorForm(ProvenForm):
    """A new authenticator: its sealed secret, and the code with which it is tried."""

    sealed = HiddenField()
    trial = StringField(
        _l("Code that the authenticator shows now"), [InputRequired(_l("Enter the code.")), Length(max=20)]
    )


class PasskeyForm(ProvenForm):
    """A new passkey, as the browser made it, and its first answer."""

    made = HiddenField()
    answered = HiddenField()
