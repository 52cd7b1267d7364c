"""The public page on which anybody learns how to verify a bundle; nothing on it comes from the database."""

import re

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.evidence.views.addresses import PATH
from app.web.access import public

_NUMBER = re.compile(r"[A-Z0-9-]{1,40}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get(PATH)(show_verification)


@public
def show_verification() -> ResponseReturnValue:
    """Say how a record is verified, with the number and the digest that a print carries to be compared."""
    number, digest = request.args.get("record", ""), request.args.get("digest", "")
    return render_template(
        "evidence/verify.html",
        number=number if _NUMBER.match(number) else "",
        digest=digest if _DIGEST.match(digest) else "",
    )
