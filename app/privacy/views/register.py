"""The page of the register of processing: what is kept of people, why, for whom, how long (GDPR 30, 13)."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.privacy.queries.register import read_register
from app.privacy.queries.terms import terms_now
from app.privacy.rules.register import BASES, ENDS, PEOPLE, RECIPIENTS, DataClass
from app.privacy.rules.retention import RetentionClass, Term
from app.privacy.views.blueprint import blueprint
from app.web.access import signed_in
from app.web.languages import page_language, translate
from app.web.visitors import edge


@blueprint.get("/privacy/register")
@signed_in
def show_register() -> ResponseReturnValue:
    """Show every class of personal data, to everybody who is signed in: it is about them."""
    with edge().storage.reading() as session:
        terms = terms_now(session)
    register = read_register()
    classes = [_shown(one, register.tables_of(one.code), terms) for one in register.classes]
    return render_template("privacy/register.html", classes=classes, version=register.version)


def _shown(one: DataClass, tables: list[str], terms: dict[RetentionClass, Term]) -> dict[str, object]:
    language, has_term = page_language(), one.retention in set(RetentionClass)
    return {
        "code": one.code,
        "name": one.name[language],
        "purpose": one.purpose[language],
        "basis": [translate(BASES[code]) for code in one.basis],
        "people": [translate(PEOPLE[code]) for code in one.people],
        "recipients": [translate(RECIPIENTS[code]) for code in one.recipients],
        "term": terms[RetentionClass(one.retention)] if has_term else None,
        "end": "" if has_term else translate(ENDS[one.retention]),
        "tables": tables,
    }
