"""The screen on which an administrator says as whom a target receives people, and sees it for ten before it counts."""

from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import Length

from app.delivery.queries import target_in_use
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import ActForm, choices_of, show_again
from app.web.visitors import current_actor, edge
from xapi.rules.actors import ActorForm, ActorMapping, Naming, Shortfall
from xapi.services.actors import Shown, learners, set_actors, show_actors

EXTENSION = "cahier_actors"
PEOPLE_SHOWN = 10
blueprint = Blueprint("actors", "xapi", template_folder="templates")

FORMS = {
    ActorForm.HUB: _l("The hub's pseudonym: an account that names nobody"),
    ActorForm.RANDOM: _l("A random name that this target alone knows"),
    ActorForm.MAILBOX: _l("Their e-mail address"),
    ActorForm.ACCOUNT: _l("Their account in another system"),
    ActorForm.LAUNCH: _l("As the other system named them when it launched the record"),
}
NAMINGS = {
    Naming.ID: _l("Identifier (id)"),
    Naming.USERNAME: _l("User name (username)"),
    Naming.IDNUMBER: _l("Identification number (idnumber)"),
    Naming.EMAIL: _l("E-mail address"),
    Naming.LOGIN: _l("Login in this hub"),
}
SHORTFALLS = {
    Shortfall.NO_MAILBOX: _l("No e-mail address is known"),
    Shortfall.NO_ACCOUNT: _l("No account is linked"),
    Shortfall.NO_LAUNCH: _l("Never launched from there"),
}


class ActorsForm(ActForm):
    """How a target's actors are named."""

    form = SelectField(_l("People are named by"), choices=choices_of(FORMS.items()))
    home_page = StringField(_l("Address of the other system"), [Length(max=500)])
    naming = SelectField(_l("Name in that account"), choices=choices_of(NAMINGS.items()))

    @classmethod
    def holding(cls, mapping: ActorMapping) -> "ActorsForm":
        """Return the form filled with a mapping."""
        naming = (mapping.naming or Naming.IDNUMBER).value
        return cls(formdata=None, form=mapping.form.value, home_page=mapping.home_page or "", naming=naming)

    def mapping(self) -> ActorMapping:
        """Return what was chosen; raises Invalid."""
        naming = Naming(self.naming.data)
        return ActorMapping.asked(ActorForm(self.form.data), self.home_page.data, naming)


@dataclass(frozen=True)
class _Home:
    home: str


def install_actors(app: Flask, home: str) -> None:
    """Add the screen to the application of a hub that statements name by `home`."""
    app.extensions[EXTENSION] = _Home(home)
    app.register_blueprint(blueprint)


@blueprint.get("/targets/<name>/actors")
@requires(Permission.TARGET_ADMINISTER)
def show_form(name: str) -> ResponseReturnValue:
    """Show as whom a target receives people, or would under what was chosen to be tried."""
    if "form" not in request.args:
        return _page(name, None)
    form = ActorsForm(request.args, meta={"csrf": False})
    if not form.validate():
        return _page(name, form), 422
    try:
        return _page(name, form, form.mapping())
    except Invalid as error:
        form.take(error)
        return _page(name, form), 422


@blueprint.post("/targets/<name>/actors")
@requires(Permission.TARGET_ADMINISTER)
def set_form(name: str) -> ResponseReturnValue:
    """Set it, from the next statement on."""
    form = ActorsForm()
    if not form.validate():
        return show_again(form, lambda: _page(name, form))
    landing = url_for(".show_form", name=name)
    try:
        with acting(landing) as session:
            set_actors(session, name, form.mapping(), actor=current_actor())
    except (Invalid, Conflict) as error:
        return show_again(form, lambda: _page(name, form), error)
    flash(_("From the next statement on, people go there under these names."), "success")
    return redirect(landing, 303)


def _page(name: str, form: ActorsForm | None, tried: ActorMapping | None = None) -> str:
    home = cast(_Home, current_app.extensions[EXTENSION]).home
    with edge().storage.reading() as session:
        target = target_in_use(session, name, current_actor())
        mapping = tried or ActorMapping.of(target.settings)
        people = learners(session, target, PEOPLE_SHOWN)
        shown = show_actors(session, target, mapping, home, people)
    return render_template(
        "actors/actors.html",
        name=name,
        form=form or ActorsForm.holding(mapping),
        tried=tried is not None,
        people=[(one.person.name, _in_words(one), SHORTFALLS[one.shortfall] if one.shortfall else "") for one in shown],
    )


def _in_words(shown: Shown) -> tuple[str, str]:
    """Return the name and the home page that the target reads; an address has none."""
    account = shown.agent.get("account")
    return (account["name"], account["homePage"]) if account else (shown.agent["mbox"], "")
