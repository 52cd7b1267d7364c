"""The public page on which anybody verifies a bundle or a sealed PDF; what is brought is judged and forgotten."""

import re
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.evidence.rules.judging import MOST_FILE_BYTES, MOST_UPLOAD_BYTES, TONES
from app.evidence.views.addresses import PATH
from app.evidence.views.receiving import Judged, judge_received
from app.kernel import clock
from app.kernel.errors import CahierError, TooMany
from app.web.access import public
from app.web.errors import status_of
from app.web.formats import show_time
from app.web.languages import translate
from app.web.uploads import takes_upload

_NUMBER = re.compile(r"[A-Z0-9-]{1,40}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_JSON = "application/json"


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get(PATH)(show_verification)
    blueprint.post(PATH)(verify)


@public
def show_verification() -> ResponseReturnValue:
    """Ask for a file, with the number and the digest that a print carries to be compared."""
    return _form()


@public
@takes_upload(MOST_UPLOAD_BYTES)
def verify() -> ResponseReturnValue:
    """Judge the file that was brought and show every answer; as JSON for whoever asks for that."""
    try:
        judged = judge_received()
    except TooMany:
        raise
    except CahierError as error:
        if _wants_json():
            raise
        messages = getattr(error, "fields", {}) or {"file": error.message}
        return _form({name: [translate(text, **error.values)] for name, text in messages.items()}), status_of(error)
    unusable = judged.report["verdict"] == "UNUSABLE"
    if _wants_json():
        return jsonify(
            trust="brought" if judged.is_own_trust else "hub", report=judged.report
        ), 422 if unusable else 200
    if unusable:
        return _form({_field_of(judged): [judged.report["error"]["text"]]}), 422
    return _answers(judged)


def _form(errors: dict[str, list[str]] | None = None) -> str:
    return render_template("evidence/verify.html", errors=errors or {}, most=MOST_FILE_BYTES // 2**20, **_printed())


def _answers(judged: Judged) -> str:
    report, printed = judged.report, _printed()
    seal = report.get("seal", {})
    return render_template(
        "evidence/verified.html",
        report=report,
        tones=TONES,
        is_own_trust=judged.is_own_trust,
        sealed_at=show_time(clock.from_text(seal["time"])) if seal.get("time") else "",
        made_at=_shown(report["bundle"]["made_at"]) if "bundle" in report else "",
        same_number="bundle" in report and printed["number"] == report["bundle"]["number"],
        same_digest=printed["digest"] in judged.digests,
        **printed,
    )


def _field_of(judged: Judged) -> str:
    """Return which of the two files the verifier complains about."""
    return "trust" if judged.report["error"]["code"].startswith("trust-") else "file"


def _shown(time: str) -> str:
    try:
        return show_time(clock.from_text(time))
    except ValueError:
        return time


def _printed() -> dict[str, Any]:
    """Return what a print says of its record, as far as it has the form of such a thing, and where to begin again."""
    number, digest = request.values.get("record", ""), request.values.get("digest", "")
    known = {
        "number": number if _NUMBER.match(number) else "",
        "digest": digest if _DIGEST.match(digest) else "",
    }
    again = url_for("evidence.show_verification", record=known["number"] or None, digest=known["digest"] or None)
    return known | {"again": again, "here": again}


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match([_JSON, "text/html"], "text/html") == _JSON
