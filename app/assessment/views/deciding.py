"""The assessor's decision: filled in, shown exactly as it will be signed, signed; nothing typed is lost on the way."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.assessment import queries, services
from app.assessment.rules import LONGEST_TEXT, Draft, Judged, check_conclusion, facts_of_statement
from app.assessment.views import wording
from app.assessment.views.reviewing import NOT_THE_REVIEWER, open_for_reviewer
from app.competencies.errors import UnknownCompetency
from app.competencies.rules.awarding import Outcome
from app.exercises.rules.master import Exercise
from app.identity.views.proving import read_proof
from app.kernel import canonical, clock
from app.kernel.actors import Permission
from app.kernel.errors import N_, CahierError, Invalid
from app.notebook.rules.words import Deed, RecordState, next_state
from app.notebook.views.page import RecordPage, keep_in_form, words_of
from app.signatures.rules import LABELS, Meaning
from app.signatures.services.opening import open_own_key
from app.web.access import requires
from app.web.acting import acting
from app.web.languages import page_language, translate
from app.web.visitors import current_actor, edge

_SALT = re.compile(r"[0-9a-f]{32}")
NOT_CARRIED = frozenset({"csrf_token", "idempotency_key", "password", "login", "shown", "salt"})
"""What the form is asked anew on the page of the signature; everything else typed travels in hidden fields."""


@dataclass(frozen=True)
class Asked:
    """What an assessor filled in: the meaning they will sign under, and the draft."""

    meaning: Meaning
    draft: Draft


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/decision")(show_decision)
    blueprint.post("/decision")(decide)


@requires(Permission.RECORD_ASSESS)
def show_decision(record_id: object) -> ResponseReturnValue:
    """Show the form of the decision; before the review is signed there is nothing to decide."""
    with edge().storage.reading() as session:
        page = RecordPage.open(session, str(record_id))
    if page.record.state is not RecordState.REVIEWED:
        return redirect(url_for("assessment.review", record_id=record_id), 303)
    return _form_page(str(record_id), None)


@requires(Permission.RECORD_ASSESS)
def decide(record_id: object) -> ResponseReturnValue:
    """Show the statement that would be signed; with the password beneath it, sign it and close the record."""
    if "change" in request.form:
        return _form_page(str(record_id), None)
    with edge().storage.reading() as session:
        page = open_for_reviewer(session, str(record_id))
    try:
        asked = _read_checked(page)
    except CahierError as error:
        status = keep_in_form(error)
        return _form_page(str(record_id), error), status
    if "password" not in request.form:
        return _preview_page(str(record_id), asked, None)
    return _conclude(str(record_id), asked)


def _conclude(record_id: str, asked: Asked) -> ResponseReturnValue:
    landing, form = url_for("notebook.show_record", record_id=record_id), request.form
    try:
        key = open_own_key(form.get("password", ""), form.get("login", ""), read_proof(form))
        shown = form.get("shown", "")
        with acting(landing) as session:
            services.conclude(session, record_id, asked.draft, key, shown, meaning=asked.meaning, actor=current_actor())
    except NOT_THE_REVIEWER:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _preview_page(record_id, asked, error), status
    flash(_("Signed. The record is closed."), "success")
    return redirect(landing, 303)


def _read_checked(page: RecordPage) -> Asked:
    """Read the form and hold it against the rules of a conclusion; raises what is wrong, or the record's state."""
    next_state(page.record.state, Deed.APPROVE, f"record:{page.record.id}")
    asked = read_asked(request.form, page.sheet.exercise)
    today = clock.now().astimezone(ZoneInfo(page.record.zone)).date()
    check_conclusion(asked.draft, asked.meaning, page.sheet.exercise.criteria, page.sheet.exceptions, today=today)
    return asked


