"""The pages of retention: the terms, the lists of what is over, and one list with what two people decide over it."""

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audit.services import open_text
from app.identity.queries import names_of, names_of_actors
from app.kernel.actors import Permission
from app.kernel.errors import CahierError, Conflict, Invalid, NotFound, Refused
from app.privacy.forms import ApproveForm, HoldForm, TermForm, WithdrawForm
from app.privacy.models import Expiry, ExpiryItem
from app.privacy.queries.expiring import items_of, lists_for, numbers_of, to_disable_first
from app.privacy.queries.terms import terms_now, versions_of_terms
from app.privacy.rules.retention import (
    BOUNDS,
    CLASSES,
    EXPIRY_STATES,
    ITEM_STATES,
    STARTS,
    ExpiryState,
    ItemState,
    RetentionClass,
    Term,
)
from app.privacy.services.expiring import access_expiry, approve_expiry, confirm_expiry, hold_item, return_expiry
from app.privacy.services.terms import set_term
from app.privacy.views.blueprint import blueprint
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import ActForm, choices_of, show_again
from app.web.languages import translate
from app.web.opened import texts_behind
from app.web.visitors import current_actor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused)


@blueprint.route("/privacy/retention", methods=["GET", "POST"])
@requires(Permission.ERASURE_DECIDE)
def show_retention() -> ResponseReturnValue:
    """Show the terms and the lists; for the hub, choose a term."""
    form = TermForm()
    form.chosen.choices = choices_of((one.value, translate(text)) for one, text in CLASSES.items())
    if not form.is_submitted():
        return _terms_page(form)

    def act(session: Session) -> None:
        term = Term(form.months.data, form.minor_months.data)
        set_term(session, RetentionClass(form.chosen.data), term, actor=current_actor(), reason=form.reason.data)

    landing = url_for(".show_retention")
    return _decide(form, act, lambda: _terms_page(form), landing, _("The term is chosen. It counts at once."))


def _terms_page(form: TermForm) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        now, versions = terms_now(session), versions_of_terms(session)
        reasons = texts_behind(session, [row.reason for row in versions])
        names = names_of_actors(session, [row.set_by for row in versions])
        lists = [_list_facts(session, one) for one in lists_for(session, actor.operator_id)]
        blocked = to_disable_first(session, actor.operator_id)
    return render_template(
        "privacy/retention.html",
        terms=[_term_facts(one, term) for one, term in now.items()],
        versions=[
            {"row": row, "name": translate(CLASSES[row.retention_class]), "reason": reasons[row.reason]}
            | {"by": names[row.set_by]}
            for row in versions
        ],
        lists=lists,
        blocked=blocked,
        form=form,
        may_choose=actor.operator_id is None,
    )


def _term_facts(one: RetentionClass, term: Term) -> dict[str, Any]:
    return {"name": translate(CLASSES[one]), "start": translate(STARTS[one]), "term": term, "bounds": BOUNDS[one]}


def _list_facts(session: Session, expiry: Expiry) -> dict[str, Any]:
    count = len(items_of(session, expiry.id))
    return {"row": expiry, "count": count, "state": translate(EXPIRY_STATES[expiry.state])}


@blueprint.get("/privacy/expiries/<uuid:expiry_id>")
@requires(Permission.ERASURE_DECIDE)
def show_expiry(expiry_id: object) -> ResponseReturnValue:
    """Show a list of what is over, and what may be decided over it."""
    return _list_page(str(expiry_id))


@blueprint.post("/privacy/expiries/<uuid:expiry_id>/approve")
@requires(Permission.ERASURE_DECIDE)
def approve(expiry_id: object) -> ResponseReturnValue:
    """Approve a list as the first person."""
    form, listed = ApproveForm(), str(expiry_id)

    def act(session: Session) -> None:
        approve_expiry(session, listed, actor=current_actor(), reason=form.reason.data)

    done = _("Approved. Another person must confirm it now; nothing is erased before.")
    return _decide(form, act, lambda: _list_page(listed, form), url_for(".show_expiry", expiry_id=listed), done)


