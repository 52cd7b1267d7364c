"""The screens of who administers platforms: the values to paste, our keys, the platforms, one to add, invite, change or
end.
"""

from collections.abc import Mapping

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields import SelectChoice

from app.delivery.queries import find_target
from app.identity.models import Operator
from app.identity.queries import list_operators
from app.kernel import clock
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid
from app.lms import queries
from app.lms.errors import IssuerElsewhere
from app.lms.forms import BroughtForm, DeploymentForm, EndForm, InvitationForm, PlatformForm
from app.lms.models import Newcomers, Platform
from app.lms.rules.platforms import DEFAULT_ROLES, GIVEN_BY_LAUNCH, Endpoints, Registration, read_role_map
from app.lms.services import platforms
from app.lms.services.grading import target_name
from app.lms.services.registering import invite_platform, key_set_address
from app.lms.services.tool_keys import new_tool_key
from app.lms.views.blueprint import blueprint, means_here
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import choices_of, show_again
from app.web.visitors import current_actor, edge


@blueprint.get("/platforms")
@requires(Permission.TARGET_ADMINISTER)
def list_platforms() -> ResponseReturnValue:
    """Show the platforms, and all values that one of them asks for."""
    return _list_page()


@blueprint.post("/platforms")
@requires(Permission.TARGET_ADMINISTER)
def add() -> ResponseReturnValue:
    """Add a platform by hand."""
    form = _platform_form()
    if not form.validate():
        return show_again(form, lambda: _list_page(form=form))
    landing = url_for(".list_platforms")
    try:
        new = _new_platform(form)
        with acting(landing) as session:
            platforms.add_platform(session, new, actor=current_actor())
    except (Invalid, Conflict, IssuerElsewhere) as error:
        return show_again(form, lambda: _list_page(form=form), error)
    flash(_("The platform is added. Its courses can open exercises now."), "success")
    return redirect(landing, 303)


@blueprint.post("/invitations")
@requires(Permission.TARGET_ADMINISTER)
def invite() -> ResponseReturnValue:
    """Make the address by which a platform registers itself; it is shown this once."""
    form = _invitation_form()
    if not form.validate():
        return show_again(form, lambda: _list_page(inviting=form))
    name, operator_id = form.invited_name.data, form.invited_operator.data
    try:
        with acting(url_for(".list_platforms")) as session:
            _row, token = invite_platform(session, name, operator_id, actor=current_actor())
    except (Invalid, Conflict) as error:
        return show_again(form, lambda: _list_page(inviting=form), error)
    address = f"{means_here().public_url}/lti/register?invitation={token}"
    return render_template("lms/invited.html", name=name, address=address)


@blueprint.get("/platforms/<name>")
@requires(Permission.TARGET_ADMINISTER)
def show_platform(name: str) -> ResponseReturnValue:
    """Show what is registered of a platform."""
    return _platform_page(name)


@blueprint.post("/platforms/<name>/deployments")
@requires(Permission.TARGET_ADMINISTER)
def add_deployment(name: str) -> ResponseReturnValue:
    """Let another place of a platform launch."""
    form, landing = DeploymentForm(), url_for(".show_platform", name=name)
    if not form.validate():
        return show_again(form, lambda: _platform_page(name, adding=form))
    try:
        with acting(landing) as session:
            platforms.add_deployment(session, name, form.deployment_id.data, actor=current_actor())
    except (Invalid, Conflict) as error:
        return show_again(form, lambda: _platform_page(name, adding=form), error)
    flash(_("The deployment is added."), "success")
    return redirect(landing, 303)


@blueprint.post("/platforms/<name>/change")
@requires(Permission.TARGET_ADMINISTER)
def change(name: str) -> ResponseReturnValue:
    """Change what a platform's roles become, whether it makes people, who vouches for its certificate."""
    form, landing = BroughtForm(), url_for(".show_platform", name=name)
    if not form.validate():
        return show_again(form, lambda: _platform_page(name, brought=form))
    try:
        changed = platforms.Changed(_typed_roles(form), _newcomers(form), form.authorities.data or "")
        with acting(landing) as session:
            platforms.change_platform(session, name, changed, actor=current_actor())
    except (Invalid, Conflict) as error:
        return show_again(form, lambda: _platform_page(name, brought=form), error)
    flash(_("The platform is changed, for launches from now on."), "success")
    return redirect(landing, 303)