def read_asked(form: Mapping[str, str], exercise: Exercise) -> Asked:
    """Read a filled-in decision; raises Invalid. A rejected record leaves open criteria as not observed."""
    if form.get("decision") not in wording.DECISIONS:
        raise Invalid(fields={"decision": N_("Say what you decide.")})
    meaning, verdict, _name, _more = wording.DECISIONS[form["decision"]]
    judgements = {}
    for criterion in exercise.criteria:
        outcome = form.get(f"outcome.{criterion.id}", "")
        if outcome in set(Outcome):
            remark = _text(form, f"remark.{criterion.id}")
            judgements[criterion.id] = Judged(Outcome(outcome), remark)
        elif meaning is Meaning.REJECTED:
            judgements[criterion.id] = Judged(Outcome.NOT_OBSERVED)
    salt = form.get("salt", "")
    draft = Draft(
        salt=salt if _SALT.fullmatch(salt) else canonical.new_salt(),
        verdict=verdict,
        grounds=_text(form, "grounds"),
        scope=_text(form, "scope"),
        judgements=judgements,
        reassess_on=_day(form.get("reassess_on", "")),
    )
    return Asked(meaning, draft)


def _text(form: Mapping[str, str], name: str) -> str:
    text = form.get(name, "").strip().replace("\r\n", "\n")
    if len(text) > LONGEST_TEXT:
        too_long = N_("This text is too long: at most %(most)s characters.")
        raise Invalid(too_long, fields={name: too_long}, most=LONGEST_TEXT)
    return text


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(fields={"reassess_on": N_("Enter a date.")}) from None


def _form_page(record_id: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = open_for_reviewer(session, record_id)
        typed = dict(request.form)
        outlook = _outlook(session, page)
        if request.method != "POST" and outlook["competency"]:
            typed["scope"] = outlook["competency"].scope.in_language(page_language())
        criteria = [
            {
                "id": one.id,
                "number": number,
                "text": one.text.in_language(page.reader.language),
                "critical": one.critical,
            }
            for number, one in enumerate(page.sheet.exercise.criteria, start=1)
        ]
        return page.render(
            "assessment/decision.html",
            criteria=criteria,
            outcomes=wording.outcome_choices(),
            decisions=[
                (key, translate(name), translate(more)) for key, (_m, _v, name, more) in wording.DECISIONS.items()
            ],
            typed=typed,
            **_evidence(session, page),
            **outlook,
            **words_of(error),
        )


def _preview_page(record_id: str, asked: Asked, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = open_for_reviewer(session, record_id)
        draft = asked.draft
        signable = queries.signable_conclusion(
            session, page.record, page.sheet, draft.commitment(), facts_of_statement(draft)
        )
        statement = draft.statement()
        return page.render(
            "assessment/preview.html",
            statement=wording.statement_view(
                json.loads(statement), asked.meaning, page.sheet.exercise, page.reader.language
            ),
            statement_text=statement,
            commitment=draft.commitment(),
            shown_digest=signable.digest,
            salt=draft.salt,
            carried=[(name, value) for name, value in request.form.items() if name not in NOT_CARRIED],
            meaning=asked.meaning.value,
            pledge=translate(LABELS[asked.meaning]),
            typed_login=request.form.get("login", ""),
            **_evidence(session, page),
            **_outlook(session, page),
            **words_of(error),
        )


def _evidence(session: Session, page: RecordPage) -> dict[str, Any]:
    """Return what the decision rests on."""
    signable = queries.signable_review(session, page.record, page.sheet)
    return {
        "figures": queries.review_figures(page.sheet),
        "content_digest": signable.facts["content"],
    }


def _outlook(session: Session, page: RecordPage) -> dict[str, Any]:
    """Return in words what "competent" would come to, and what else follows."""
    nothing = {"competency": None, "competency_title": "", "prospect": "", "passes": 0, "needed": 0, "breaks": False}
    try:
        prospect = queries.prospect_of(session, page.record, page.sheet)
    except UnknownCompetency:
        return nothing | {"unknown_competency": page.sheet.exercise.competency}
    if prospect is None:
        return nothing
    return {
        "competency": prospect.competency,
        "competency_title": wording.competency_title(prospect),
        "prospect": wording.prospect_text(prospect, page.record),
        "passes": prospect.after.passes,
        "needed": prospect.after.needed,
        "breaks": wording.breaks_run(prospect),
    }
