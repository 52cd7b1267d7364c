"""Verification on demand, for those who may: the operator's log in words, with what no verification can say."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from app.audit.models import Log
from app.audit.policies import Policy
from app.audit.signer import CheckpointSigner
from app.audit.standing import standing_of
from app.audit.verification import Verdict, verify
from app.kernel.actors import Permission
from app.notebook.views.shelf import shelf_here
from app.trail.queries import log_of, with_files
from app.trail.rules.findings import FINDINGS, LIMITS
from app.web.access import requires
from app.web.languages import translate
from app.web.visitors import current_actor, edge

OUTSIDE = "cahier_log_outside"
MOST_LINES = 100_000
"""A longer log is verified by `cahier audit verify`: a page should not keep a person waiting for minutes."""


@dataclass(frozen=True)
class Outside:
    """What is known from outside the database: the folder of keys, who stamps checkpoints, and who cosigns them."""

    keys: Path
    authorities: tuple[str, ...] = ()
    policy: Policy | None = None


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/trail/verify")(show_verification)


@requires(Permission.TRAIL_VERIFY)
def show_verification() -> ResponseReturnValue:
    """Show what a verification is; with `now` in the address, do it and show the verdict."""
    with edge().storage.reading() as session:
        log = log_of(session, current_actor())
        standing = standing_of(session, log, _outside().policy, _outside().authorities)
    too_long = log.size > MOST_LINES
    verdict = _verify(log) if request.args.get("now") and not too_long else None
    return render_template(
        "trail/verify.html",
        origin=log.origin,
        size=log.size,
        most=MOST_LINES,
        too_long=too_long,
        standing=standing,
        verdict=_words(verdict) if verdict else None,
        may_open=current_actor().may(Permission.INCIDENT_OPEN),
        limits=[translate(limit) for limit in LIMITS],
    )


def _verify(log: Log) -> Verdict:
    signer = CheckpointSigner(_outside().keys)
    # Read before the database, so that what the signer remembers cannot be newer than what is read.
    trust = replace(signer.trust(*signer.origins()), policy=_outside().policy)
    verdict = verify(edge().storage, trust, origin=log.origin)
    if log.operator_id is None:
        return verdict  # no record's line stands in the hub's own log
    return with_files(verdict, edge().storage, shelf_here().store, log.operator_id)


def _outside() -> Outside:
    return cast(Outside, current_app.extensions[OUTSIDE])


def _words(verdict: Verdict) -> dict[str, Any]:
    return {
        "holds": verdict.holds,
        "lines": sum(log.size for log in verdict.logs),
        "sealed": sum(log.sealed for log in verdict.logs),
        "rows": verdict.rows,
        "omitted": verdict.omitted,
        "findings": [
            {"what": translate(FINDINGS[finding.code]), "where": finding.where, "action": finding.action}
            for finding in verdict.findings
        ],
    }
