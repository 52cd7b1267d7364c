"""The one address that a company's token opens: results and their validity of the people disclosed to it."""

from typing import Any

from flask import Blueprint, request
from spectree import Response

from app.kernel import clock
from app.privacy.queries.disclosing import ToldPerson
from app.privacy.rules.disclosing import Result
from app.privacy.services.disclosing import view_results
from app.web.access import public
from app.web.languages import page_language
from app.web.openapi import Answer, Problem, spec
from app.web.visitors import edge

blueprint = Blueprint("privacy_api", __name__, url_prefix="/api/v1")


class ResultAnswer(Answer):
    """Whether a competency is held, and until when."""

    competency: str
    title: str
    result: Result
    valid_until: str | None


class ToldAnswer(Answer):
    """A person whose results are disclosed to the company, and until when they are."""

    person: str
    name: str
    disclosed_until: str
    results: list[ResultAnswer]


class ResultsAnswer(Answer):
    """Everything that the company may see."""

    employer: str
    people: list[ToldAnswer]


@blueprint.get("/employer/results")
@public
@spec.validate(resp=Response(HTTP_200=ResultsAnswer, HTTP_401=Problem), tags=["employers"])
def read_results() -> Any:
    """Tell a company, by its own token, who holds which competency until when; each look is written down.

    The token belongs to no person, so this door judges it itself, and to every other address its bearer is a stranger.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    # No receipt is kept: whoever sent the same key without a token would be given its answer.
    with edge().storage.transaction() as session:
        employer, found = view_results(session, secret.strip() if scheme.lower() == "bearer" else "")
        return ResultsAnswer(employer=employer.name, people=[_told(one) for one in found])


def _told(one: ToldPerson) -> ToldAnswer:
    return ToldAnswer(
        person=one.disclosure.person_id,
        name=one.name,
        disclosed_until=clock.to_text(one.disclosure.until),
        results=[
            ResultAnswer(
                competency=competency.code,
                title=competency.title.in_language(page_language()),
                result=result,
                valid_until=clock.to_text(valid_until) if valid_until else None,
            )
            for competency, result, valid_until in one.results
        ],
    )
