"""Files through the API: attaching one as a form of several parts, withdrawing one, taking the original."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from app.kernel.actors import Permission
from app.notebook.api import messages
from app.notebook.api.acting import ACTS, act_on
from app.notebook.services.files import attach_file, withdraw_file
from app.notebook.views.files import original_of
from app.notebook.views.shelf import most_bytes, read_upload, shelf_here
from app.web.access import requires
from app.web.openapi import LinesResponse, Problem, spec
from app.web.uploads import takes_upload
from app.web.visitors import current_actor

ORIGINAL = LinesResponse("*/*", HTTP_401=Problem, HTTP_403=Problem, HTTP_404=Problem, HTTP_409=Problem)


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    file = "/records/<uuid:record_id>/files/<int:sequence>"
    blueprint.post("/records/<uuid:record_id>/steps/<step_id>/files")(attach)
    blueprint.post(f"{file}/withdrawal")(withdraw)
    blueprint.get(file)(fetch)


@requires(Permission.RECORD_EXECUTE)
@takes_upload(most_bytes)
@spec.validate(resp=ACTS, tags=["files"])
def attach(record_id: UUID, step_id: str, form: messages.FileForm) -> Any:
    """Attach a file to a step; it is checked by its content, and kept byte for byte."""
    upload, reason = read_upload(), request.form.get("reason", "")  # `form` is none where something else was sent
    return act_on(
        record_id,
        lambda session, record: attach_file(
            session, record, step_id, upload, shelf_here(), actor=current_actor(), reason=reason
        ),
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["files"])
def withdraw(record_id: UUID, sequence: int, json: messages.ReasonMessage) -> Any:
    """Say with a reason that a file does not count; it stays, marked."""
    return act_on(
        record_id,
        lambda session, record: withdraw_file(session, record, sequence, actor=current_actor(), reason=json.reason),
    )


@requires(Permission.RECORD_READ)
@spec.validate(resp=ORIGINAL, tags=["files"])
def fetch(record_id: UUID, sequence: int) -> Response:
    """Take the original of a file, byte for byte; its SHA-256 stands in its entry."""
    return original_of(str(record_id), sequence)
