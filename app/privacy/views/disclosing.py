"""The pages on which companies, their tokens and what is disclosed to them are kept, by those who may."""

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audit.services import open_text
from app.competencies.queries import list_competencies
from app.identity.queries import holders_of, names_of, names_of_actors
from app.kernel import clock
from app.kernel.actors import Permission, Role
from app.kernel.errors import Conflict, Invalid, Refused
from app.privacy.forms import DiscloseForm, EmployerForm, EmployerTokenForm, EndDisclosureForm
from app.privacy.models import Disclosure, Employer
from app.privacy.queries.disclosing import (
    access_employer,
    disclosures_of_employer,
    list_employers,
    tokens_of_employer,
)
from app.privacy.rules.disclosing import EXTENTS, USES, Extent, Granted, Use, is_open
from app.privacy.services.disclosing import (
    add_employer,
    disclose_results,
    end_disclosure,
    make_employer_token,
    revoke_employer_token,
)
from app.privacy.views.blueprint import blueprint
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import ActForm, choices_of, show_again
from app.web.languages import page_language, translate
from app.web.visitors import current_actor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused)


@blueprint.route("/companies", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_ADMINISTER)
def list_companies() -> ResponseReturnValue:
    """List the companies of the operator one acts for, and add one."""
    form = EmployerForm()

    def show() -> str:
        with edge().storage.reading() as session:
            found = list_employers(session, current_actor())
        return render_template("privacy/companies.html", found=found, form=form)

    if not form.is_submitted():
        return show()
    if not form.validate():
        return show_again(form, show)
    landing = url_for(".list_companies")
    try:
        with acting(landing) as session:
            add_employer(session, form.name.data, form.contact.data, actor=current_actor())
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    flash(_("The company is added. It sees nothing yet."), "success")
    return redirect(landing, 303)


@blueprint.get("/companies/<uuid:employer_id>")
@requires(Permission.EMPLOYER_ADMINISTER)
def show_company(employer_id: object) -> ResponseReturnValue:
    """Show a company: its tokens, what is and was disclosed to it."""
    return _page(str(employer_id))


@blueprint.post("/companies/<uuid:employer_id>/tokens")
@requires(Permission.EMPLOYER_ADMINISTER)
def add_company_token(employer_id: object) -> ResponseReturnValue:
    """Make a token for a company and show its secret, this once."""
    form, company = EmployerTokenForm(), str(employer_id)
    if not form.validate():
        return show_again(form, lambda: _page(company, form))
    try:
        with acting(url_for(".show_company", employer_id=company)) as session:
            _token, secret = make_employer_token(session, company, days=int(form.days.data), actor=current_actor())
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _page(company, form), error)
    return _page(company, secret=secret)


@blueprint.post("/companies/<uuid:employer_id>/tokens/<uuid:token_id>/revoke")
@requires(Permission.EMPLOYER_ADMINISTER)
def end_company_token(employer_id: object, token_id: object) -> ResponseReturnValue:
    """Revoke a company's token; it stops working at once."""
    landing = url_for(".show_company", employer_id=employer_id)
    with acting(landing) as session:
        revoke_employer_token(session, str(employer_id), str(token_id), actor=current_actor())
    flash(_("The token is revoked."), "success")
    return redirect(landing, 303)


@blueprint.post("/companies/<uuid:employer_id>/disclosures")
@requires(Permission.EMPLOYER_ADMINISTER)
def disclose(employer_id: object) -> ResponseReturnValue:
    """Let the company see a person's results."""
    form, company = DiscloseForm(), str(employer_id)
    with edge().storage.reading() as session:
        _offer(session, form, access_employer(session, company, current_actor()))
    if not form.validate():
        return show_again(form, lambda: _page(company, form))
    granted = Granted(
        Use(form.use.data), Extent(form.extent.data), tuple(form.competencies.data or ()), form.until.data
    )
    landing = url_for(".show_company", employer_id=company)
    try:
        with acting(landing) as session:
            disclose_results(
                session, company, form.person.data, granted, actor=current_actor(), reason=form.reason.data
            )
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _page(company, form), error)
    flash(_("Disclosed. The person sees it in their account."), "success")
    return redirect(landing, 303)


@blueprint.post("/companies/<uuid:employer_id>/disclosures/end")
@requires(Permission.EMPLOYER_ADMINISTER)
def end_company_disclosure(employer_id: object) -> ResponseReturnValue:
    """End a disclosure with a reason."""
    form, company = EndDisclosureForm(), str(employer_id)
    with edge().storage.reading() as session:
        access_employer(session, company, current_actor())
        _offer_ends(session, form, company)
    if not form.validate():
        return show_again(form, lambda: _page(company, form))
    landing = url_for(".show_company", employer_id=company)
    try:
        with acting(landing) as session:
            end_disclosure(session, form.disclosure.data, actor=current_actor(), reason=form.reason.data)
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _page(company, form), error)
    flash(_("Ended. The company sees nothing of this person any more."), "success")
    return redirect(landing, 303)


def _offer(session: Session, form: DiscloseForm, employer: Employer) -> None:
    trainees = holders_of(session, employer.operator_id, Role.TRAINEE)
    form.person.choices = choices_of((one.id, one.name or one.id) for one in trainees)
    language = page_language()
    known = [(one.code, f"{one.code} · {one.title.in_language(language)}") for one in list_competencies(session)]
    form.competencies.choices = choices_of(known)


def _offer_ends(session: Session, form: EndDisclosureForm, employer_id: str) -> None:
    now = clock.now()
    found = [one for one in disclosures_of_employer(session, employer_id) if is_open(one.until, one.ended_at, now)]
    names = names_of(session, {one.person_id for one in found})
    form.disclosure.choices = choices_of((one.id, names.get(one.person_id, one.person_id)) for one in found)


def _page(employer_id: str, answered: ActForm | None = None, *, secret: str = "") -> str:
    actor, now = current_actor(), clock.now()
    forms: list[Any] = [
        answered if isinstance(answered, kind) else kind(formdata=None)
        for kind in (EmployerTokenForm, DiscloseForm, EndDisclosureForm)
    ]
    with edge().storage.reading() as session:
        employer = access_employer(session, employer_id, actor)
        _offer(session, forms[1], employer)
        _offer_ends(session, forms[2], employer_id)
        tokens = tokens_of_employer(session, employer_id, now)
        shown = _shown(session, employer_id, now)
    return render_template(
        "privacy/company.html",
        employer=employer,
        tokens=tokens,
        shown=shown,
        secret=secret,
        answered=answered,
        token_form=forms[0],
        disclose_form=forms[1],
        end_form=forms[2],
    )


def _shown(session: Session, employer_id: str, now: datetime) -> list[dict[str, Any]]:
    found = disclosures_of_employer(session, employer_id)
    people = names_of(session, {one.person_id for one in found})
    deciders = names_of_actors(session, (one.set_by for one in found))
    return [_row(session, one, now) | {"name": people.get(one.person_id, one.person_id), "by": deciders[one.set_by]}
            for one in found]  # fmt: skip


def _row(session: Session, one: Disclosure, now: datetime) -> dict[str, Any]:
    whole = one.extent is Extent.ALL
    return {
        "one": one,
        "use": translate(USES[one.use]),
        "results": translate(EXTENTS[Extent.ALL]) if whole else ", ".join(one.competencies),
        "reason": open_text(session, one.reason),
        "is_open": is_open(one.until, one.ended_at, now),
    }
