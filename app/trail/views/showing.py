"""The trail on pages: filtered, old → new → reason, newest acts of an operator first."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.exercises.errors import UnknownPart
from app.exercises.rules.master import Exercise
from app.exercises.views.wording import shown_language
from app.identity.rules.roles import ROLE_LABELS
from app.kernel import clock
from app.kernel.actors import Permission
from app.kernel.errors import Invalid
from app.notebook.views.wording import Reader, stored_text
from app.trail.queries import (
    PAGE_SIZE,
    Filter,
    TrailRow,
    exercises_behind,
    operator_trail,
    people_behind,
    record_trail,
)
from app.trail.rules.actions import ACTIONS
from app.trail.rules.facts import NO_TITLES, WORDS, Titles, changes
from app.trail.rules.filters import is_exceptional, read_days
from app.web.access import requires
from app.web.formats import show_time
from app.web.languages import page_language, translate
from app.web.visitors import current_actor, edge

FIELDS = ("actor", "action", "text", "since", "until", "subject")
UNREADABLE = (UnknownPart, ValueError, ArithmeticError, KeyError, TypeError, AttributeError)
"""What saying a value that somebody tampered with may raise; it is shown as it is stored then."""
IS_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/records/<uuid:record_id>/trail")(show_record_trail)
    blueprint.get("/trail")(show_trail)


@requires(Permission.TRAIL_READ)
def show_record_trail(record_id: object) -> ResponseReturnValue:
    """Show every line about one record in order, and before them those that a reviewer reads first."""
    chosen, wrong = read_filter()
    with edge().storage.reading() as session:
        record, rows = record_trail(session, str(record_id), current_actor())
        titles = titles_of(session, rows)
    kept = [] if wrong else kept_rows(rows, chosen, titles)
    page = render_template(
        "trail/record.html",
        record=record,
        rows=kept,
        exceptional=[row for row in kept if row["is_exceptional"]],
        count=len(rows),
        **filter_words(chosen, rows, wrong),
    )
    return page, 422 if wrong else 200


@requires(Permission.TRAIL_VERIFY)
def show_trail() -> ResponseReturnValue:
    """Show the log of the operator, newest first, a hundred lines a page."""
    chosen, wrong = read_filter()
    page = max(1, request.args.get("page", 1, type=int))
    with edge().storage.reading() as session:
        rows, count = ([], 0) if wrong else operator_trail(session, current_actor(), page=page, chosen=chosen)
        titles = titles_of(session, rows)
        known = people_behind(session, current_actor())
    words = filter_words(chosen, rows, wrong, known)
    shown = render_template(
        "trail/operator.html",
        rows=kept_rows(rows, chosen, titles),
        count=count,
        page=page,
        pages=max(1, -(-count // PAGE_SIZE)),
        address=url_for("trail.show_trail", **words["typed"]),
        **words,
    )
    return shown, 422 if wrong else 200


def read_filter() -> tuple[Filter, dict[str, str]]:
    """Return the filter that the address asks for, and what is wrong with its days, by field."""
    asked = typed_filter()
    wrong: dict[str, str] = {}
    days: tuple[datetime | None, datetime | None] = (None, None)
    try:
        days = read_days(asked["since"], asked["until"], edge().zone)
    except Invalid as error:
        wrong = {name: translate(text) for name, text in error.fields.items()}
    return Filter(asked["actor"], asked["action"], asked["text"], *days, asked["subject"]), wrong


def typed_filter() -> dict[str, str]:
    """Return what was typed into the filter, as it was typed."""
    return {name: request.args.get(name, "").strip()[:200] for name in FIELDS}


def titles_of(session: Session, rows: Sequence[TrailRow]) -> dict[str, Titles]:
    """Return what the steps and fields in these rows are called in the reader's language, by the rows' subject."""
    return {
        subject: titles_for(exercise, shown_language(exercise, page_language()), edge().zone)
        for subject, exercise in exercises_behind(session, rows).items()
    }


def titles_for(exercise: Exercise, language: str, zone: str) -> Titles:
    """Return what an exercise calls its steps and fields, and how values of its fields are said."""
    reader = Reader(language, zone, "", {})

    def read(field_id: str, text: str) -> str:
        try:
            return stored_text(exercise.field(field_id), text, reader)
        except UNREADABLE:
            return text

    return Titles.of(exercise, language, read)


def kept_rows(rows: Sequence[TrailRow], chosen: Filter, titles: Mapping[str, Titles]) -> list[dict[str, Any]]:
    """Return the rows that a filter keeps, as the table shows them; a text is also found in titles."""
    shown = ((row, row_view(row, titles.get(row.subject, NO_TITLES))) for row in rows)
    return [
        view
        for row, view in shown
        if chosen.keeps(row, " ".join(f"{change['old']} {change['new']}" for change in view["changes"]))
    ]


def row_view(row: TrailRow, titles: Titles = NO_TITLES) -> dict[str, Any]:
    """Return a row as the table shows it."""
    return {
        "index": row.index,
        "at": show_time(row.at),
        "iso": clock.to_text(row.at),
        "in_doubt": row.in_doubt,
        "who": row.name,
        "role": role_words(row.role),
        "action": translate(ACTIONS[row.action]),
        "subject": row.after.get("record", ""),
        "leaf": row.leaf_hash[:16],
        "changes": [
            {
                "name": translate(change.name),
                "old": fact_words(change.fact, change.old),
                "new": fact_words(change.fact, change.new) or "–",
            }
            for change in changes(row.before, row.after, titles)
        ],
        "reason": row.reason,
        "is_exceptional": is_exceptional(row.action, row.after),
        "tone": "warn" if row.after.get("out_of_limit") else "bad" if row.action.value.endswith(":refuse") else "",
    }


def fact_words(fact: str, text: str) -> str:
    """Return a fact as people read it: a word of a closed list by its name, a time in the hub's zone, else as it is."""
    known = WORDS.get(fact, {})
    if text in known:
        return translate(known[text])
    if fact == "roles":
        return role_words(text.replace(", ", "+"))
    return show_time(clock.from_text(text)) if IS_TIME.fullmatch(text) else text


def role_words(roles: str) -> str:
    """Return the roles of a line in the reader's language."""
    known = {role.value: label for role, label in ROLE_LABELS.items()}
    return ", ".join(translate(known[role]) if role in known else role for role in roles.split("+") if role != "none")


def filter_words(
    chosen: Filter, rows: Sequence[TrailRow], wrong: Mapping[str, str], known: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what the filter bar shows and offers: the people and acts that these rows name, or all of a log.

    `known` are the people of the log by pseudonym; for a single record its own rows say it all.
    """
    names = {row.actor: row.name for row in rows} | dict(known or {})
    if chosen.actor:
        names.setdefault(chosen.actor, chosen.actor)
    listed = ACTIONS if known is not None else {row.action: ACTIONS[row.action] for row in rows}
    acts = {(action.value, translate(label)) for action, label in listed.items()}
    every = [("", translate("All"))]
    return {
        "typed": typed_filter(),
        "wrong": wrong,
        "people": every + sorted(names.items(), key=lambda pair: pair[1]),
        "acts": every + sorted(acts, key=lambda pair: pair[1]),
    }
