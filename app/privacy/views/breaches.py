"""Breaches at the desk: opening one, its facts, who is notified, closing; and the register to take away (GD-33/34)."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.identity.queries import names_of
from app.kernel import clock
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid, Refused
from app.privacy.forms import CloseForm, DecideForm, FactsForm, NotifiedForm, OpenBreachForm
from app.privacy.models import Breach
from app.privacy.queries.breach_register import breach_facts, register_of
from app.privacy.queries.desk import access_breach, breaches_shown, open_incidents
from app.privacy.rules.breaching import BREACH_KINDS, BREACH_SOURCES, BreachDecision, BreachKind
from app.privacy.services.breaching import (
    BreachFacts,
    close_breach,
    decide_breach,
    describe_breach,
    note_notified,
    open_breach,
)
from app.privacy.views.blueprint import blueprint
from app.privacy.views.desk import answer_word, term_of
from app.signatures.views.certificates import read_local_time
from app.web.access import requires
from app.web.acting import acting
from app.web.formats import show_time
from app.web.forms import ActForm, choices_of, show_again
from app.web.languages import translate
from app.web.visitors import current_actor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula (CSV injection)."""


@blueprint.route("/privacy/breaches/add", methods=["GET", "POST"])
@requires(Permission.INCIDENT_OPEN)
def add_breach() -> ResponseReturnValue:
    """Open a breach: when it was found, and what is known by now."""
    form, actor = OpenBreachForm(), current_actor()
    with edge().storage.reading() as session:
        found = open_incidents(session, actor)
        names = names_of(session, {one.person_id for one in found})
    about = [(one.id, f"{names.get(one.person_id, one.person_id)} · {show_time(one.opened_at)}") for one in found]
    form.incident.choices = choices_of([("", _("none")), *about])

    def show() -> str:
        return render_template("privacy/add_breach.html", form=form)

    if not form.is_submitted():
        form.detected.data = _now_typed()
        return show()
    if not form.validate():
        return show_again(form, show)
    try:
        detected = _moment(form.detected.data, "detected")
        with acting(url_for(".show_desk")) as session:
            facts, incident = _typed_facts(form), form.incident.data or None
            breach = open_breach(session, detected, facts, actor=actor, incident_id=incident)
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    return redirect(url_for(".show_breach", breach_id=breach.id), 303)


@blueprint.get("/privacy/breaches/<uuid:breach_id>")
@requires(Permission.INCIDENT_OPEN)
def show_breach(breach_id: object) -> ResponseReturnValue:
    """Show a breach with its clock, and what can be done."""
    return _page(str(breach_id))


@blueprint.post("/privacy/breaches/<uuid:breach_id>/facts")
@requires(Permission.INCIDENT_OPEN)
def describe(breach_id: object) -> ResponseReturnValue:
    """Say what is known of a breach by now."""
    form, broken = FactsForm(), str(breach_id)

    def act(session: Session) -> None:
        describe_breach(session, broken, _typed_facts(form), actor=current_actor())

    return _act(broken, form, act, _("Recorded. What was said before stays in the trail."))


@blueprint.post("/privacy/breaches/<uuid:breach_id>/decision")
@requires(Permission.INCIDENT_OPEN)
def decide(breach_id: object) -> ResponseReturnValue:
    """Decide who is notified, and what they are told."""
    form, broken = DecideForm(), str(breach_id)

    def act(session: Session) -> None:
        texts = form.authority_text.data or "", form.people_text.data or ""
        decision = BreachDecision(form.authority.data == "yes", form.tell.data == "yes", *texts)
        decide_breach(session, broken, decision, actor=current_actor(), reason=form.reason.data)

    return _act(broken, form, act, _("Decided. Another person closes the breach when all is done."))


