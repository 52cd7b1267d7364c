"""The privacy desk: everything that waits with its term, for those who may decide."""

from datetime import datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.identity.queries import names_of
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_
from app.privacy.models import Breach, DataRequest, Restriction, Timed
from app.privacy.queries.desk import breaches_shown, count_waiting, requests_shown, restrictions_shown
from app.privacy.rules.breaching import BREACH_SOURCES
from app.privacy.rules.requests import ASKED, OUTCOMES
from app.privacy.rules.restricting import RESTRICTION_ARTICLES, RESTRICTION_GROUNDS
from app.privacy.rules.terms import Urgency, urgency_of
from app.privacy.services.reminding import AHEAD
from app.privacy.views.blueprint import blueprint
from app.web.access import requires
from app.web.languages import translate
from app.web.visitors import NavigationItem, current_actor, edge

URGENCIES: dict[Urgency, tuple[str, str, str]] = {
    Urgency.RUNNING: ("info", "clock", N_("In time")),
    Urgency.SOON: ("warn", "clock", N_("Due soon")),
    Urgency.OVERDUE: ("bad", "warning", N_("Overdue")),
    Urgency.MET: ("ok", "check-circle", N_("Done in time")),
    Urgency.MISSED: ("warn", "history", N_("Done late")),
}
"""How a term looks: its colour, its sign and its word."""


def waiting_at_desk(actor: Actor) -> tuple[int, int]:
    """Return how much waits at the desk for this actor, and how much of it is overdue."""
    with edge().storage.reading() as session:
        waiting = count_waiting(session, actor)
    return waiting.open, waiting.overdue


NAVIGATION = NavigationItem(
    "privacy.show_desk",
    N_("Privacy desk"),
    "flag",
    lambda actor: actor.may(Permission.ERASURE_DECIDE),
    (
        *("privacy.show_desk", "privacy.add_request", "privacy.show_request", "privacy.extend", "privacy.answer"),
        *("privacy.add_breach", "privacy.show_breach", "privacy.describe", "privacy.decide", "privacy.notified"),
        "privacy.close",
    ),
    waiting_at_desk,
)
"""The entry of the desk in the main navigation, with what waits there."""


@blueprint.get("/privacy")
@requires(Permission.ERASURE_DECIDE)
def show_desk() -> ResponseReturnValue:
    """Show what people asked, which restrictions are in force, and the register of breaches, each with its term."""
    actor = current_actor()
    with edge().storage.reading() as session:
        asked, held = requests_shown(session, actor), restrictions_shown(session, actor)
        breaches = breaches_shown(session, actor) if actor.may(Permission.INCIDENT_OPEN) else ()
        names = names_of(session, {row.person_id for row in asked} | {row.person_id for row in held})
        facts: dict[str, Any] = {
            "requests": [request_row(row, names) for row in asked],
            "restrictions": [_restriction_row(row, names) for row in held],
            "breaches": [_breach_row(session, row) for row in breaches],
        }
    return render_template("privacy/desk.html", may_open=actor.may(Permission.INCIDENT_OPEN), **facts)


def term_of(row: Timed) -> dict[str, Any]:
    """Return where the term of a request or a breach stands, as pages show it."""
    ahead = next(span for model, span in AHEAD.items() if isinstance(row, model))
    urgency = urgency_of(row.due_at, ahead, row.stopped_at, clock.now())
    tone, icon, word = URGENCIES[urgency]
    return {"tone": tone, "icon": icon, "word": translate(word), "due": row.due_at, "urgency": urgency.value}


def request_row(row: DataRequest, names: dict[str, str]) -> dict[str, Any]:
    """Return what a list shows of a request."""
    return {
        "id": row.id,
        "person": names.get(row.person_id, row.person_id),
        "asked": translate(ASKED[row.asked]),
        "received": datetime.fromisoformat(row.received_on).date(),
        "outcome": translate(OUTCOMES[row.outcome]) if row.outcome else "",
        "term": term_of(row),
    }


def _restriction_row(row: Restriction, names: dict[str, str]) -> dict[str, Any]:
    return {
        "person_id": row.person_id,
        "person": names.get(row.person_id, row.person_id),
        "ground": f"{translate(RESTRICTION_GROUNDS[row.ground])} ({RESTRICTION_ARTICLES[row.ground]})",
        "since": row.set_at,
        "announced": row.announced_at,
    }


def _breach_row(session: Session, row: Breach) -> dict[str, Any]:
    return {
        "id": row.id,
        "source": translate(BREACH_SOURCES[row.source]),
        "detected": row.detected_at,
        "authority": answer_word(row.notify_authority),
        "people": answer_word(row.notify_people),
        "closed": row.closed_at,
        "term": term_of(row),
    }


def answer_word(decided: bool | None) -> str:
    """Return a decision in a word."""
    return translate(N_("not decided")) if decided is None else translate(N_("Yes") if decided else N_("No"))
