"""What of a platform stands for which exercise or competency: both sides, proposals, one to choose, one to end.

The platform is asked each time, outside every transaction: what it has changes without us.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.competencies.queries import list_competencies
from app.exercises.queries import list_exercises
from app.identity.queries import list_operators
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid, NotFound
from app.lms import queries
from app.lms.errors import BadMapping, NothingMapped
from app.lms.forms import MappingForm
from app.lms.models import Launch, Mapping, ResourceLink
from app.lms.rules.mapping import (
    Gap,
    Ground,
    Ours,
    Overview,
    Standing,
    Suggestion,
    Survey,
    Thing,
    ThingKind,
    merge,
    overview,
)
from app.lms.services.mapping import Place, access_place, end_mapping, set_mappings
from app.lms.services.newcomers import home_of
from app.lms.views.blueprint import blueprint, means_here
from app.web.access import requires, signed_in
from app.web.acting import acting
from app.web.forms import choices_of, show_again
from app.web.languages import page_language
from app.web.visitors import current_actor, edge

_SURE = frozenset({Ground.PARAMETER, Ground.ID_NUMBER})
"""Proposals that are ticked beforehand."""


@dataclass(frozen=True)
class _Page:
    """Everything that the page of a deployment shows."""

    place: Place
    ours: Sequence[Ours]
    things: Sequence[Thing]
    seen: Overview
    survey: Survey


@blueprint.get("/mapping")
@requires(Permission.TARGET_ADMINISTER)
def choose_mapping() -> ResponseReturnValue:
    """List the deployments whose activities and competencies can be mapped; lead to it where there is one."""
    with edge().storage.reading() as session:
        found = queries.deployments_for(session, current_actor())
        operators = {one.id: one.name for one in list_operators(session)}
    if len(found) == 1:
        return redirect(url_for(".show_mapping", deployment_id=found[0][0].id))
    return render_template("lms/mappings.html", found=found, operators=operators)


@blueprint.get("/mapping/<uuid:deployment_id>")
@requires(Permission.TARGET_ADMINISTER)
def show_mapping(deployment_id: object) -> ResponseReturnValue:
    """Show what of a platform stands for what of ours, and what may."""
    page = _page(str(deployment_id))
    return _show(page, _form(page, fresh=True))


@blueprint.post("/mapping/<uuid:deployment_id>")
@requires(Permission.TARGET_ADMINISTER)
def confirm_mapping(deployment_id: object) -> ResponseReturnValue:
    """Confirm the proposals that are ticked, or what was chosen from the lists; all of it is one act."""
    page = _page(str(deployment_id))
    form, landing = _form(page), url_for(".show_mapping", deployment_id=deployment_id)
    if not form.validate():
        return show_again(form, lambda: _show(page, form))
    try:
        confirmed = _confirmed(page, form)
        with acting(landing) as session:
            done = set_mappings(session, page.place.deployment.id, confirmed, actor=current_actor())
    except (Conflict, Invalid) as error:
        return show_again(form, lambda: _show(page, form), error)
    flash(_("Mapped: %(count)s.", count=len(done)), "success")
    return redirect(landing, 303)


@blueprint.post("/mappings/<uuid:mapping_id>/end")
@requires(Permission.TARGET_ADMINISTER)
def stop_mapping(mapping_id: object) -> ResponseReturnValue:
    """End a mapping."""
    with edge().storage.reading() as session:
        row = session.get(Mapping, str(mapping_id))
    if row is None:
        raise NotFound
    landing = url_for(".show_mapping", deployment_id=row.deployment_id)
    with acting(landing) as session:
        end_mapping(session, str(mapping_id), actor=current_actor())
    flash(_("The mapping is ended."), "success")
    return redirect(landing, 303)


@blueprint.get("/launches/<uuid:launch_id>")
@signed_in
def show_unmapped(launch_id: object) -> ResponseReturnValue:
    """Say to somebody who came through an activity why it opens no exercise, and what is to be done about it."""
    actor = current_actor()
    with edge().storage.reading() as session:
        launch = session.get(Launch, str(launch_id))
        if launch is None or launch.person_id != actor.person_id or launch.resource_link_id is None:
            raise NotFound
        link = session.get_one(ResourceLink, launch.resource_link_id)
        platform = queries.platform_of_deployment(session, launch.deployment_id)
        mapping = queries.mapping_of(session, launch.deployment_id, ThingKind.LINK, link.resource_link_id)
    return render_template(
        "lms/unmapped.html",
        link=link,
        platform=platform,
        opens=mapping.code if mapping else link.exercise_code,
        learns=actor.may(Permission.RECORD_EXECUTE),
        may_map=actor.may(Permission.TARGET_ADMINISTER),
    )


def _page(deployment_id: str) -> _Page:
    with edge().storage.reading() as session:
        place = access_place(session, deployment_id, current_actor())
        links = queries.links_of(session, place.deployment.id)
        mappings = queries.mappings_of(session, place.deployment.id)
        ours = _ours(session)
    courses = sorted({link.context_id for link in links if link.context_id})
    # The hub's own token sees what no operator's administrator may see by it.
    owners = [place.deployment.operator_id, *([None] if current_actor().operator_id is None else [])]
    survey = means_here().survey(edge().storage, home_of(place.platform), owners, courses)
    mapped = {f"{one.kind}:{one.thing_id}": (one.code, one.id) for one in mappings}
    known = merge(map(_thing_of_mapping, mappings), map(_thing_of_link, links))
    things = merge(known, survey.things)
    return _Page(place, ours, things, overview(things, ours, mapped), survey)


def _ours(session: Session) -> list[Ours]:
    exercises = [one.exercise for one in list_exercises(session)]
    return [
        *(Ours(one.code, _names(one.title.as_mapping())) for one in exercises),
        *(Ours(one.code, _names(one.title.as_mapping()), is_competency=True) for one in list_competencies(session)),
    ]


def _names(words: dict[str, str]) -> tuple[str, ...]:
    """Return all names of one thing, that in the page's language first."""
    return tuple(words[language] for language in sorted(words, key=lambda one: (one != page_language(), one)))


