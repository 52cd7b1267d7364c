"""The forms of delivery, and the words for where a target or a parcel stands."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.delivery.rules import LEAST_REASON_LENGTH, LONGEST_ADDRESS, Event, Fate
from app.delivery.services.kinds import Kind
from app.web.forms import ActForm

_LONGEST = 200
_REASON = [InputRequired(_l("Say why, in a few words.")), Length(LEAST_REASON_LENGTH, 1000)]

FATES = {
    Fate.PENDING: _l("waits"),
    Fate.SENT: _l("sent"),
    Fate.DEAD: _l("refused"),
    Fate.HELD: _l("held back"),
    Fate.SET_ASIDE: _l("set aside"),
}
EVENTS = {
    Event.STARTED: _l("Exercise begun"),
    Event.STEP_COMPLETED: _l("Step completed"),
    Event.CORRECTED: _l("Value corrected"),
    Event.OUT_OF_LIMIT: _l("Value outside the limits"),
    Event.VERIFIED: _l("Step verified by a second person"),
    Event.SIGNED: _l("Record signed"),
    Event.SUBMITTED: _l("Record submitted"),
    Event.PASSED: _l("Result: passed"),
    Event.FAILED: _l("Result: not passed"),
    Event.EARNED: _l("Competency earned"),
    Event.WITHDRAWN: _l("Earlier report withdrawn"),
}


class SecretForm(ActForm):
    """The name and password by which a target knows the hub; some kinds have no name, and a token for a password."""

    username = StringField(_l("User name there"), [Length(max=_LONGEST)])
    password = PasswordField(_l("Password there"), [InputRequired(_l("Enter the password.")), Length(max=_LONGEST)])

    def validate_for(self, kind: Kind) -> bool:
        """Say whether it can be kept for a target of a kind; what cannot is said at its field."""
        asked = [InputRequired(_l("Enter the user name."))] if kind.named else []
        return bool(self.validate({"username": asked}))

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a target that were typed here."""
        return {"username": self.username.data} if self.username.data else {}


class TargetForm(SecretForm):
    """A new target; an empty operator stands for everything of the hub."""

    kind = SelectField(_l("What it is"))
    name = StringField(_l("Name"), [InputRequired(_l("Give it a name."))])
    address = StringField(_l("Address"), [InputRequired(_l("Enter the address.")), Length(max=LONGEST_ADDRESS)])
    operator = SelectField(_l("Receives"))


class ReasonForm(ActForm):
    """Why something is ended or set aside."""

    reason = TextAreaField(_l("Reason"), _REASON)
