"""The pages: one's own competencies, another's for those who may see them, and the panel on the page of a person."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.competencies.models import Decision
from app.competencies.queries import CompetencyStanding, standing_of
from app.competencies.rules.awarding import State
from app.competencies.rules.labels import ENDING_SOON, STATES, VERDICTS
from app.identity.queries import person_name
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import NotFound
from app.web.access import requires
from app.web.formats import show_day, show_time
from app.web.languages import page_language, translate
from app.web.pages import url_if_there
from app.web.visitors import current_actor, edge

blueprint = Blueprint("competencies", __name__, url_prefix="/competencies", template_folder="templates")


@blueprint.get("")
@requires(Permission.COMPETENCY_READ)
def show_mine() -> ResponseReturnValue:
    """Show what the person who asks may do, until when, and the records behind it."""
    actor = current_actor()
    return render_template("competencies/mine.html", groups=_groups(actor.person_id or "", actor))


@blueprint.get("/people/<person_id>")
@requires(Permission.COMPETENCY_READ)
def show_person(person_id: str) -> ResponseReturnValue:
    """Show another person's competencies; one of another operator does not exist here."""
    actor = current_actor()
    groups = _groups(person_id, actor)
    with edge().storage.reading() as session:
        name = person_name(session, person_id)
    return render_template("competencies/person.html", groups=groups, name=name, person_id=person_id)


def person_panel(person_id: str, actor: Actor) -> str:
    """Return the competencies of a person as a block of their page, or nothing for who may not see them."""
    if not actor.may(Permission.COMPETENCY_READ):
        return ""
    if person_id != actor.person_id and not actor.may(Permission.PERSON_READ):
        return ""
    try:
        groups = _groups(person_id, actor)
    except NotFound:
        return ""
    address = url_for("competencies.show_person", person_id=person_id)
    return Markup(render_template("competencies/_panel.html", groups=groups, address=address))  # noqa: S704


def _groups(person_id: str, actor: Actor) -> list[dict[str, Any]]:
    """Return the standings by operator, each as a page shows it."""
    now = clock.now()
    with edge().storage.reading() as session:
        found = standing_of(session, person_id, actor, at=now)
    by_operator: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        by_operator.setdefault(one.operator_name, []).append(_shown(one, now))
    # What the person may do comes first, then what is on its way, then the rest.
    return [
        {"operator": operator, "standings": sorted(shown, key=lambda one: (one["order"], one["code"]))}
        for operator, shown in sorted(by_operator.items())
    ]


def _shown(one: CompetencyStanding, now: datetime) -> dict[str, Any]:
    tone, icon, label = ENDING_SOON if one.standing.ends_soon(now) else STATES[one.state]
    behind = one.behind
    return {
        "order": list(State).index(one.state),
        "code": one.competency.code,
        "title": one.competency.title.in_language(page_language()),
        "scope": one.competency.scope.in_language(page_language()),
        "state": one.state.value,
        "tone": tone,
        "icon": icon,
        "label": translate(label),
        "passes": one.standing.passes,
        "needed": one.standing.needed,
        "months": one.competency.validity_months,
        "until": _until(one.standing.valid_until, behind),
        "reassess_on": show_day(date.fromisoformat(behind.reassess_on)) if behind and behind.reassess_on else "",
        "behind": _decision(behind, one) if behind else None,
        "history": [_decision(row, one) for row in one.history],
    }


def _decision(row: Decision, of: CompetencyStanding) -> dict[str, Any]:
    return {
        "verdict": translate(VERDICTS[row.verdict]),
        "passed": row.verdict.value == "competent",
        "awards": row.awards,
        "set_aside": row.id in of.set_aside,
        "at": show_time(row.decided_at, row.zone),
        "assessor": of.assessors.get(row.assessor_id, ""),
        "number": row.record_number,
        "digest": row.record_digest,
        "url": url_if_there("notebook.show_record", record_id=row.record_id),
        "exercise": f"{row.exercise_code} · {row.exercise_version}",
        "scope": of.texts.get(row.scope or "", ""),
        "grounds": of.texts.get(row.grounds or "", ""),
        "until": _until(row.valid_until, row),
    }


def _until(moment: datetime | None, row: Decision | None) -> str:
    """Return the last day of validity, which is a day in the zone of the operator and not of whoever reads."""
    if moment is None or row is None:
        return ""
    return show_day(moment.astimezone(ZoneInfo(row.zone)).date())
