"""Where people start: "For you", the list of records, issuing a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
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
from app.notebook.views.page import NOT_IN_A_FORM, keep_in_form, words_of
from app.notebook.views.placing import room_choices
from app.notebook.views.wording import exercise_title
from app.web.access import requires, signed_in
from app.web.acting import acting
from app.web.formats import show_date
from app.web.languages import translate
from app.web.opened import shown_text
from app.web.visitors import current_actor, current_visitor, edge

PAGE_SIZE = 50
MOST_PROGRESS = 12
"""For so many records of a pile at most the page says how far they are: each costs a reading of the whole record."""


@dataclass(frozen=True)
class Pile:
    """One list of the start page: its look, its title, what a person does with what lies there, and where."""

    icon: str
    title: str
    action: str = ""
    endpoint: str = "notebook.show_record"
    tone: str = ""
    in_hand: bool = False


TO_CORRECT = Pile("return", N_("To correct"), N_("Correct"), tone="warn", in_hand=True)
TO_DO = Pile("list", N_("To do"), N_("Continue"), "notebook.go_on", in_hand=True)
TO_REVIEW = Pile("eye", N_("To review"), N_("Review"), "assessment.review")
WAITING = Pile("hourglass", N_("Waiting for others"))
CLOSED = Pile("history", N_("Lately closed"))


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
            _work(session, TO_CORRECT, work.to_correct),
            _work(session, TO_DO, work.to_do),
            _work(session, TO_REVIEW, work.to_review),
            _work(session, WAITING, work.waiting),
            _work(session, CLOSED, work.recent),
        ]
    return render_template(
        "notebook/start.html",
        lists=[
            found for found in lists if found["items"] or (found["always"] and actor.may(Permission.RECORD_EXECUTE))
        ],
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
        stubs = [record for record, _correction in queries.filed_in_error(session, current_actor().person_id)]
    return render_template(
        "notebook/records.html",
        items=items,
        stubs=stubs,
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
            room_id=request.form.get("room") or None,
        )
        with acting(landing=url_for("notebook.show_records")) as session:
            record = issue_record(session, wanted, actor=actor)
    except NOT_IN_A_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _issue_page(request.form, error), status
    flash(_("Record %(number)s is issued.", number=record.number), "success")
    return redirect(url_for("notebook.show_record", record_id=record.id), 303)


def _issue_page(typed: Any, error: CahierError | None) -> str:
    actor = current_actor()
    issuing = actor.may(Permission.RECORD_ISSUE)
    actor.require(Permission.RECORD_ISSUE if issuing else Permission.RECORD_PRACTISE)
    with edge().storage.reading() as session:
        exercises = [
            (
                found.exercise.code,
                f"{found.exercise.code} · {exercise_title(found.exercise)}",
            )
            for found in list_exercises(session)
        ]
        performers = _performers(session, actor) if issuing else []
        rooms, last_room = room_choices(session, actor.operator_id), queries.last_room(session, actor)
    purposes = [(key.value, translate(label)) for key, label in PURPOSES.items()]
    return render_template(
        "notebook/issue.html",
        exercises=exercises,
        performers=performers,
        purposes=purposes,
        rooms=rooms,
        last_room=last_room,
        issuing=issuing,
        typed=typed,
        **words_of(error),
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


def _work(session: Session, pile: Pile, records: Sequence[Record]) -> dict[str, Any]:
    items = _items(session, records)
    for item, record in zip(items, records, strict=True):
        item["url"] = url_for(pile.endpoint, record_id=record.id)
        item["progress"] = _progress(session, record) if pile.in_hand and len(items) <= MOST_PROGRESS else ""
        item["note"] = shown_text(session, record.note) if pile is TO_CORRECT else ""
    return {
        "icon": pile.icon,
        "tone": pile.tone if records else "",
        "title": translate(pile.title),
        "items": items,
        "action": translate(pile.action) if pile.action else "",
        "always": pile is TO_DO,
    }


def _progress(session: Session, record: Record) -> str:
    steps = queries.sheet_of(session, record).steps
    return translate(N_("%(done)s of %(total)s steps done"), done=sum(step.is_done for step in steps), total=len(steps))


def _items(session: Session, records: Sequence[Record]) -> list[dict[str, Any]]:
    names = names_of(session, {record.performer_id for record in records})
    return [_item(session, record, names) for record in records]


def _item(session: Session, record: Record, names: dict[str, str]) -> dict[str, Any]:
    look, label = RECORD_STATES[record.state]
    exercise = pinned_exercise(session, record.exercise_code, record.exercise_version, record.exercise_digest)
    title = exercise_title(exercise)
    return {
        "id": record.id,
        "number": record.number,
        "title": title,
        "exercise": f"{record.exercise_code} v{record.exercise_version}",
        "performer": names.get(record.performer_id, ""),
        "purpose": translate(PURPOSES[record.purpose]),
        "state": look,
        "state_label": translate(label),
        "misattributed": record.misattributed_at is not None,
        "at": show_date(record.closed_at or record.completed_at or record.started_at or record.issued_at),
        "url": url_for("notebook.show_record", record_id=record.id),
    }


def _first_name(name: str) -> str:
    return name.split(" ", 1)[0]
