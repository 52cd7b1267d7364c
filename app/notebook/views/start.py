"""Where people start: "For you", the list of records, issuing a record."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.exercises.queries import list_exercises, pinned_exercise
from app.identity.queries import holders_of, list_cohorts, members_of, names_of
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import N_, CahierError, Invalid
from app.notebook import queries
from app.notebook.models import Record
from app.notebook.rules.labels import PURPOSES, RECORD_STATES
from app.notebook.rules.words import Purpose, RecordState
from app.notebook.services.issuing import Issue, issue_record
from app.notebook.views.page import keep_in_form
from app.web.access import requires, signed_in
from app.web.acting import acting
from app.web.formats import show_time
from app.web.languages import page_language, translate
from app.web.visitors import current_actor, current_visitor, edge

PAGE_SIZE = 50


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/")(show_start)
    blueprint.get("/records")(show_records)
    blueprint.get("/records/new")(show_issue)
    blueprint.post("/records/new")(issue)


@signed_in
def show_start() -> ResponseReturnValue:
    """Show what waits for this person: to do, to correct, waiting for others, to review."""
    actor = current_actor()
    visitor = current_visitor()
    if not actor.may(Permission.RECORD_READ):
        return render_template("notebook/start.html", lists=[], first_name=_first_name(visitor.name if visitor else ""))
    with edge().storage.reading() as session:
        work = queries.worklist(session, actor)
        lists = [
            _work(session, "return", "warn", N_("To correct"), work.to_correct, N_("Correct"), "primary"),
            _work(session, "list", "", N_("To do"), work.to_do, N_("Continue"), "primary"),
            _work(session, "eye", "", N_("To review"), work.to_review, N_("Review"), "primary"),
            _work(session, "hourglass", "", N_("Waiting for others"), work.waiting, "", ""),
            _work(session, "history", "", N_("Lately closed"), work.recent, "", ""),
        ]
    return render_template(
        "notebook/start.html",
        lists=[found for found in lists if found["items"] or found["always"]],
        first_name=_first_name(visitor.name if visitor else ""),
        can_issue=actor.may(Permission.RECORD_ISSUE),
        can_practise=actor.may(Permission.RECORD_PRACTISE) and actor.operator_id is not None,
    )


@requires(Permission.RECORD_READ)
def show_records() -> ResponseReturnValue:
    """List the records this person may see, newest first, by state and number."""
    wanted = request.args.get("state", "")
    state = RecordState(wanted) if wanted in set(RecordState) else None
    search = request.args.get("search", "").strip()
    page = max(1, request.args.get("page", 1, type=int))
    with edge().storage.reading() as session:
        rows, count = queries.list_records(
            session, current_actor(), state=state, search=search, page=page, size=PAGE_SIZE
        )
        items = _items(session, rows)
    return render_template(
        "notebook/records.html",
        items=items,
        count=count,
        page=page,
        pages=max(1, -(-count // PAGE_SIZE)),
        state=state.value if state else "",
        search=search,
        states=[("", translate(N_("All")))]
        + [(key.value, translate(label)) for key, (_, label) in RECORD_STATES.items()],
    )


@signed_in
def show_issue() -> ResponseReturnValue:
    """Show the form by which an assessor issues a record, or a trainee begins practice."""
    return _issue_page(request.args, None)


@signed_in
def issue() -> ResponseReturnValue:
    """Issue a record."""
    actor = current_actor()
    try:
        wanted = Issue(
            exercise_code=request.form.get("exercise", ""),
            performer_id=request.form.get("performer", "") or actor.person_id or "",
            purpose=_purpose(request.form.get("purpose", "")),
            cohort_id=request.form.get("cohort") or None,
        )
        with acting(landing=url_for("notebook.show_start")) as session:
            record = issue_record(session, wanted, actor=actor)
    except (Invalid, LookupError) as error:
        known = error if isinstance(error, CahierError) else Invalid()
        return _issue_page(request.form, known), keep_in_form(known)
    if record.performer_id == actor.person_id:
        return redirect(url_for("notebook.show_record", record_id=record.id), 303)
    return redirect(url_for("notebook.show_records"), 303)


def _issue_page(typed: Any, error: CahierError | None) -> str:
    actor = current_actor()
    issuing = actor.may(Permission.RECORD_ISSUE)
    actor.require(Permission.RECORD_ISSUE if issuing else Permission.RECORD_PRACTISE)
    with edge().storage.reading() as session:
        exercises = [
            (found.exercise.code, f"{found.exercise.code} · {found.exercise.title.in_language(page_language())}")
            for found in list_exercises(session)
        ]
        performers = _performers(session, actor) if issuing else []
    purposes = [(key.value, translate(label)) for key, label in PURPOSES.items()]
    return render_template(
        "notebook/issue.html",
        exercises=exercises,
        performers=performers,
        purposes=purposes,
        issuing=issuing,
        typed=typed,
        error=translate(error.message, **error.values) if error else "",
    )


def _performers(session: Session, actor: Actor) -> list[tuple[str, str]]:
    people = {person.id: person.name or "" for person in holders_of(session, actor.operator_id or "", Role.TRAINEE)}
    cohorts: dict[str, str] = {}
    for cohort in list_cohorts(session, actor):
        cohorts |= {person.id: cohort.name for person in members_of(session, cohort.id)}
    return [(found, f"{name} · {cohorts[found]}" if found in cohorts else name) for found, name in people.items()]


def _purpose(text: str) -> Purpose:
    try:
        return Purpose(text)
    except ValueError:
        raise Invalid(fields={"purpose": N_("Choose one of the answers offered.")}) from None


def _work(
    session: Session, icon: str, tone: str, title: str, records: Sequence[Record], action: str, kind: str
) -> dict[str, Any]:
    return {
        "icon": icon,
        "tone": tone if records else "",
        "title": translate(title),
        "items": _items(session, records),
        "action": translate(action) if action else "",
        "kind": kind,
        "always": title == N_("To do"),
    }


def _items(session: Session, records: Sequence[Record]) -> list[dict[str, Any]]:
    names = names_of(session, {record.performer_id for record in records})
    return [_item(session, record, names) for record in records]


def _item(session: Session, record: Record, names: dict[str, str]) -> dict[str, Any]:
    look, label = RECORD_STATES[record.state]
    exercise = pinned_exercise(session, record.exercise_code, record.exercise_version, record.exercise_digest)
    title = exercise.title.in_language(page_language())
    return {
        "id": record.id,
        "number": record.number,
        "title": title,
        "exercise": f"{record.exercise_code} v{record.exercise_version}",
        "performer": names.get(record.performer_id, ""),
        "purpose": translate(PURPOSES[record.purpose]),
        "state": look,
        "state_label": translate(label),
        "at": show_time(record.completed_at or record.started_at or record.issued_at),
        "url": url_for("notebook.show_record", record_id=record.id),
    }


def _first_name(name: str) -> str:
    return name.split(" ", 1)[0]
