"""What a file is, by its content: each kind that may be attached is opened by what opens it for people (AS-5.2.2).

No table of first bytes is asked: a content that begins like a picture and cannot be decoded is none. What could run a
program, ask for a password, or unpack to more than it says is refused.
"""

import io
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

import pikepdf
from PIL import Image

from app.kernel.errors import N_
from app.notebook.errors import FileRefused

MOST_PIXELS = 64_000_000
MOST_PAGES, MOST_OBJECTS = 500, 100_000
MOST_MEMBERS, MOST_UNPACKED = 2_000, 100 * 10**6
DRAFT = (64, 64)
JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
CSV, TEXT = "text/csv", "text/plain"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS: dict[str, tuple[str, ...]] = {
    JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    PNG: (".png",),
    WEBP: (".webp",),
    PDF: (".pdf",),
    CSV: (".csv", ".tsv"),
    TEXT: (".txt", ".log", ".asc", ".dat", ".prn"),
    XLSX: (".xlsx",),
}
"""Media type → the endings that a name of it may have, the usual one first."""
ACCEPTED = ",".join(
    (*(kind for kind in ENDINGS if kind != TEXT), *(ending for endings in ENDINGS.values() for ending in endings))
)
"""What an input of files offers to choose from."""

_DAMAGED = N_(
    "This file cannot be opened: it is damaged, or not what it seems to be. Take it again from where it comes."
)
_OTHER = N_("Only photos (JPEG, PNG, WebP), PDF, text, CSV and Excel tables (XLSX) can be attached.")
_PROGRAM = N_("This file holds a program, or asks to start one. Save it without (as PDF/A, as XLSX), or print it.")
_LOCKED = N_("This file asks for a password. Attach one that everybody who reviews the record can open.")
_LARGE = N_("This file unpacks to more than a record can take.")
_ANIMATED = N_("Moving pictures cannot be attached: who reviews would see only the first of them.")
_MISNAMED = N_("The name says %(ending)s, and the content is something else. Take the file again from where it comes.")


@dataclass(frozen=True)
class Recognised:
    """What a content is, and the ending that its name gets if it has none."""

    media_type: str
    ending: str


def recognise(content: bytes, name: str) -> Recognised:
    """Return what a content is; raises FileRefused for anything that may not be attached, or has another's name."""
    media_type = _kind_of(content)
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if media_type == TEXT and ending in ENDINGS[CSV]:
        media_type = CSV
    if ending and ending not in ENDINGS[media_type]:
        raise FileRefused(_MISNAMED, ending=ending[:12])
    return Recognised(media_type, ENDINGS[media_type][0])


def open_picture(content: bytes) -> Image.Image:
    """Return a picture whose size is known and bearable, not decoded yet; raises FileRefused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is judged below
            picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
    except Image.DecompressionBombError:
        raise FileRefused(_LARGE) from None
    except Exception as error:  # a decoder raises whatever a crafted file makes it stumble over
        raise FileRefused(_DAMAGED) from error
    if picture.width * picture.height > MOST_PIXELS:
        raise FileRefused(_LARGE)
    return picture


def _kind_of(content: bytes) -> str:
    for begins, media_type, check in _KINDS:
        if content.startswith(begins) and (media_type != WEBP or content[8:12] == b"WEBP"):
            check(content)
            return media_type
    _check_text(content)
    return TEXT


def _check_picture(content: bytes) -> None:
    picture = open_picture(content)
    # Phones put a second picture (a map of brightness, a preview) behind the first of a JPEG: that moves nothing.
    if getattr(picture, "n_frames", 1) > 1 and picture.format in ("PNG", "WEBP"):
        raise FileRefused(_ANIMATED)
    try:
        picture.draft("RGB", DRAFT)  # a JPEG is decoded small; every byte of it is read all the same
        picture.load()
    except Exception as error:  # see open_picture
        raise FileRefused(_DAMAGED) from error


def _check_pdf(content: bytes) -> None:
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            if document.is_encrypted:
                raise FileRefused(_LOCKED)
            if not 0 < len(document.pages) <= MOST_PAGES or len(document.objects) > MOST_OBJECTS:
                raise FileRefused(_LARGE)
            if any(map(_starts_something, document.objects)):
                raise FileRefused(_PROGRAM)
    except pikepdf.PasswordError:
        raise FileRefused(_LOCKED) from None
    except FileRefused:
        raise
    except Exception as error:  # see open_picture
        raise FileRefused(_DAMAGED) from error


def _starts_something(found: pikepdf.Object) -> bool:
    """Say whether an object of a PDF, or one written inside it, runs a script or another program."""
    if isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
        if "/JS" in found or "/JavaScript" in found:
            return True
        if found.get("/S") in (pikepdf.Name.JavaScript, pikepdf.Name.Launch):
            return True
        inside = [value for _, value in found.items()]
    elif isinstance(found, pikepdf.Array):
        inside = list(found)
    else:
        return False
    # What stands elsewhere is looked at in its own turn; numbers and the like come as those of Python.
    return any(_starts_something(one) for one in inside if not getattr(one, "is_indirect", True))


def _check_table(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
                raise FileRefused(_LARGE)
            names = {one.filename for one in members}
            if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
                raise FileRefused(_OTHER)
            if any("vbaproject" in name.lower() or "/activex/" in name.lower() for name in names):
                raise FileRefused(_PROGRAM)
            if b"macroEnabled" in packed.read("[Content_Types].xml"):
                raise FileRefused(_PROGRAM)
            if packed.testzip() is not None:
                raise FileRefused(_DAMAGED)
    except FileRefused:
        raise
    except Exception as error:  # see open_picture
        raise FileRefused(_DAMAGED) from error


def _check_text(content: bytes) -> None:
    """Text is what holds no sign that is none in either of the two ways in which instruments write it."""
    if not content.strip() or any(byte < 32 and byte not in b"\t\n\r\f" for byte in content) or b"\x7f" in content:
        raise FileRefused(_OTHER)
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"<", b"%!", b"#!", b"{\\rtf")):
        raise FileRefused(_OTHER)
    if not any(_reads_as(content, coding) for coding in ("utf-8", "cp1252")):
        raise FileRefused(_OTHER)


def _reads_as(content: bytes, coding: str) -> bool:
    try:
        content.decode(coding)
    except UnicodeDecodeError:
        return False
    return True


_KINDS: tuple[tuple[bytes, str, Callable[[bytes], None]], ...] = (
    (b"\xff\xd8\xff", JPEG, _check_picture),
    (b"\x89PNG\r\n\x1a\n", PNG, _check_picture),
    (b"RIFF", WEBP, _check_picture),
    (b"%PDF-", PDF, _check_pdf),
    (b"PK\x03\x04", XLSX, _check_table),
)
