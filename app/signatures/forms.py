"""The forms of this room: accepting the statement, changing a password."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from app.web.forms import ActForm

_LONGEST = 1000


class StatementForm(ActForm):
    """The password that accepts the statement as it was `shown`; a witness's login and password where one is needed."""

    password = PasswordField(_l("Your password"), [InputRequired(_l("Enter your password.")), Length(max=_LONGEST)])
    login = StringField(_l("Login of the person who confirms"), [Length(max=_LONGEST)])
    witness_password = PasswordField(_l("Password of the person who confirms"), [Length(max=_LONGEST)])
    shown = HiddenField()
    next = HiddenField()


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
