"""Somebody under age: the mark on their page, the page of their year of birth, the notice for parents (GD-minors)."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.identity.models import Means, Person
from app.identity.queries import guardian_notices, names_of_actors
from app.identity.rules.people import AGE_OF_DIGITAL_CONSENT, OF_AGE, is_minor, needs_guardian_first
from app.identity.services.minors import Informed, record_guardian, set_birth_year
from app.identity.services.people import access_person
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import CahierError, Conflict, Invalid, NotFound, Refused
from app.privacy.forms import MEANS, BirthYearForm, GuardianForm
from app.privacy.queries.terms import terms_now
from app.privacy.rules.retention import CLASSES, RetentionClass
from app.privacy.views.blueprint import blueprint
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import ActForm, show_again
from app.web.languages import LANGUAGES, page_language, speaking, translate
from app.web.opened import texts_behind
from app.web.visitors import current_actor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused)


def age_panel(person_id: str, actor: Actor) -> str:
    """Return the mark of somebody under age, and the way to their year of birth for who administers people."""
    with edge().storage.reading() as session:
        person = access_person(session, person_id, actor)
        facts = _facts(session, person)
    may_change = actor.may(Permission.PERSON_ADMINISTER) and person_id != actor.person_id and not person.erased_at
    if not (facts["is_minor"] or may_change):
        return ""
    page = render_template("privacy/_age.html", shown=person, may_change=may_change, **facts)
    return Markup(page)  # noqa: S704  (a template escaped it)


@blueprint.get("/people/<uuid:person_id>/age")
@requires(Permission.PERSON_ADMINISTER)
def show_age(person_id: object) -> ResponseReturnValue:
    """Show when somebody was born, and what their parents or guardian were told."""
    return _age_page(str(person_id))


@blueprint.post("/people/<uuid:person_id>/birth-year")
@requires(Permission.PERSON_ADMINISTER)
def change_birth_year(person_id: object) -> ResponseReturnValue:
    """Set or take away the year of birth."""
    form, changed = BirthYearForm(), str(person_id)

    def act(session: Session) -> None:
        year, actor = form.birth_year.data, current_actor()
        set_birth_year(session, changed, year, actor=actor, reason=form.reason.data)

    return _act(form, act, changed, _("The year of birth is changed."))


@blueprint.post("/people/<uuid:person_id>/guardian")
@requires(Permission.PERSON_ADMINISTER)
def inform_guardian(person_id: object) -> ResponseReturnValue:
    """Record that a parent or guardian was informed."""
    form, young = GuardianForm(), str(person_id)

    def act(session: Session) -> None:
        informed = Informed(form.guardian.data, form.informed_on.data, Means(form.means.data))
        record_guardian(session, young, informed, actor=current_actor())

    return _act(form, act, young, _("It is recorded that they were informed."))


@blueprint.get("/people/<uuid:person_id>/guardian-notice")
@requires(Permission.PERSON_READ)
def show_notice(person_id: object) -> ResponseReturnValue:
    """Show the notice for parents, to print and hand over, in any language of the house."""
    language = request.args.get("language", page_language())
    with edge().storage.reading() as session:
        person = access_person(session, str(person_id), current_actor())
        terms = terms_now(session)
    if language not in LANGUAGES or not is_minor(person.birth_year, clock.now()):
        raise NotFound
    with speaking(language):
        kept = [(translate(CLASSES[one]), terms[one].minor_months) for one in RetentionClass]
        return render_template(
            "privacy/guardian_notice.html", shown=person, kept=kept, choices=LANGUAGES, chosen=language
        )


def _act(form: ActForm, act: Callable[[Session], None], person_id: str, done: str) -> ResponseReturnValue:
    error: CahierError | None = None
    landing = url_for(".show_age", person_id=person_id)
    with edge().storage.reading() as session:
        access_person(session, person_id, current_actor())
    if form.validate():
        try:
            with acting(landing) as session:
                act(session)
        except SHOWN_AGAIN as refusal:
            error = refusal
        else:
            flash(done, "success")
            return redirect(landing, 303)
    return show_again(form, lambda: _age_page(person_id, form), error)


def _age_page(person_id: str, form: ActForm | None = None) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        person = access_person(session, person_id, actor)
        facts = _facts(session, person)
    year = form if isinstance(form, BirthYearForm) else BirthYearForm(formdata=None, birth_year=person.birth_year)
    return render_template(
        "privacy/age.html",
        shown=person,
        form=form,
        year=year,
        guardian=form if isinstance(form, GuardianForm) else GuardianForm(formdata=None),
        may_change=person_id != actor.person_id and not person.erased_at,
        of_age=OF_AGE,
        consent_age=AGE_OF_DIGITAL_CONSENT,
        **facts,
    )


def _facts(session: Session, person: Person) -> dict[str, Any]:
    notices = guardian_notices(session, person.id)
    opened = texts_behind(session, [one.guardian for one in notices])
    names = names_of_actors(session, [one.recorded_by for one in notices])
    return {
        "is_minor": is_minor(person.birth_year, clock.now()),
        "too_young": needs_guardian_first(person.birth_year, clock.now()),
        "notices": [
            {"row": one, "guardian": opened.get(one.guardian, ""), "means": translate(MEANS[one.means])}
            | {"by": names[one.recorded_by]}
            for one in notices
        ],
    }
