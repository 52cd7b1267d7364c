"""Restricting the use of a person's data, and its marks on the pages of the person and of their records (GD-18)."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.identity.queries import is_restricted, names_of_actors, sees_restricted
from app.identity.services.people import access_person
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import Conflict, Invalid, Refused
from app.notebook.queries import access_record
from app.privacy.forms import EndingForm, RestrictForm
from app.privacy.models import Restriction
from app.privacy.queries.desk import restriction_in_force
from app.privacy.queries.reaching import decidable_person
from app.privacy.rules.restricting import (
    RESTRICTION_ARTICLES,
    RESTRICTION_GROUNDS,
    TOLD_BEFORE,
    RestrictionGround,
    may_end,
)
from app.privacy.services.restricting import announce_end, lift_restriction, set_restriction
from app.privacy.views.blueprint import blueprint
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import ActForm, show_again
from app.web.languages import translate
from app.web.opened import texts_behind
from app.web.visitors import current_actor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused)


def restriction_panel(person_id: str, actor: Actor) -> str:
    """Return the mark of a restriction on a person's page, and the way to set one, for those who may see it."""
    with edge().storage.reading() as session:
        person = access_person(session, person_id, actor)
        held = restriction_in_force(session, person_id) if person.restricted_at else None
        facts = restriction_facts(session, held) if held else None
    may_decide = actor.may(Permission.ERASURE_DECIDE) and person_id != actor.person_id and not person.erased_at
    if not (facts or may_decide):
        return ""
    page = render_template("privacy/_restriction.html", shown=person, restriction=facts, may_decide=may_decide)
    return Markup(page)  # noqa: S704  (a template escaped it)


def restricted_record_panel(record_id: str, actor: Actor) -> str:
    """Return the mark on the page of a record whose performer's data must not be used."""
    with edge().storage.reading() as session:
        record = access_record(session, record_id, actor)
        if not is_restricted(session, record.performer_id):
            return ""
    page = render_template("privacy/_restricted_record.html", sees_others=sees_restricted(actor))
    return Markup(page)  # noqa: S704  (a template escaped it)


@blueprint.route("/people/<uuid:person_id>/restriction", methods=["GET", "POST"])
@requires(Permission.ERASURE_DECIDE)
def show_restriction(person_id: object) -> ResponseReturnValue:
    """Restrict the use of a person's data; or show the restriction, and how it ends."""
    form, restricted = RestrictForm(), str(person_id)
    if not form.is_submitted():
        return _page(restricted)

    def act(session: Session) -> None:
        ground = RestrictionGround(form.ground.data)
        set_restriction(session, restricted, ground, actor=current_actor(), reason=form.reason.data)

    done = _("Restricted. Their records are kept, show to few, and nothing is done with them.")
    return _act(restricted, form, act, done)


@blueprint.post("/people/<uuid:person_id>/restriction/announcement")
@requires(Permission.ERASURE_DECIDE)
def announce(person_id: object) -> ResponseReturnValue:
    """Tell the person that the restriction will end."""
    form, restricted = EndingForm(), str(person_id)

    def act(session: Session) -> None:
        announce_end(session, restricted, actor=current_actor(), reason=form.reason.data)

    return _act(restricted, form, act, _("The person reads it on their page. Write to whoever cannot sign in."))


@blueprint.post("/people/<uuid:person_id>/restriction/lifting")
@requires(Permission.ERASURE_DECIDE)
def lift(person_id: object) -> ResponseReturnValue:
    """End a restriction."""
    form, restricted = ActForm(), str(person_id)

    def act(session: Session) -> None:
        lift_restriction(session, restricted, actor=current_actor())

    return _act(restricted, form, act, _("The restriction has ended."))


def _act(person_id: str, form: ActForm, act: Any, done: str) -> ResponseReturnValue:
    landing = url_for(".show_restriction", person_id=person_id)
    if not form.validate():
        return show_again(form, lambda: _page(person_id, form))
    try:
        with acting(landing) as session:
            act(session)
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _page(person_id, form), error)
    flash(done, "success")
    return redirect(landing, 303)


def _page(person_id: str, form: ActForm | None = None) -> str:
    with edge().storage.reading() as session:
        person = decidable_person(session, person_id, current_actor())
        held = restriction_in_force(session, person_id)
        facts = restriction_facts(session, held) if held else None
    return render_template(
        "privacy/restriction.html",
        shown=person,
        restriction=facts,
        form=form,
        # What was typed stays in sight, also where somebody else was quicker.
        may_restrict=held is None or isinstance(form, RestrictForm),
        may_announce=isinstance(form, EndingForm) or bool(held and not held.announced_at),
        restricting=form if isinstance(form, RestrictForm) else RestrictForm(formdata=None),
        ending=form if isinstance(form, EndingForm) else EndingForm(formdata=None),
    )


def restriction_facts(session: Session, held: Restriction) -> dict[str, Any]:
    """Return what pages show of a restriction, its texts opened."""
    texts = texts_behind(session, [held.reason, held.ending])
    names = names_of_actors(session, [held.set_by, held.announced_by])
    return {
        "ground": f"{translate(RESTRICTION_GROUNDS[held.ground])} ({RESTRICTION_ARTICLES[held.ground]})",
        "reason": texts.get(held.reason, ""),
        "since": held.set_at,
        "set_by": names[held.set_by],
        "ending": texts.get(held.ending or "", ""),
        "announced_at": held.announced_at,
        "ends_from": held.announced_at + TOLD_BEFORE if held.announced_at else None,
        "may_end": may_end(held.announced_at, clock.now()),
    }
