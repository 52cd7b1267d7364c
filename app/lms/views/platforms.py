"""The screens of who administers platforms: the values to paste, the platforms, one to add, invite or end."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from app.delivery.queries import find_target
from app.identity.queries import list_operators
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid
from app.lms import queries
from app.lms.forms import DeploymentForm, EndForm, InvitationForm, PlatformForm
from app.lms.models import Newcomers
from app.lms.rules.platforms import Endpoints, Registration
from app.lms.services import platforms
from app.lms.services.grading import target_name
from app.lms.services.registering import invite_platform
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
    new, landing = _new_platform(form), url_for(".list_platforms")
    try:
        with acting(landing) as session:
            platforms.add_platform(session, new, actor=current_actor())
    except (Invalid, Conflict) as error:
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
    agreed = Registration(form.name.data, form.issuer.data, form.client_id.data, points)
    newcomers = Newcomers.LINKED if form.links_only.data else Newcomers.MADE
    first = new_tool_key(means_here().sealing)
    return platforms.NewPlatform(agreed, [form.deployment_id.data], form.operator.data, first, newcomers)


def _list_page(*, form: PlatformForm | None = None, inviting: InvitationForm | None = None) -> str:
    with edge().storage.reading() as session:
        found = queries.list_platforms(session, current_actor())
    door = f"{means_here().public_url}/lti"
    return render_template(
        "lms/platforms.html",
        platforms=found,
        form=form or _platform_form(fresh=True),
        inviting=inviting or _invitation_form(fresh=True),
        door=door,
    )


def _platform_page(name: str, *, adding: DeploymentForm | None = None, ending: EndForm | None = None) -> str:
    with edge().storage.reading() as session:
        platform = queries.platform_in_use(session, name, current_actor())
        deployments = queries.deployments_of(session, platform.id)
        grades = find_target(session, target_name(platform.name))
    return render_template(
        "lms/platform.html",
        platform=platform,
        deployments=deployments,
        grades=grades,
        adding=adding or DeploymentForm(formdata=None),
        ending=ending or EndForm(formdata=None),
    )


def _platform_form(*, fresh: bool = False) -> PlatformForm:
    form = PlatformForm(formdata=None) if fresh else PlatformForm()
    form.operator.choices = _operators()
    return form


def _invitation_form(*, fresh: bool = False) -> InvitationForm:
    form = InvitationForm(formdata=None) if fresh else InvitationForm()
    form.invited_operator.choices = _operators()
    return form


def _operators() -> list[SelectChoice]:
    actor = current_actor()
    with edge().storage.reading() as session:
        found = list_operators(session)
    return choices_of((one.id, one.name) for one in found if actor.operator_id in (None, one.id))