@blueprint.post("/platforms/<name>/end")
@requires(Permission.TARGET_ADMINISTER)
def end(name: str) -> ResponseReturnValue:
    """End a platform."""
    form = EndForm()
    if not form.validate():
        return show_again(form, lambda: _platform_page(name, ending=form))
    landing = url_for(".list_platforms")
    with acting(landing) as session:
        platforms.end_platform(session, name, actor=current_actor(), reason=form.reason.data)
    flash(_("The platform is ended. Its courses open nothing more; what was done stays."), "success")
    return redirect(landing, 303)


def _new_platform(form: PlatformForm) -> platforms.NewPlatform:
    points = Endpoints(form.auth_login_url.data, form.auth_token_url.data, form.key_set_url.data)
    agreed = Registration(form.name.data, form.issuer.data, form.client_id.data, points, roles=_typed_roles(form))
    first = new_tool_key(means_here().sealing)
    deployments, authorities = [form.deployment_id.data], form.authorities.data
    return platforms.NewPlatform(agreed, deployments, form.operator.data, first, _newcomers(form), authorities)


def _newcomers(form: BroughtForm) -> Newcomers:
    return Newcomers.LINKED if form.links_only.data else Newcomers.MADE


def _typed_roles(form: BroughtForm) -> dict[str, str]:
    return read_role_map({role: form[f"role_{role.value}"].data or "" for role in sorted(GIVEN_BY_LAUNCH)})


def _roles_to_type(roles: Mapping[str, str]) -> dict[str, str]:
    """Return a map of roles as the fields of the form show it."""
    return {
        f"role_{role.value}": ", ".join(sorted(name for name, given in roles.items() if given == role.value))
        for role in GIVEN_BY_LAUNCH
    }


def _list_page(*, form: PlatformForm | None = None, inviting: InvitationForm | None = None) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        found = queries.list_platforms(session, actor)
        keys = queries.tool_keys_shown_to(session, actor)
        operators = {one.id: one for one in _operators(session)}
    public_url = means_here().public_url
    return render_template(
        "lms/platforms.html",
        platforms=found,
        keys=keys,
        operators=operators,
        key_sets=[(one.name, key_set_address(public_url, one.code)) for one in operators.values()],
        acts_for_hub=actor.operator_id is None,
        now=clock.now(),
        form=form or _platform_form(fresh=True),
        inviting=inviting or _invitation_form(fresh=True),
        door=f"{public_url}/lti",
    )


def _platform_page(
    name: str,
    *,
    adding: DeploymentForm | None = None,
    ending: EndForm | None = None,
    brought: BroughtForm | None = None,
) -> str:
    with edge().storage.reading() as session:
        platform = queries.platform_in_use(session, name, current_actor())
        deployments = queries.deployments_of(session, platform.id)
        grades = find_target(session, target_name(platform.name))
        operator = session.get(Operator, platform.operator_id) if platform.operator_id else None
    return render_template(
        "lms/platform.html",
        platform=platform,
        operator=operator,
        key_set=key_set_address(means_here().public_url, operator.code if operator else None),
        deployments=deployments,
        grades=grades,
        brought=brought or _brought_form(platform),
        adding=adding or DeploymentForm(formdata=None),
        ending=ending or EndForm(formdata=None),
    )


def _brought_form(platform: Platform) -> BroughtForm:
    return BroughtForm(
        formdata=None,
        links_only=platform.newcomers is Newcomers.LINKED,
        authorities=platform.authorities or "",
        **_roles_to_type(platform.roles),
    )


def _platform_form(*, fresh: bool = False) -> PlatformForm:
    form = PlatformForm(formdata=None, **_roles_to_type(DEFAULT_ROLES)) if fresh else PlatformForm()
    form.operator.choices = _operator_choices()
    return form


def _invitation_form(*, fresh: bool = False) -> InvitationForm:
    form = InvitationForm(formdata=None) if fresh else InvitationForm()
    form.invited_operator.choices = _operator_choices()
    return form


def _operator_choices() -> list[SelectChoice]:
    with edge().storage.reading() as session:
        return choices_of((one.id, one.name) for one in _operators(session))


def _operators(session: Session) -> list[Operator]:
    """Return the operators for whom one administers: one's own, or all."""
    actor = current_actor()
    return [one for one in list_operators(session) if actor.operator_id in (None, one.id)]
