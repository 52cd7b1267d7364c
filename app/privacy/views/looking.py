"""The page on which a person sees which companies may look at their results, why, and when they looked."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.audit.services import open_text
from app.kernel import clock
from app.privacy.queries.disclosing import OwnDisclosure, disclosures_about
from app.privacy.rules.disclosing import EXTENTS, USES, Extent, is_open
from app.privacy.views.blueprint import blueprint
from app.web.access import signed_in
from app.web.languages import translate
from app.web.visitors import current_actor, edge


@blueprint.get("/privacy/results")
@signed_in
def show_looks() -> ResponseReturnValue:
    """Show a person who may see their results, for what, until when, and every look."""
    now = clock.now()
    with edge().storage.reading() as session:
        found = [
            {
                "one": own.disclosure,
                "employer": own.employer,
                "use": translate(USES[own.disclosure.use]),
                "results": results_text(own),
                "reason": open_text(session, own.disclosure.reason),
                "end_reason": open_text(session, own.disclosure.end_reason),
                "is_open": is_open(own.disclosure.until, own.disclosure.ended_at, now),
                "looks": own.looks,
            }
            for own in disclosures_about(session, current_actor().person_id or "")
        ]
    return render_template("privacy/looks.html", found=found)


def results_text(own: OwnDisclosure) -> str:
    """Return in words which results a disclosure covers."""
    if own.disclosure.extent is Extent.ALL:
        return translate(EXTENTS[Extent.ALL])
    return ", ".join(own.disclosure.competencies)
