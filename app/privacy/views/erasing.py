"""The page on which an erasure is proposed, confirmed by another, or given up; and its mark on a person's page."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.audit.services import open_text
from app.identity.queries import names_of_actors
from app.identity.services.people import access_person
from app.identity.views.naming import naming_pepper
from app.kernel.actors import Actor, Permission
from app.kernel.errors import Conflict, Invalid, Refused
from app.notebook.services.keeping import JUST_NOW, clear_unnamed
from app.notebook.views.shelf import shelf_here
from app.privacy.forms import ProposeForm, WithdrawForm
from app.privacy.models import Erasure
from app.privacy.queries.reaching import decidable_person, done_erasure_of, obstacles, open_erasure_of, reach_of
from app.privacy.rules.erasing import ARTICLES, GROUNDS, KEPT, SHARES, Ground, Reach, Share
from app.privacy.services.erasing import confirm_erasure, propose_erasure, withdraw_erasure
from app.privacy.views.blueprint import blueprint
from app.privacy.views.taking import kept_above
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import ActForm, show_again
from app.web.languages import translate
from app.web.opened import erased_mark
from app.web.visitors import current_actor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused)


def person_panel(person_id: str, actor: Actor) -> str:
    """Return what was decided about a person's values, and the way to decide, as a block of their page."""
    with edge().storage.reading() as session:
        person = access_person(session, person_id, actor)
        done, waiting = done_erasure_of(session, person_id), open_erasure_of(session, person_id)
        facts = {"mark": erased_mark(person.erased_at) if person.erased_at else "", "waiting": waiting}
        decision = _decision(session, done) if done else {}
    may_decide = actor.may(Permission.ERASURE_DECIDE) and person_id != actor.person_id and not person.erased_at
    if not (may_decide or person.erased_at):
        return ""
    page = render_template("privacy/_panel.html", shown=person, may_decide=may_decide, decision=decision, **facts)
    return Markup(page)  # noqa: S704  (a template escaped it)


@blueprint.route("/people/<uuid:person_id>/erasure", methods=["GET", "POST"])
@requires(Permission.ERASURE_DECIDE)
def show_erasure(person_id: object) -> ResponseReturnValue:
    """Show what an erasure would reach, and propose it; or show the proposal that waits."""
    form, erased = ProposeForm(), str(person_id)
    if not form.is_submitted():
        form.shares.data = [share.value for share in Share]
        return _page(erased, form)
    if not form.validate():
        return show_again(form, lambda: _page(erased, form))
    try:
        with acting(url_for(".show_erasure", person_id=erased)) as session:
            shares = [Share(share) for share in form.shares.data]
            ground, actor = Ground(form.ground.data), current_actor()
            propose_erasure(session, erased, ground, shares, actor=actor, reason=form.reason.data)
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _page(erased, form), error)
    flash(_("Proposed. Another person must confirm it now; nothing is erased before."), "success")
    return redirect(url_for(".show_erasure", person_id=erased), 303)


@blueprint.post("/people/<uuid:person_id>/erasure/confirm")
@requires(Permission.ERASURE_DECIDE)
def confirm(person_id: object) -> ResponseReturnValue:
    """Confirm as the second person: everything goes in this act."""
    form, erased = ActForm(), str(person_id)
    landing = url_for("identity.show_person", person_id=erased)
    try:
        with acting(landing) as session:
            forget, actor = kept_above().forget, current_actor()
            confirm_erasure(session, erased, pepper=naming_pepper(), actor=actor, forget=forget)
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _page(erased, form), error)
    # What stood in the texts is gone with the act; the content of a file goes when nothing names it any more.
    clear_unnamed(edge().storage, shelf_here().store, unless_younger=JUST_NOW)
    flash(_("Erased. The records and their proofs stay; what was erased cannot come back."), "success")
    return redirect(landing, 303)


@blueprint.post("/people/<uuid:person_id>/erasure/withdraw")
@requires(Permission.ERASURE_DECIDE)
def withdraw(person_id: object) -> ResponseReturnValue:
    """Give a proposal up."""
    form, erased = WithdrawForm(), str(person_id)
    if not form.validate():
        return show_again(form, lambda: _page(erased, form))
    landing = url_for("identity.show_person", person_id=erased)
    try:
        with acting(landing) as session:
            withdraw_erasure(session, erased, actor=current_actor(), reason=form.reason.data)
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _page(erased, form), error)
    flash(_("The proposal is withdrawn. Nothing was erased."), "success")
    return redirect(landing, 303)


def _page(person_id: str, form: ActForm) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        person = decidable_person(session, person_id, actor)
        waiting = open_erasure_of(session, person_id)
        chosen = [Share(share) for share in waiting.shares] if waiting else list(Share)
        reach = reach_of(session, person)
        facts = {
            "obstacles": obstacles(session, person),
            "erased": _counted(reach, chosen),
            "kept": [(translate(KEPT[kept]), count) for kept, count in reach.kept.items() if count],
            "waiting": waiting,
            "decision": _decision(session, waiting) if waiting else {},
        }
    return render_template(
        "privacy/erasure.html",
        shown=person,
        form=form,
        proposing=form if isinstance(form, ProposeForm) else ProposeForm(formdata=None),
        withdrawing=form if isinstance(form, WithdrawForm) else WithdrawForm(formdata=None),
        is_own=bool(waiting and waiting.proposed_by == actor.pseudonym),
        **facts,
    )


def _counted(reach: Reach, chosen: list[Share]) -> list[tuple[str, str]]:
    counts = {share: len(reach.shares.get(share, ())) for share in chosen}
    return [(translate(SHARES[share]), "" if share is Share.IDENTITY else str(counts[share])) for share in chosen]


def _decision(session: Session, erasure: Erasure) -> dict[str, Any]:
    names = names_of_actors(session, [erasure.proposed_by, erasure.decided_by])
    return {
        "ground": f"{translate(GROUNDS[erasure.ground])} ({ARTICLES[erasure.ground]})",
        "text": open_text(session, erasure.decision),
        "proposed_by": names[erasure.proposed_by],
        "proposed_at": erasure.proposed_at,
        "decided_by": names.get(erasure.decided_by or "", ""),
        "decided_at": erasure.decided_at,
    }