@blueprint.post("/privacy/expiries/<uuid:expiry_id>/confirm")
@requires(Permission.ERASURE_DECIDE)
def confirm_list(expiry_id: object) -> ResponseReturnValue:
    """Confirm a list as the second person; the worker erases then."""
    form, listed = ActForm(), str(expiry_id)

    def act(session: Session) -> None:
        confirm_expiry(session, listed, actor=current_actor())

    done = _("Confirmed. The worker erases item by item; records and their proofs stay.")
    return _decide(form, act, lambda: _list_page(listed, form), url_for(".show_expiry", expiry_id=listed), done)


@blueprint.post("/privacy/expiries/<uuid:expiry_id>/return")
@requires(Permission.ERASURE_DECIDE)
def give_back(expiry_id: object) -> ResponseReturnValue:
    """Give an approved list back."""
    form, listed = WithdrawForm(), str(expiry_id)

    def act(session: Session) -> None:
        return_expiry(session, listed, actor=current_actor(), reason=form.reason.data)

    done = _("The list is given back. Nothing was erased.")
    return _decide(form, act, lambda: _list_page(listed, form), url_for(".show_expiry", expiry_id=listed), done)


@blueprint.route("/privacy/expiries/<uuid:expiry_id>/items/<int:number>/hold", methods=["GET", "POST"])
@requires(Permission.ERASURE_DECIDE)
def hold(expiry_id: object, number: int) -> ResponseReturnValue:
    """Hold an item back until a day, with a reason."""
    form, listed = HoldForm(), str(expiry_id)
    if not form.is_submitted():
        return _hold_page(listed, number, form)

    def act(session: Session) -> None:
        until = datetime.combine(form.until.data, time(0), ZoneInfo(edge().zone))
        hold_item(session, listed, number, until, actor=current_actor(), reason=form.reason.data)

    landing = url_for(".show_expiry", expiry_id=listed)
    return _decide(form, act, lambda: _hold_page(listed, number, form), landing, _("Held back until that day."))


def _decide(
    form: ActForm, act: Callable[[Session], None], show: Callable[[], str], landing: str, done: str
) -> ResponseReturnValue:
    error: CahierError | None = None
    if form.validate():
        try:
            with acting(landing) as session:
                act(session)
        except SHOWN_AGAIN as refusal:
            error = refusal
        else:
            flash(done, "success")
            return redirect(landing, 303)
    return show_again(form, show, error)


def _hold_page(expiry_id: str, number: int, form: HoldForm) -> str:
    with edge().storage.reading() as session:
        access_expiry(session, expiry_id, current_actor())
        item = session.get(ExpiryItem, (expiry_id, number))
        if item is None or item.state is not ItemState.LISTED:
            raise NotFound
        [shown] = _items(session, [item])
    return render_template("privacy/hold.html", expiry_id=expiry_id, item=shown, form=form)


def _list_page(expiry_id: str, form: ActForm | None = None) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        expiry = access_expiry(session, expiry_id, actor)
        items = items_of(session, expiry_id)
        names = names_of_actors(session, [expiry.approved_by, expiry.confirmed_by])
        shown, decision = _items(session, items), open_text(session, expiry.decision)
    counts = [one.retention_class for one in items]
    return render_template(
        "privacy/expiry.html",
        expiry=expiry,
        state=translate(EXPIRY_STATES[expiry.state]),
        items=shown,
        counts=[(translate(text), counts.count(one)) for one, text in CLASSES.items() if one in counts],
        decision=decision,
        names=names,
        waits_for_first=expiry.state is ExpiryState.PROPOSED,
        waits_for_second=expiry.state is ExpiryState.APPROVED,
        is_own=expiry.approved_by == actor.pseudonym,
        form=form,
        approving=form if isinstance(form, ApproveForm) else ApproveForm(formdata=None),
        returning=form if isinstance(form, WithdrawForm) else WithdrawForm(formdata=None),
    )


def _items(session: Session, items: Sequence[ExpiryItem]) -> list[dict[str, Any]]:
    names = names_of(session, {item.person_id for item in items if item.person_id})
    numbers = numbers_of(session, [item.record_id for item in items if item.record_id])
    reasons = texts_behind(session, [item.hold_reason for item in items])
    return [
        {
            "row": item,
            "what": translate(CLASSES[item.retention_class]),
            "record": numbers.get(item.record_id or "", ""),
            "person": names.get(item.person_id or "", ""),
            "state": translate(ITEM_STATES[item.state]),
            "reason": reasons.get(item.hold_reason or "", ""),
            "may_hold": item.state is ItemState.LISTED,
        }
        for item in items
    ]
