"""From a grade in the gradebook to the record behind it (LTI Submission Review 1.0): the platform says whose it is."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.identity.models import Person, WebSession
from app.identity.queries import actor_of
from app.identity.services.sessions import digest_of_token
from app.kernel.actors import Permission
from app.lms import queries
from app.lms.errors import BadMessage
from app.lms.models import Launch
from app.lms.rules.messages import CLAIM
from app.lms.services.launching import Opened
from app.lms.services.newcomers import account_of
from app.lms.views.arrivals import ARRIVALS, Arrived
from app.web.pages import url_if_there
from app.web.visitors import edge

SUBMISSION_REVIEW_REQUEST = "LtiSubmissionReviewRequest"


def arrive_at_submission(arrived: Arrived) -> ResponseReturnValue:
    """Lead to the newest record that somebody opened through this activity (Submission Review §4).

    Whether the one who looks may see it is the record's own to say.
    """
    about = arrived.message.claims.get(f"{CLAIM}for_user")
    user_id = about.get("user_id") if isinstance(about, dict) else None
    if not isinstance(user_id, str):
        raise BadMessage("for_user")
    with edge().storage.reading() as session:
        launch = session.get_one(Launch, arrived.opened.launch_id)
        platform = queries.platform_of_deployment(session, launch.deployment_id)
        account = account_of(session, platform, user_id)
        found = queries.record_opened_by(session, launch, account.person_id) if account else None
    if found is None:
        flash(_("This person has no record in this activity yet."), "message")
        return redirect(url_for("notebook.show_start"), 303)
    return redirect(_way_to(url_for("notebook.show_record", record_id=found), arrived.opened), 303)


def _way_to(record: str, opened: Opened) -> str:
    """Lead an assessor by their own password: a session that a course began sees nobody else's record (LT-4)."""
    with edge().storage.reading() as session:
        row = session.get(WebSession, digest_of_token(opened.token))
        person = session.get_one(Person, opened.person_id)
        may = actor_of(session, person, opened.operator_id).may(Permission.RECORD_ASSESS)
    confirming = url_if_there("identity.raise_session", next=record)
    return confirming if may and row and row.launched_at and confirming else record


ARRIVALS[SUBMISSION_REVIEW_REQUEST] = arrive_at_submission
