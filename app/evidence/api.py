"""The API of evidence: judge a bundle or a sealed PDF, for whoever asks."""

from typing import Any, Literal

from flask import Blueprint
from spectree import Response

from app.evidence.errors import Unjudged
from app.evidence.rules.judging import MOST_UPLOAD_BYTES
from app.evidence.views.receiving import judge_received
from app.web.access import public
from app.web.openapi import Answer, Problem, spec
from app.web.uploads import takes_upload

blueprint = Blueprint("evidence_api", __name__, url_prefix="/api/v1")
REFUSALS = {"HTTP_409": Problem, "HTTP_413": Problem, "HTTP_422": Problem, "HTTP_429": Problem}


class VerificationAnswer(Answer):
    """The report of the verifier about a bundle, or one of the same form about a PDF's seal, and whose trust it was."""

    trust: Literal["hub", "brought"]
    report: dict[str, Any]


@blueprint.post("/verify")
@public
@takes_upload(MOST_UPLOAD_BYTES)
@spec.validate(resp=Response(HTTP_200=VerificationAnswer, **REFUSALS), tags=["evidence"], security={})
def verify() -> Any:
    """Judge the `file` of a multipart form, a bundle or a sealed PDF, by the `trust` file beside it or by the hub's.

    Nothing of either is kept; no token is needed.
    """
    judged = judge_received()
    if judged.report["verdict"] == "UNUSABLE":
        raise Unjudged(said=judged.report["error"]["text"])
    return VerificationAnswer(trust="brought" if judged.is_own_trust else "hub", report=judged.report)
