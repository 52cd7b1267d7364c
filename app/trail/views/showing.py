"""The trail on pages: filtered, old → new → reason, newest acts of an operator first."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.exercises.views.wording import shown_language
from app.identity.rules import ROLE_LABELS
from app.kernel import clock
from app.kernel.actors import Permission
from app.trail.queries import PAGE_SIZE, Filter, TrailRow, exercises_behind, operator_trail, record_trail
from app.trail.rules.actions import ACTIONS
from app.trail.rules.facts import NO_TITLES, WORDS, Titles, changes
from app.web.access import requires
from app.web.formats import show_time
from app.web.languages import page_language, translate
from app.web.visitors import current_actor, edge

IS_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/records/<uuid:record_id>/trail")(show_record_trail)
    blueprint.get("/trail")(show_trail)


@requires(Permission.TRAIL_READ)
def show_record_trail(record_id: object) -> ResponseReturnValue:
    """Show every line about one record, in order."""
    chosen = read_filter()
    with edge().storage.reading() as session:
        record, rows = record_trail(session, str(record_id), current_actor())
        titles = titles_of(session, rows)
    return render_template(
        "trail/record.html",
        record=record,
        rows=kept_rows(rows, chosen, titles),
        count=len(rows),
        **filter_words(chosen, rows),
    )


@requires(Permission.TRAIL_VERIFY)
def show_trail() -> ResponseReturnValue:
    """Show the log of the operator, newest first, a hundred lines a page."""
    chosen = read_filter()
    page = max(1, request.args.get("page", 1, type=int))
    with edge().storage.reading() as session:
        rows, count = operator_trail(session, current_actor(), page=page)
        titles = titles_of(session, rows)
    return render_template(
        "trail/operator.html",
        rows=kept_rows(rows, chosen, titles),
        count=count,
        page=page,
        pages=max(1, -(-count // PAGE_SIZE)),
        address=url_for("trail.show_trail", actor=chosen.actor, action=chosen.action, text=chosen.text),
        **filter_words(chosen, rows),
    )


def read_filter() -> Filter:
    """Return the filter that the address asks for."""
    return Filter(*(request.args.get(name, "").strip()[:200] for name in ("actor", "action", "text")))


def titles_of(session: Session, rows: Sequence[TrailRow]) -> dict[str, Titles]:
    """Return what the steps and fields in these rows are called in the reader's language, by the rows' subject."""
    return {
        subject: Titles.of(exercise, shown_language(exercise, page_language()))
        for subject, exercise in exercises_behind(session, rows).items()
    }


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
        "tone": "warn" if row.after.get("out_of_limit") else "bad" if row.action.value.endswith(":refuse") else "",
    }


def fact_words(fact: str, text: str) -> str:
    """Return a fact as people read it: a word of a closed list by its name, a time in the hub's zone, else as it is."""
    known = WORDS.get(fact, {})
    if text in known:
        return translate(known[text])
    return show_time(clock.from_text(text)) if IS_TIME.fullmatch(text) else text


def role_words(roles: str) -> str:
    """Return the roles of a line in the reader's language."""
    known = {role.value: label for role, label in ROLE_LABELS.items()}
    return ", ".join(translate(known[role]) if role in known else role for role in roles.split("+") if role != "none")


def filter_words(chosen: Filter, rows: list[TrailRow]) -> dict[str, Any]:
    """Return what the filter bar offers: the people and acts that these rows name."""
    people = sorted({(row.actor, row.name) for row in rows}, key=lambda pair: pair[1])
    acts = sorted({(row.action.value, translate(ACTIONS[row.action])) for row in rows}, key=lambda pair: pair[1])
    every = [("", translate("All"))]
    return {"chosen": chosen, "people": every + people, "acts": every + acts}
