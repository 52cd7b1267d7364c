"""What of a record was reported to other systems, in words, for who may read the record."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.delivery.forms import EVENTS, FATES
from app.delivery.rules import Fate
from app.delivery.services.reporting import Report, reports_about
from app.delivery.views.blueprint import blueprint
from app.kernel.actors import Actor, Permission
from app.notebook.queries import access_record
from app.web.access import requires
from app.web.formats import show_time
from app.web.languages import current_locale
from app.web.visitors import current_actor, edge


@blueprint.get("/records/<uuid:record_id>/reported")
@requires(Permission.RECORD_READ)
def show_reported(record_id: object) -> ResponseReturnValue:
    """Show what each target was told about a record."""
    with edge().storage.reading() as session:
        record = access_record(session, str(record_id), current_actor())
        reports = reports_about(session, record)
    return render_template(
        "delivery/reported.html",
        record=record,
        reports=[(report, sentence_of(report)) for report in reports],
        fates=FATES,
        events=EVENTS,
        language=current_locale()[:2],
    )


def record_panel(record_id: str, actor: Actor) -> str:
    """Return one sentence for each target about the result of a record, and the way to the rest."""
    with edge().storage.reading() as session:
        record = access_record(session, record_id, actor)
        reports = [report for report in reports_about(session, record) if report.told]
    if not reports:
        return ""
    sentences = [sentence_of(report) for report in reports]
    page = render_template("delivery/_panel.html", record=record, sentences=sentences)
    return Markup(page)  # noqa: S704  (a template escaped it)


def sentence_of(report: Report) -> str:
    """Say in one sentence what became of the result at a target."""
    return str(_sentence_of(report, report.target.name))


def _sentence_of(report: Report, name: str) -> Any:
    result = report.result
    if result is None:
        told = [item for item in report.told if item.fate is Fate.SENT]
        if not told:
            return _("Nothing was sent to %(target)s yet.", target=name)
        return _("What happened so far was sent to %(target)s; there is no result to report yet.", target=name)
    if result.fate is Fate.SENT and result.row:
        return _("The result was sent to %(target)s on %(time)s.", target=name, time=show_time(result.row.answered_at))
    if result.fate is Fate.DEAD:
        return _("%(target)s refused the result. Whoever administers the hub sees why.", target=name)
    if result.fate is Fate.HELD:
        return _("The result waits, because %(target)s refused something before it.", target=name)
    if result.fate is Fate.SET_ASIDE:
        return _("It was decided that the result will not be sent to %(target)s.", target=name)
    return _("The result is not at %(target)s yet; it is sent as soon as possible.", target=name)
