"""The forms of learning platforms."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.lms.rules.platforms import LONGEST_ADDRESS
from app.web.forms import ActForm

_ADDRESS = [InputRequired(_l("Copy the address as the platform shows it.")), Length(max=LONGEST_ADDRESS)]


class BroughtForm(ActForm):
    """What a platform's roles become here, whether it makes people, who vouches for its certificate."""

    role_trainee = StringField(_l("Become trainees"))
    role_author = StringField(_l("Become authors"))
    role_equipment_manager = StringField(_l("Become equipment managers"))
    links_only = BooleanField(_l("Make no person by a launch: everybody links an account of the hub"))
    authorities = TextAreaField(_l("Certificate of the authority (PEM)"))


class PlatformForm(BroughtForm):
    """A platform as its own page of settings shows it."""

    name = StringField(_l("Name"), [InputRequired(_l("Give it a name."))])
    operator = SelectField(_l("Operator whose people come through"))
    issuer = StringField(_l("Platform ID (issuer)"), _ADDRESS)
    client_id = StringField(_l("Client ID"), [InputRequired(_l("Copy the client id as the platform shows it."))])
    deployment_id = StringField(
        _l("Deployment ID"), [InputRequired(_l("Copy the deployment id as the platform shows it."))]
    )
    key_set_url = StringField(_l("Public keyset URL"), _ADDRESS)
    auth_token_url = StringField(_l("Access token URL"), _ADDRESS)
    auth_login_url = StringField(_l("Authentication request URL"), _ADDRESS)


class InvitationForm(ActForm):
    """Which platform may register itself, and for whom; it stands on one page with the form of a platform."""

    invited_name = StringField(_l("Name"), [InputRequired(_l("Give it a name."))])
    invited_operator = SelectField(_l("Operator whose people come through"))


class DeploymentForm(ActForm):
    """Another place of a platform."""

    deployment_id = StringField(
        _l("Deployment ID"), [InputRequired(_l("Copy the deployment id as the platform shows it."))]
    )


class EndForm(ActForm):
    """Why a platform is ended."""

    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why, in a few words.")), Length(3, 1000)])


class PickForm(ActForm):
    """Which exercises go into a course."""

    exercise = SelectMultipleField(_l("Exercises"))


class FollowForm(ActForm):
    """Which cohort follows a course; an empty one stands for one that is made for it."""

    cohort = SelectField(_l("Cohort"))


class MappingForm(ActForm):
    """What of a platform stands for what of ours: proposals that are ticked, and one pair chosen of each sort.

    Whether what was chosen is still there is for the view to say: it asked the platform.
    """

    pair = SelectMultipleField(_l("Proposals"), validate_choice=False)
    activity = SelectField(_l("Activity there"), validate_choice=False)
    exercise = SelectField(_l("Exercise"), validate_choice=False)
    outcome = SelectField(_l("Competency there"), validate_choice=False)
    competency = SelectField(_l("Competency"), validate_choice=False)
