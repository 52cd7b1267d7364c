"""Where this application keeps files, how much of them, and the form by which one comes in."""

from typing import cast

from flask import Flask, current_app, request
from werkzeug.datastructures import FileStorage

from app.kernel.errors import N_, Invalid
from app.notebook.rules.files import MEGABYTE, ORIGINS, Origin
from app.notebook.rules.filetypes import ACCEPTED
from app.notebook.services.files import FileShelf, Upload
from app.web.languages import translate

SHELF = "cahier_files"
INPUTS = ("photo", "file")


def install_files(app: Flask, shelf: FileShelf) -> None:
    """Tell the application where files are kept, and how much of them."""
    app.extensions[SHELF] = shelf


def shelf_here() -> FileShelf:
    """Return where this application keeps files."""
    return cast(FileShelf, current_app.extensions[SHELF])


def most_bytes() -> int:
    """Return how much a request with a file may hold: twice the limit, so that one too large is told so in its form."""
    return 2 * shelf_here().limits.bytes + MEGABYTE


def form_facts() -> dict[str, object]:
    """Return what the form to attach a file shows."""
    return {
        "file_accept": ACCEPTED,
        "file_most": shelf_here().limits.bytes // MEGABYTE,
        "file_origins": [(origin.value, translate(label)) for origin, label in ORIGINS.items()],
    }


def read_upload() -> Upload:
    """Return the file that this request brings, from whichever of its inputs; raises Invalid for two at once."""
    sent = [file for name in INPUTS for file in request.files.getlist(name) if file.filename]
    if len(sent) > 1:
        raise Invalid(fields={"file": N_("One photo or file at a time: send the other after this one.")})
    try:
        origin = Origin(request.form.get("origin", Origin.ORIGINAL.value))
    except ValueError:
        raise Invalid(fields={"origin": N_("Choose one of the answers offered.")}) from None
    content, name = _content_of(sent[0]) if sent else (b"", "")
    return Upload(content, name, request.form.get("description", ""), origin)


def _content_of(sent: FileStorage) -> tuple[bytes, str]:
    return sent.stream.read(most_bytes()), sent.filename or ""
