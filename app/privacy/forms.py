"""The forms of privacy: proposing an erasure, confirming it, giving it up."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length

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
