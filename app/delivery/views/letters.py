"""What a target refused: sent again, one or all, or set aside; and the search for what became of a statement."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.delivery.forms import FATES, ReasonForm
from app.delivery.services.letters import resend_letters, set_letter_aside
from app.delivery.services.reporting import search_receipts
from app.delivery.views.blueprint import blueprint
from app.delivery.views.targets import target_page
from app.kernel.actors import Permission
from app.kernel.errors import Conflict
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import show_again
from app.web.visitors import current_actor, edge


@blueprint.post("/targets/<name>/letters/resend")
@requires(Permission.TARGET_ADMINISTER)
def resend(name: str) -> ResponseReturnValue:
    """Send again what a target refused: what the form names, or everything."""
    landing, parcels = url_for(".show_target", name=name), request.form.getlist("parcel") or None
    with acting(landing) as session:
        number = resend_letters(session, name, parcels, actor=current_actor())
    told = ngettext("One statement goes out again.", "%(num)s statements go out again.", number)
    flash(told, "success")
    return redirect(landing, 303)


@blueprint.post("/targets/<name>/letters/<parcel>/aside")
@requires(Permission.TARGET_ADMINISTER)
def set_aside(name: str, parcel: str) -> ResponseReturnValue:
    """Set aside what a target refused, with a reason."""
    form, landing = ReasonForm(), url_for(".show_target", name=name)
    if not form.validate():
        return show_again(form, lambda: target_page(name, aside=form, aside_of=parcel))
    try:
        with acting(landing) as session:
            set_letter_aside(session, name, parcel, actor=current_actor(), reason=form.reason.data)
    except Conflict as error:
        return show_again(form, lambda: target_page(name, aside=form, aside_of=parcel), error)
    flash(_("Set aside. What waited behind it goes out now."), "success")
    return redirect(landing, 303)


@blueprint.get("/receipts")
@requires(Permission.TARGET_ADMINISTER)
def search() -> ResponseReturnValue:
    """Show what became of the statements of a record, or of one statement, at every target."""
    wanted = request.args.get("about", "").strip()
    with edge().storage.reading() as session:
        found = search_receipts(session, wanted, current_actor()) if wanted else []
    return render_template("delivery/receipts.html", wanted=wanted, found=found, fates=FATES)