def _thing_of_link(link: ResourceLink) -> Thing:
    """Return an activity as its launches told it."""
    name = link.title or link.resource_link_id
    return Thing(ThingKind.LINK, link.resource_link_id, name, link.context_title or link.context_id, None, link.named)


def _thing_of_mapping(mapping: Mapping) -> Thing:
    return Thing(mapping.kind, mapping.thing_id, mapping.name, mapping.course)


def _form(page: _Page, *, fresh: bool = False) -> MappingForm:
    form = MappingForm(formdata=None) if fresh else MappingForm()
    form.pair.choices = choices_of((_value(one), _value(one)) for one in page.seen.proposals)
    if fresh:
        form.pair.data = [_value(one) for one in page.seen.proposals if one.ground in _SURE]
    left = [(one, one.kind is ThingKind.COMPETENCY) for one in page.seen.left]
    nothing = ("", _("Choose"))
    form.activity.choices = choices_of([nothing, *((one.key, _label(one)) for one, is_other in left if not is_other)])
    form.outcome.choices = choices_of([nothing, *((one.key, _label(one)) for one, is_other in left if is_other)])
    for field, is_competency in ((form.exercise, False), (form.competency, True)):
        names = [(one.code, _name_of(one)) for one in page.ours if one.is_competency is is_competency]
        field.choices = choices_of([nothing, *names])
    return form


def _confirmed(page: _Page, form: MappingForm) -> list[Suggestion]:
    """Return what a form confirms; raise BadMapping for what is not there, NothingMapped for half a choice."""
    proposals = {_value(one): one for one in page.seen.proposals}
    things = {thing.key: thing for thing in page.seen.left}
    confirmed = [proposals[value] for value in form.pair.data or [] if value in proposals]
    if len(confirmed) < len(form.pair.data or []):
        raise BadMapping
    for there, here in ((form.activity.data, form.exercise.data), (form.outcome.data, form.competency.data)):
        if bool(there) is not bool(here):
            raise NothingMapped
        if there and there not in things:
            raise BadMapping
        if there:
            confirmed.append(Suggestion(things[there], here, Ground.BY_HAND))
    return confirmed


def _show(page: _Page, form: MappingForm) -> str:
    names = {one.code: one.names[0] for one in page.ours}
    shown = [*page.ours, *(_lost(code, stands) for code, stands in page.seen.standing.items() if code not in names)]
    return render_template(
        "lms/mapping.html",
        place=page.place,
        form=form,
        proposals=[(one, _value(one), names[one.code]) for one in page.seen.proposals],
        exercises=[one for one in shown if not one.is_competency],
        competencies=[one for one in shown if one.is_competency],
        standing=page.seen.standing,
        survey=page.survey,
        gaps=Gap,
    )


def _lost(code: str, stands: Sequence[Standing]) -> Ours:
    """Return what something is mapped to and the hub has no more, so that the mapping can be ended."""
    return Ours(code, (_("no longer in the hub"),), stands[0].thing.kind is ThingKind.COMPETENCY)


def _value(one: Suggestion) -> str:
    return f"{one.thing.key}={one.code}"


def _label(thing: Thing) -> str:
    name = f"{thing.name} ({thing.id_number})" if thing.id_number else thing.name
    return f"{thing.course} · {name}" if thing.course else name


def _name_of(one: Ours) -> str:
    return f"{one.code} · {one.names[0]}" if one.names else one.code
