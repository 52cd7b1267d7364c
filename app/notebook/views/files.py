"""Files at the bench: attaching one to a step, withdrawing one, taking the original, showing a copy of a picture.

What somebody uploaded is never shown as a page of ours: the original is only to be saved, and what is shown of a
picture was drawn anew from it (AS-3.2.1).
"""

import io

from flask import Blueprint, Response, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.actors import Permission
from app.kernel.errors import CahierError, NotFound
from app.notebook.queries import access_record, sheet_of
from app.notebook.rules.files import AttachedFile
from app.notebook.rules.pictures import Shown
from app.notebook.services.files import attach_file, withdraw_file
from app.notebook.services.keeping import content_of, picture_of
from app.notebook.views.bench import show_refused
from app.notebook.views.filing import file_name
from app.notebook.views.page import NOT_THEIR_FORM, RecordPage, keep_in_form, words_of
from app.notebook.views.shelf import most_bytes, read_upload, shelf_here
from app.web.access import requires
from app.web.acting import acting
from app.web.uploads import takes_upload
from app.web.visitors import current_actor, edge

ERROR_KEY = "file"
SANDBOX = "default-src 'none'; sandbox"


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    file = "/records/<uuid:record_id>/files/<int:sequence>"
    blueprint.post("/records/<uuid:record_id>/steps/<step_id>/files")(attach)
    blueprint.get(file)(fetch_file)
    blueprint.get(f"{file}/picture/<any(whole, small):shown>")(show_picture)
    blueprint.get(f"{file}/withdraw")(show_withdraw)
    blueprint.post(f"{file}/withdraw")(withdraw)


@requires(Permission.RECORD_EXECUTE)
@takes_upload(most_bytes)
def attach(record_id: object, step_id: str) -> ResponseReturnValue:
    """Attach a photo or a file to a step; whatever is wrong with it shows in its form, with what was typed."""
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id, _anchor="files")
    reason = request.form.get("reason", "")
    try:
        upload = read_upload()
        with acting(landing) as session:
            attach_file(session, str(record_id), step_id, upload, shelf_here(), actor=current_actor(), reason=reason)
    except NOT_THEIR_FORM:
        raise
    except CahierError as error:
        return show_refused(error, str(record_id), step_id, ERROR_KEY)
    return redirect(landing, 303)


@requires(Permission.RECORD_READ)
def fetch_file(record_id: object, sequence: int) -> ResponseReturnValue:
    """Hand out the original, byte for byte, to be saved; to those who may see the record."""
    return original_of(str(record_id), sequence)


@requires(Permission.RECORD_READ)
def show_picture(record_id: object, sequence: int, shown: str) -> ResponseReturnValue:
    """Show a copy of a picture, without what the camera wrote into it."""
    file = find_file(str(record_id), sequence)
    if file.facts is None or not file.facts.is_picture:
        raise NotFound
    copy = picture_of(shelf_here().store, file, Shown(shown))
    return Response(copy, content_type="image/jpeg", headers={"Content-Security-Policy": SANDBOX})


@requires(Permission.RECORD_EXECUTE)
def show_withdraw(record_id: object, sequence: int) -> ResponseReturnValue:
    """Show the form to withdraw a file."""
    return _withdraw_page(str(record_id), sequence, None)


@requires(Permission.RECORD_EXECUTE)
def withdraw(record_id: object, sequence: int) -> ResponseReturnValue:
    """Withdraw a file with a reason; it stays, marked."""
    step_id = find_file(str(record_id), sequence).entry.step_id
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id, _anchor="files")
    try:
        with acting(landing) as session:
            reason = request.form.get("reason", "")
            withdraw_file(session, str(record_id), sequence, actor=current_actor(), reason=reason)
    except NOT_THEIR_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _withdraw_page(str(record_id), sequence, error), status
    return redirect(landing, 303)


def find_file(record_id: str, sequence: int) -> AttachedFile:
    """Return a file of a record that the visitor may see; raises NotFound."""
    with edge().storage.reading() as session:
        sheet = sheet_of(session, access_record(session, record_id, current_actor()))
    return file_of(sheet.files, sequence)


def file_of(files: tuple[AttachedFile, ...], sequence: int) -> AttachedFile:
    """Return the file that an entry attached; raises NotFound."""
    found = next((file for file in files if file.entry.sequence == sequence), None)
    if found is None:
        raise NotFound
    return found


def original_of(record_id: str, sequence: int) -> Response:
    """Return the answer that hands out an original; raises NotFound for one that is not there for the visitor."""
    file = find_file(record_id, sequence)
    if file.facts is None:
        raise NotFound
    content = content_of(shelf_here().store, file)
    answer = send_file(io.BytesIO(content), file.facts.media_type, as_attachment=True, download_name=file.facts.name)
    answer.direct_passthrough = False  # it is in memory, and the API checks what it answers
    answer.content_type = file.facts.media_type  # how an instrument wrote its text is not for us to say
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer


def _withdraw_page(record_id: str, sequence: int, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        page.need_enter()
        file = file_of(page.sheet.files, sequence)
        return page.render(
            "notebook/reason.html",
            step_id=file.entry.step_id,
            title=_("Withdraw a file"),
            lead=file_name(file),
            question=_("Why does it not count?"),
            hint=_("The file stays in the record, marked as withdrawn, with your reason."),
            deed=_("Withdraw the file"),
            icon_name="na",
            action=url_for("notebook.withdraw", record_id=record_id, sequence=sequence),
            typed=dict(request.form),
            **words_of(error),
        )
