"""Having the grades of a platform sent, from its own page; where they stand is shown by delivery."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.actors import Permission
from app.lms.services.grading import send_grades
from app.lms.views.blueprint import blueprint, means_here
from app.web.access import requires
from app.web.acting import acting
from app.web.visitors import current_actor


@blueprint.post("/platforms/<name>/grades")
@requires(Permission.TARGET_ADMINISTER)
def send_platform_grades(name: str) -> ResponseReturnValue:
    """Have the grades of a platform sent from the first decision on."""
    landing = url_for(".show_platform", name=name)
    with acting(landing) as session:
        send_grades(session, means_here().sealing, name, actor=current_actor())
    flash(_("Grades are sent from now on, and those of decisions that were signed already."), "success")
    return redirect(landing, 303)
