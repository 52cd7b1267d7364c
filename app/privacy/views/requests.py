"""What people ask: on their own page with its answer, recorded for a letter, prolonged and answered at the desk."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.identity.models import Person
from app.identity.queries import list_people, names_of_actors
from app.kernel import clock
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid, Refused
from app.privacy.forms import AnswerForm, AskForm, ExtendForm, RecordRequestForm
from app.privacy.models import DataRequest
from app.privacy.queries.desk import access_request, requests_of, restriction_in_force
from app.privacy.rules.requests import WAYS, Asked, Outcome, Way
from app.privacy.services.requesting import (
    NewRequest,
    answer_request,
    extend_request,
    make_request,
    record_request,
)
from app.privacy.views.blueprint import blueprint
from app.privacy.views.desk import request_row
from app.privacy.views.restricting import restriction_facts
from app.web.access import requires, signed_in
from app.web.acting import acting
from app.web.forms import ActForm, choices_of, show_again
from app.web.languages import translate
from app.web.opened import texts_behind
from app.web.visitors import current_actor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused)


@blueprint.route("/account/privacy", methods=["GET", "POST"])
@signed_in
def show_own() -> ResponseReturnValue:
    """Show a person what they asked and were answered, and a restriction of the use of their data; let them ask."""
    form = AskForm()
    if not form.is_submitted():
        return _own_page(form)
    if not form.validate():
        return show_again(form, lambda: _own_page(form))
    try:
        with acting(url_for(".show_own")) as session:
            new = NewRequest(Asked(form.asked.data), form.words.data, edge().zone)
            make_request(session, new, actor=current_actor())
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _own_page(form), error)
    flash(_("Your request is recorded. Below stands until when you get an answer."), "success")
    return redirect(url_for(".show_own"), 303)


def _own_page(form: AskForm) -> str:
    person_id = current_actor().person_id or ""
    with edge().storage.reading() as session:
        held = restriction_in_force(session, person_id)
        asked = [_request_facts(session, row) for row in requests_of(session, person_id)]
        restriction = restriction_facts(session, held) if held else None
    return render_template("privacy/own.html", form=form, requests=asked, restriction=restriction)


@blueprint.route("/privacy/requests/add", methods=["GET", "POST"])
@requires(Permission.ERASURE_DECIDE)
def add_request() -> ResponseReturnValue:
    """Record a request that came by letter, by e-mail or spoken, with the day on which it came."""
    form, actor = RecordRequestForm(), current_actor()
    with edge().storage.reading() as session:
        # Whoever was erased has nothing left to ask about.
        people = [row.person for row in list_people(session, actor) if not row.person.erased_at]
    form.person.choices = choices_of([("", _("Choose")), *_named(people)])

    def show() -> str:
        return render_template("privacy/add_request.html", form=form)

    if not form.is_submitted():
        return show()
    if not form.validate():
        return show_again(form, show)
    new = NewRequest(Asked(form.asked.data), form.words.data, edge().zone, Way(form.way.data), form.received.data)
    try:
        with acting(url_for(".show_desk")) as session:
            request = record_request(session, form.person.data, new, actor=actor)
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    return redirect(url_for(".show_request", request_id=request.id), 303)


def _named(people: list[Person]) -> list[tuple[str, str]]:
    return [(person.id, f"{person.name or person.id} · {person.login or ''}") for person in people]


@blueprint.get("/privacy/requests/<uuid:request_id>")
@requires(Permission.ERASURE_DECIDE)
def show_request(request_id: object) -> ResponseReturnValue:
    """Show a request with its term, and what can be done: take more time, answer."""
    return _request_page(str(request_id))


@blueprint.post("/privacy/requests/<uuid:request_id>/extension")
@requires(Permission.ERASURE_DECIDE)
def extend(request_id: object) -> ResponseReturnValue:
    """Take more time for an answer, once; the person reads why."""
    form, asked = ExtendForm(), str(request_id)

    def act(session: Session) -> None:
        months, actor = int(form.months.data), current_actor()
        extend_request(session, asked, months, zone=edge().zone, actor=actor, reason=form.reason.data)

    return _act(asked, form, act, _("There is more time. The person reads why on their page; tell others by letter."))


@blueprint.post("/privacy/requests/<uuid:request_id>/answer")
@requires(Permission.ERASURE_DECIDE)
def answer(request_id: object) -> ResponseReturnValue:
    """Answer a request; its clock stops."""
    form, asked = AnswerForm(), str(request_id)

    def act(session: Session) -> None:
        answer_request(session, asked, Outcome(form.outcome.data), actor=current_actor(), reason=form.reason.data)

    return _act(asked, form, act, _("Answered. The person reads it on their page; write to whoever cannot sign in."))


def _act(asked: str, form: ActForm, act: Any, done: str) -> ResponseReturnValue:
    landing = url_for(".show_request", request_id=asked)
    if not form.validate():
        return show_again(form, lambda: _request_page(asked, form))
    try:
        with acting(landing) as session:
            act(session)
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _request_page(asked, form), error)
    flash(done, "success")
    return redirect(landing, 303)


def _request_page(asked: str, form: ActForm | None = None) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        request = access_request(session, asked, actor)
        facts = _request_facts(session, request)
    return render_template(
        "privacy/request.html",
        request=facts,
        form=form,
        extending=form if isinstance(form, ExtendForm) else ExtendForm(formdata=None),
        answering=form if isinstance(form, AnswerForm) else AnswerForm(formdata=None),
        is_own=request.person_id == actor.person_id,
        # What was typed stays in sight, also where somebody else was quicker.
        may_answer=not request.stopped_at or form is not None,
        may_extend=isinstance(form, ExtendForm) or (not request.more_months and clock.now() <= request.due_at),
    )


def _request_facts(session: Session, request: DataRequest) -> dict[str, Any]:
    """Return what pages show of a request, its texts opened."""
    texts = texts_behind(session, [request.words, request.delay, request.answer])
    doers = [f"person:{request.person_id}", request.recorded_by, request.extended_by, request.answered_by]
    names = names_of_actors(session, doers)
    return request_row(request, {request.person_id: names[f"person:{request.person_id}"]}) | {
        "person_id": request.person_id,
        "kind": request.asked.value,
        "way": translate(WAYS[request.way]),
        "words": texts.get(request.words, ""),
        "recorded_by": names[request.recorded_by],
        "recorded_at": request.recorded_at,
        "delay": texts.get(request.delay or "", ""),
        "months": request.more_months,
        "extended_by": names.get(request.extended_by or "", ""),
        "answer": texts.get(request.answer or "", ""),
        "answered_by": names.get(request.answered_by or "", ""),
        "answered_at": request.stopped_at,
        "erasure": request.erasure_id,
        "restriction": request.restriction_id,
    }