@blueprint.post("/privacy/breaches/<uuid:breach_id>/notified/<any(authority,people):whom>")
@requires(Permission.INCIDENT_OPEN)
def notified(breach_id: object, whom: str) -> ResponseReturnValue:
    """Note when the authority, or the people concerned, were notified."""
    form, broken = NotifiedForm(), str(breach_id)

    def act(session: Session) -> None:
        at, late = _moment(form.notified.data, "notified"), form.late.data or ""
        note_notified(session, broken, at, people=whom == "people", actor=current_actor(), late=late)

    return _act(broken, form, act, _("Noted."))


@blueprint.post("/privacy/breaches/<uuid:breach_id>/closing")
@requires(Permission.INCIDENT_OPEN)
def close(breach_id: object) -> ResponseReturnValue:
    """Close a breach as the second person."""
    form, broken = CloseForm(), str(breach_id)

    def act(session: Session) -> None:
        close_breach(session, broken, actor=current_actor(), reason=form.reason.data)

    return _act(broken, form, act, _("The breach is closed. It stays in the register."))


@blueprint.get("/privacy/breaches.csv")
@requires(Permission.INCIDENT_OPEN)
def export_register() -> ResponseReturnValue:
    """Give the register of all breaches as CSV, those that nobody was notified of too (GDPR 33(5))."""
    with edge().storage.reading() as session:
        rows = register_of(session, breaches_shown(session, current_actor()))
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(rows[0] if rows else ["id"])
    for row in rows:
        cells = ["" if value is None else str(value) for value in row.values()]
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    headers = {"Content-Disposition": 'attachment; filename="breaches.csv"'}
    return Response(buffer.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _act(broken: str, form: ActForm, act: Callable[[Session], None], done: str) -> ResponseReturnValue:
    landing = url_for(".show_breach", breach_id=broken)
    if not form.validate():
        return show_again(form, lambda: _page(broken, form))
    try:
        with acting(landing) as session:
            act(session)
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _page(broken, form), error)
    flash(done, "success")
    return redirect(landing, 303)


def _page(broken: str, form: ActForm | None = None) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        breach = access_breach(session, broken, actor)
        facts = breach_facts(session, breach)
    forms = {kind: kind(formdata=None) for kind in (FactsForm, DecideForm, NotifiedForm, CloseForm)}
    _fill(forms[FactsForm], facts)
    forms[NotifiedForm].notified.data = _now_typed()
    if form:
        forms[type(form)] = form
    return render_template(
        "privacy/breach.html",
        breach=facts | _words(breach),
        term=term_of(breach),
        form=form,
        describing=forms[FactsForm],
        deciding=forms[DecideForm],
        notifying=forms[NotifiedForm],
        closing=forms[CloseForm],
        is_late=clock.now() > breach.due_at,
        is_own=breach.decided_by == actor.pseudonym,
        may_close=bool(breach.stopped_at) and (not breach.notify_people or bool(breach.people_notified_at)),
    )


def _words(breach: Breach) -> dict[str, Any]:
    return {
        "source_word": translate(BREACH_SOURCES[breach.source]),
        "kind_words": [translate(BREACH_KINDS[BreachKind(kind)]) for kind in breach.kinds],
        "authority_word": answer_word(breach.notify_authority),
        "people_word": answer_word(breach.notify_people),
    }


def _fill(form: ActForm, facts: dict[str, Any]) -> None:
    for name in ("kinds", "nature", "concerned", "people", "records", "consequences", "measures"):
        form[name].data = facts[name]


def _typed_facts(form: FactsForm) -> BreachFacts:
    return BreachFacts(
        tuple(BreachKind(kind) for kind in form.kinds.data or ()),
        form.nature.data,
        form.concerned.data or "",
        form.people.data,
        form.records.data,
        form.consequences.data or "",
        form.measures.data or "",
    )


def _moment(typed: str, field: str) -> datetime:
    try:
        return read_local_time(typed, edge().zone)
    except Invalid as error:
        raise Invalid(fields=dict.fromkeys([field], next(iter(error.fields.values())))) from None


def _now_typed() -> str:
    return clock.now().astimezone(ZoneInfo(edge().zone)).strftime("%Y-%m-%dT%H:%M")
