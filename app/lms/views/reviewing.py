"""From a grade in the gradebook to the record behind it (LTI Submission Review 1.0): the platform says whose it is."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.lms import queries
from app.lms.errors import BadMessage
from app.lms.models import Launch
from app.lms.rules.messages import CLAIM
from app.lms.services.newcomers import account_of
from app.lms.views.arrivals import ARRIVALS, Arrived
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
    return redirect(url_for("notebook.show_record", record_id=found), 303)


ARRIVALS[SUBMISSION_REVIEW_REQUEST] = arrive_at_submission
