"""Targets: where each stands, one to add, one to try, another secret, the end of one."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.delivery import queries
from app.delivery.forms import FATES, ReasonForm, SecretForm, TargetForm
from app.delivery.rules import travels_in_clear
from app.delivery.services import targets
from app.delivery.services.kinds import kind_named
from app.delivery.services.standing import standings
from app.delivery.views.blueprint import blueprint, means_here
from app.delivery.views.trying import try_target
from app.identity.queries import list_operators
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import choices_of, show_again
from app.web.languages import translate
from app.web.visitors import current_actor, edge

SHOWN = 50
RECENT = 20


@blueprint.get("/targets")
@requires(Permission.TARGET_ADMINISTER)
def list_targets() -> ResponseReturnValue:
    """List the targets and where each stands."""
    return _list_page(_target_form(fresh=True))


@blueprint.post("/targets")
@requires(Permission.TARGET_ADMINISTER)
def add() -> ResponseReturnValue:
    """Add a target."""
    form = _target_form()
    if not form.validate_for(kind_named(_kind_of(form))):
        return show_again(form, lambda: _list_page(form))
    landing, secret = url_for(".show_target", name=form.name.data), form.password.data
    new = targets.NewTarget(
        form.kind.data, form.name.data, form.address.data, secret, form.settings, form.operator.data or None
    )
    try:
        with acting(landing) as session:
            targets.add_target(session, means_here().key, new, actor=current_actor())
    except (Invalid, Conflict) as error:
        return show_again(form, lambda: _list_page(form), error)
    flash(_("The target is added. The worker delivers to it from now on."), "success")
    return redirect(landing, 303)


@blueprint.get("/targets/<name>")
@requires(Permission.TARGET_ADMINISTER)
def show_target(name: str) -> ResponseReturnValue:
    """Show where a target stands, what it refused, and what went there last."""
    return target_page(name)


@blueprint.post("/targets/<name>/test")
@requires(Permission.TARGET_ADMINISTER)
def test(name: str) -> ResponseReturnValue:
    """Ask a target whether it works, or send it the statement of a trial."""
    sending = request.form.get("sending") == "yes"
    probe, landing = try_target(name, sending=sending), url_for(".show_target", name=name)
    with acting(landing) as session:
        targets.note_trial(session, name, probe, actor=current_actor(), sent=sending)
    if probe.works:
        flash(_("It works. It answered: %(answer)s", answer=probe.answer), "success")
    else:
        flash(_("It does not work. It answered: %(answer)s", answer=probe.answer), "error")
    return redirect(landing, 303)


@blueprint.post("/targets/<name>/secret")
@requires(Permission.TARGET_ADMINISTER)
def renew(name: str) -> ResponseReturnValue:
    """Give a target another user name and password."""
    form, landing = SecretForm(), url_for(".show_target", name=name)
    with edge().storage.reading() as session:
        kind = kind_named(queries.target_in_use(session, name, current_actor()).kind)
    if not form.validate_for(kind):
        return show_again(form, lambda: target_page(name, secret=form))
    with acting(landing) as session:
        targets.renew_secret(session, means_here().key, name, form.password.data, form.settings, actor=current_actor())
    flash(_("The target has another password. What waited goes out now."), "success")
    return redirect(landing, 303)


@blueprint.post("/targets/<name>/end")
@requires(Permission.TARGET_ADMINISTER)
def end(name: str) -> ResponseReturnValue:
    """End a target."""
    form, landing = ReasonForm(), url_for(".list_targets")
    if not form.validate():
        return show_again(form, lambda: target_page(name, ending=form))
    with acting(landing) as session:
        targets.end_target(session, name, actor=current_actor(), reason=form.reason.data)
    flash(_("The target is ended. Nothing more goes there; what arrived stays known."), "success")
    return redirect(landing, 303)


def target_page(name: str, **forms: Any) -> str:
    """Return the page of a target, with the forms that were refused as they were typed."""
    actor = current_actor()
    with edge().storage.reading() as session:
        target = queries.target_in_use(session, name, actor)
        (standing,) = (item for item in standings(session, actor) if item.name == name)
        dead = queries.dead_letters(session, target.id, SHOWN)
        recent = queries.latest_receipts(session, target.id, RECENT)
    secret = forms.get("secret") or SecretForm(formdata=None, username=target.settings.get("username", ""))
    ending, aside = (forms.get(which) or ReasonForm(formdata=None) for which in ("ending", "aside"))
    return render_template(
        "delivery/target.html",
        standing=standing,
        dead=dead,
        recent=recent,
        fates=FATES,
        in_clear=travels_in_clear(target.address),
        secret=secret,
        ending=ending,
        kind=kind_named(target.kind),
        naming_page=means_here().naming_page,
        aside=aside,
        aside_of=forms.get("aside_of", ""),
    )


def _target_form(*, fresh: bool = False) -> TargetForm:
    form, actor = TargetForm(formdata=None) if fresh else TargetForm(), current_actor()
    with edge().storage.reading() as session:
        operators = [(one.id, one.name) for one in list_operators(session) if actor.operator_id in (None, one.id)]
    everything = [("", _("everything of the hub"))] if actor.operator_id is None else []
    form.kind.choices = choices_of((name, translate(kind_named(name).title)) for name in means_here().kinds)
    form.operator.choices = choices_of([*everything, *operators])
    return form


def _kind_of(form: TargetForm) -> str:
    """Return the kind that was chosen; the usual one where nothing was, or nothing that there is."""
    kinds = means_here().kinds
    return form.kind.data if form.kind.data in kinds else kinds[0]


def _list_page(form: TargetForm) -> str:
    with edge().storage.reading() as session:
        found = standings(session, current_actor())
    return render_template("delivery/targets.html", standings=found, form=form)
