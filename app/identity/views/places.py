"""The sites of the hub and their rooms: everybody reads those that are shared or their operator's; administrators
change them.
"""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.identity.forms import EndPlaceForm, PlaceForm
from app.identity.models import Site
from app.identity.queries import list_operators
from app.identity.queries.places import (
    access_site,
    access_training_room,
    owner_name,
    site_rows,
    training_room_rows,
)
from app.identity.rules.places import administers_owner
from app.identity.services.places import NewPlace, add_site, add_training_room, end_site, end_training_room
from app.identity.views.blueprint import blueprint
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid
from app.web.access import requires, signed_in
from app.web.acting import acting
from app.web.forms import choices_of, show_again
from app.web.visitors import current_actor, edge


@blueprint.get("/sites")
@signed_in
def list_sites() -> ResponseReturnValue:
    """List the sites that the hub shares, and those of the operator one acts for."""
    return _sites_page(_place_form(fresh=True))


@blueprint.post("/sites")
@requires(Permission.SITE_ADMINISTER)
def add_place() -> ResponseReturnValue:
    """Add a site."""
    form, landing = _place_form(), url_for(".list_sites")
    if not form.validate():
        return show_again(form, lambda: _sites_page(form))
    try:
        with acting(landing) as session:
            add_site(session, _new_place(form), actor=current_actor())
    except (Invalid, Conflict) as error:
        return show_again(form, lambda: _sites_page(form), error)
    flash(_("The site is added. Now add its rooms."), "success")
    return redirect(landing, 303)


@blueprint.get("/sites/<uuid:site_id>")
@signed_in
def show_site(site_id: object) -> ResponseReturnValue:
    """Show a site and its rooms."""
    return _site_page(str(site_id))


@blueprint.post("/sites/<uuid:site_id>/rooms")
@requires(Permission.SITE_ADMINISTER)
def add_room(site_id: object) -> ResponseReturnValue:
    """Add a room to a site."""
    landing = url_for(".show_site", site_id=site_id)
    with edge().storage.reading() as session:
        form = _place_form(access_site(session, str(site_id), current_actor()))
    if not form.validate():
        return show_again(form, lambda: _site_page(str(site_id), adding=form))
    try:
        with acting(landing) as session:
            add_training_room(session, str(site_id), _new_place(form), actor=current_actor())
    except (Invalid, Conflict) as error:
        return show_again(form, lambda: _site_page(str(site_id), adding=form), error)
    flash(_("The room is added."), "success")
    return redirect(landing, 303)


@blueprint.post("/sites/<uuid:site_id>/end")
@requires(Permission.SITE_ADMINISTER)
def end_place(site_id: object) -> ResponseReturnValue:
    """End a site: no record is executed in its rooms any more."""
    form, landing = EndPlaceForm(), url_for(".list_sites")
    with edge().storage.reading() as session:
        access_site(session, str(site_id), current_actor())
    if not form.validate():
        return show_again(form, lambda: _site_page(str(site_id), ending=form))
    with acting(landing) as session:
        end_site(session, str(site_id), actor=current_actor(), reason=form.reason.data)
    flash(_("The site is no longer used. Records from there keep saying it."), "success")
    return redirect(landing, 303)


@blueprint.get("/training-rooms/<uuid:room_id>")
@signed_in
def show_training_room(room_id: object) -> ResponseReturnValue:
    """Show a room, and to those who may the form that ends it."""
    return _room_page(str(room_id))


@blueprint.post("/training-rooms/<uuid:room_id>/end")
@requires(Permission.SITE_ADMINISTER)
def end_room(room_id: object) -> ResponseReturnValue:
    """End a room: no record is executed there any more."""
    form, actor = EndPlaceForm(), current_actor()
    with edge().storage.reading() as session:
        _room, site = access_training_room(session, str(room_id), actor)
    if not form.validate():
        return show_again(form, lambda: _room_page(str(room_id), ending=form))
    landing = url_for(".show_site", site_id=site.id)
    with acting(landing) as session:
        end_training_room(session, str(room_id), actor=actor, reason=form.reason.data)
    flash(_("The room is no longer used. Records from there keep saying it."), "success")
    return redirect(landing, 303)


def _new_place(form: PlaceForm) -> NewPlace:
    return NewPlace(form.code.data, form.name.data, form.operator.data or None)


def _place_form(site: Site | None = None, *, fresh: bool = False) -> PlaceForm:
    """Return the form that adds a site, or a room to a site, with those who may own it."""
    form, actor = PlaceForm(formdata=None) if fresh else PlaceForm(), current_actor()
    with edge().storage.reading() as session:
        owners: list[tuple[str | None, str]] = [(one.id, one.name) for one in list_operators(session)]
    owners = [(None, _("All operators share it")), *owners]
    owned_by = {site.operator_id} if site and site.operator_id else {owner for owner, _name in owners}
    form.operator.choices = choices_of(
        (owner or "", name) for owner, name in owners if owner in owned_by and administers_owner(actor, owner)
    )
    return form


def _sites_page(form: PlaceForm) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        rows = [(row, training_room_rows(session, row.place.id, actor)) for row in site_rows(session, actor)]
    return render_template(
        "identity/sites.html", rows=rows, form=form, may_change=actor.may(Permission.SITE_ADMINISTER)
    )


def _site_page(site_id: str, *, adding: PlaceForm | None = None, ending: EndPlaceForm | None = None) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        site = access_site(session, site_id, actor)
        rooms, owner = training_room_rows(session, site_id, actor), owner_name(session, site)
    may_change = actor.may(Permission.SITE_ADMINISTER)
    return render_template(
        "identity/site.html",
        site=site,
        owner=owner,
        rooms=rooms,
        adding=adding or _place_form(site, fresh=True),
        ending=ending or EndPlaceForm(formdata=None),
        may_add=may_change,
        may_end=may_change and administers_owner(actor, site.operator_id),
    )


def _room_page(room_id: str, *, ending: EndPlaceForm | None = None) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        room, site = access_training_room(session, room_id, actor)
        owner = owner_name(session, room)
    return render_template(
        "identity/training_room.html",
        room=room,
        site=site,
        owner=owner,
        ending=ending or EndPlaceForm(formdata=None),
        may_end=actor.may(Permission.SITE_ADMINISTER) and administers_owner(actor, room.operator_id),
    )
