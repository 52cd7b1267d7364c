"""Cohorts that follow courses: the courses there are, what following one would come to, begin, synchronise, end."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.identity.queries import cohort_rows, names_of
from app.kernel.actors import Permission
from app.kernel.errors import Conflict
from app.lms import queries
from app.lms.errors import PlatformSilent
from app.lms.forms import FollowForm
from app.lms.models import Newcomers
from app.lms.queries import Course
from app.lms.rules.memberships import Changes
from app.lms.services.rosters import access_course, begin_roster, compare, end_roster, order_roster, read_course
from app.lms.views.blueprint import blueprint, means_here
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import choices_of, show_again
from app.web.visitors import current_actor, edge

SHOWN = 100
"""How many names a preview lists; more are counted."""


@blueprint.get("/courses")
@requires(Permission.COHORT_ADMINISTER)
def list_courses() -> ResponseReturnValue:
    """List the courses that tell who is in them, and the cohorts that follow one."""
    actor = current_actor()
    with edge().storage.reading() as session:
        found = queries.courses(session, actor)
        cohorts = {row.cohort.id: row.cohort.name for row in cohort_rows(session, actor)}
    return render_template("lms/courses.html", courses=found, cohorts=cohorts)


@blueprint.get("/courses/<uuid:link_id>")
@requires(Permission.COHORT_ADMINISTER)
def preview_course(link_id: object) -> ResponseReturnValue:
    """Ask the platform who is in a course, and show what it would come to if a cohort followed it."""
    form = FollowForm(formdata=None, data={"cohort": request.args.get("cohort", "")})
    return _preview_page(str(link_id), form)


@blueprint.post("/courses/<uuid:link_id>")
@requires(Permission.COHORT_ADMINISTER)
def follow_course(link_id: object) -> ResponseReturnValue:
    """Let a cohort follow a course from now on."""
    form, landing = FollowForm(), url_for(".list_courses")
    form.cohort.choices = _cohort_choices(_course(str(link_id)))
    if not form.validate():
        return show_again(form, lambda: _preview_page(str(link_id), form))
    try:
        with acting(landing) as session:
            begin_roster(session, str(link_id), form.cohort.data or None, actor=current_actor())
    except Conflict as error:
        return show_again(form, lambda: _preview_page(str(link_id), form), error)
    flash(_("The cohort follows the course. It is synchronised in a moment."), "success")
    return redirect(landing, 303)


@blueprint.post("/rosters/<uuid:roster_id>/synchronise")
@requires(Permission.COHORT_ADMINISTER)
def order_synchronisation(roster_id: object) -> ResponseReturnValue:
    """Have a cohort synchronised as soon as the worker comes to it."""
    landing = url_for(".list_courses")
    with acting(landing) as session:
        order_roster(session, str(roster_id), actor=current_actor())
    flash(_("The cohort is synchronised in a moment."), "success")
    return redirect(landing, 303)


@blueprint.post("/rosters/<uuid:roster_id>/end")
@requires(Permission.COHORT_ADMINISTER)
def stop_following(roster_id: object) -> ResponseReturnValue:
    """Let a cohort follow its course no more; everybody in it stays."""
    landing = url_for(".list_courses")
    with acting(landing) as session:
        end_roster(session, str(roster_id), actor=current_actor())
    flash(_("The cohort follows the course no more. Everybody in it stays."), "success")
    return redirect(landing, 303)


def _course(link_id: str) -> Course:
    with edge().storage.reading() as session:
        return access_course(session, link_id, current_actor())


def _cohort_choices(course: Course) -> list[tuple[str, str]]:
    with edge().storage.reading() as session:
        rows = cohort_rows(session, current_actor())
    there = [(row.cohort.id, row.cohort.name) for row in rows if row.cohort.operator_id == course.operator_id]
    return choices_of([("", _("A new cohort with the name of the course")), *there])


def _preview_page(link_id: str, form: FollowForm) -> str:
    course = _course(link_id)
    form.cohort.choices = _cohort_choices(course)
    cohort = course.roster.cohort_id if course.roster else form.cohort.data or None
    changes, names = Changes(), {}
    try:
        members = read_course(edge().storage, means_here().tokens, course.platform.id, course.memberships_url)
        with edge().storage.reading() as session:
            changes = compare(session, course.platform, cohort, members)
            names = names_of(session, set(changes.leaving[:SHOWN]))
        is_silent = False
    except (PlatformSilent, OSError):
        is_silent = True
    return render_template(
        "lms/course.html",
        course=course,
        form=form,
        changes=changes,
        names=names,
        shown=SHOWN,
        is_silent=is_silent,
        makes=course.platform.newcomers is Newcomers.MADE,
    )
