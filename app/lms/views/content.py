"""Picking exercises for a course (Deep Linking 2.0): which ones, then how each is to stand there, then back.

Three pages without a script; the last sends itself where there is one. The answer goes to another site, so that page
alone says which site its form may reach.
"""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.competencies.queries import list_competencies
from app.exercises.queries import ListedExercise, current_version, list_exercises
from app.identity.models import Operator
from app.kernel.actors import Permission
from app.kernel.errors import Invalid
from app.lms.errors import BadMessage, NoSuchRequest, NotTeaching
from app.lms.forms import PickForm
from app.lms.models import Deployment
from app.lms.rules.deep_linking import Picked, check_maximum, check_title, read_asked
from app.lms.rules.messages import DEEP_LINKING_CLAIM
from app.lms.rules.platforms import is_address, origin_of
from app.lms.services.content import Answered, answer_request, asked_in, keep_request, open_request
from app.lms.views.arrivals import ARRIVALS, Arrived
from app.lms.views.blueprint import blueprint, means_here
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import ActForm, choices_of, show_again
from app.web.framing import content_security_policy, framed_by
from app.web.languages import page_language
from app.web.visitors import current_actor, edge

DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"
USUAL_MAXIMUM = "100"
_TEACHING = frozenset({"Instructor", "ContentDeveloper", "Administrator"})
_DETAILS = ("title", "maximum", "due")


def arrive_at_choice(arrived: Arrived) -> ResponseReturnValue:
    """Lead a teacher to the choice of exercises that the platform asks for (Deep Linking §3.4.1)."""
    asked = read_asked(arrived.message.claims.get(DEEP_LINKING_CLAIM))
    if asked is None or not asked.takes_links or not is_address(asked.return_url):
        raise BadMessage("deep_linking_settings")
    if not arrived.message.roles & _TEACHING:
        raise NotTeaching
    with edge().storage.transaction() as session:
        kept = keep_request(session, arrived.opened.launch_id, asked)
    return redirect(url_for("lms.choose_content", request_id=kept), 303)


ARRIVALS[DEEP_LINKING_REQUEST] = arrive_at_choice


@blueprint.get("/deeplink/<uuid:request_id>")
@requires(Permission.EXERCISE_READ)
def choose_content(request_id: object) -> ResponseReturnValue:
    """Offer the exercises, each in the version in force."""
    with edge().storage.reading() as session:
        asked = asked_in(open_request(session, str(request_id), current_actor()))
        listed = list_exercises(session)
    form = PickForm(formdata=None, data={"exercise": request.args.getlist("exercise")})
    offered = [(one.exercise.code, _title_of(one, with_code=True)) for one in listed]
    form.exercise.choices = choices_of(offered)
    return render_template(
        "lms/choose_content.html", form=form, offered=offered, many=asked.many, request_id=request_id
    )


@blueprint.get("/deeplink/<uuid:request_id>/place")
@requires(Permission.EXERCISE_READ)
def place_content(request_id: object) -> ResponseReturnValue:
    """Ask how each chosen exercise is to stand in the course."""
    codes = request.args.getlist("exercise")
    if not codes:
        return redirect(url_for(".choose_content", request_id=request_id), 303)
    with edge().storage.reading() as session:
        listed = _chosen(session, str(request_id), codes)
    return _place_page(str(request_id), _details(listed, fresh=True), listed)


@blueprint.post("/deeplink/<uuid:request_id>")
@requires(Permission.EXERCISE_READ)
def send_content(request_id: object) -> ResponseReturnValue:
    """Sign the answer, and hand it to the browser, which takes it to the platform."""
    identifier, means = str(request_id), means_here()
    with edge().storage.reading() as session:
        listed = _chosen(session, identifier, request.form.getlist("exercise"))
        zone = _zone(session, identifier)
    form = _details(listed)
    if not form.validate():
        return show_again(form, lambda: _place_page(identifier, form, listed))
    try:
        picked = [_picked(form, one, zone) for one in listed]
        with acting(url_for(".choose_content", request_id=request_id)) as session:
            url = f"{means.public_url}/lti/launch"
            answer = answer_request(session, identifier, picked, url, means.sealing, actor=current_actor())
    except Invalid as error:
        return show_again(form, lambda: _place_page(identifier, form, listed), error)
    return _answer_page(answer)


def _chosen(session: Session, request_id: str, codes: Sequence[str]) -> list[ListedExercise]:
    """Return the chosen exercises; one alone where the platform takes no more. Raises NoSuchRequest."""
    asked = asked_in(open_request(session, request_id, current_actor()))
    listed = [current_version(session, code) for code in dict.fromkeys(codes)]
    if not listed:
        raise NoSuchRequest
    return listed if asked.many else listed[:1]


def _details(listed: Sequence[ListedExercise], *, fresh: bool = False) -> ActForm:
    """Return the form about these exercises: a title, a maximum and a due date for each."""

    class Details(ActForm):
        """How each exercise is to stand in the course."""

    for one in listed:
        title = StringField(_("Title in the course"), [InputRequired(_("Give the activity a title.")), Length(max=255)])
        maximum = StringField(_("Maximum score"), [InputRequired(_("Enter a maximum score."))], default=USUAL_MAXIMUM)
        due = DateField(_("Due on"), [Optional()])
        for name, field in zip(_DETAILS, (title, maximum, due), strict=True):
            setattr(Details, f"{name}-{one.exercise.code}", field)
    if not fresh:
        return Details()
    titles = {f"title-{one.exercise.code}": _title_of(one) for one in listed}
    return Details(formdata=None, data=titles)


def _picked(form: ActForm, one: ListedExercise, zone: ZoneInfo) -> Picked:
    exercise = one.exercise
    title, maximum, due = (f"{name}-{exercise.code}" for name in _DETAILS)
    day = form[due].data
    return Picked(
        exercise=exercise.code,
        competency=exercise.competency,
        title=check_title(form[title].data, title),
        summary=exercise.summary.in_language(page_language()),
        maximum=check_maximum(form[maximum].data, maximum),
        due=datetime.combine(day, time(23, 59, 59), zone) if day else None,
    )


def _zone(session: Session, request_id: str) -> ZoneInfo:
    kept = open_request(session, request_id, current_actor())
    deployment = session.get_one(Deployment, kept.deployment_id)
    return ZoneInfo(session.get_one(Operator, deployment.operator_id).zone)


def _place_page(request_id: str, form: ActForm, listed: Sequence[ListedExercise]) -> str:
    with edge().storage.reading() as session:
        competencies = {one.code: one.title.in_language(page_language()) for one in list_competencies(session)}
    rows = [
        {
            "code": one.exercise.code,
            "name": _title_of(one, with_code=True),
            "competency": competencies.get(one.exercise.competency, one.exercise.competency),
            "fields": {name: form[f"{name}-{one.exercise.code}"] for name in _DETAILS},
        }
        for one in listed
    ]
    return render_template("lms/place_content.html", form=form, rows=rows, request_id=request_id)


def _answer_page(answer: Answered) -> ResponseReturnValue:
    response = make_response(render_template("lms/send_content.html", answer=answer))
    around = framed_by()
    policy = content_security_policy([around] if around else (), [origin_of(answer.return_url)])
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "no-store"
    return response


def _title_of(one: ListedExercise, *, with_code: bool = False) -> str:
    title = one.exercise.title.in_language(page_language())
    return f"{one.exercise.code} · {title}" if with_code else title
