"""What is shown of a photo: a copy, turned upright, smaller, and without anything that the camera wrote into it.

The original keeps its place and its time of capture, and is for those who may see the record alone (GD-photo).
"""

import io
from dataclasses import dataclass
from enum import StrEnum

from PIL import ExifTags, Image, ImageOps

from app.notebook.rules.files import LONGEST_CAPTURE
from app.notebook.rules.filetypes import open_picture

QUALITY = 82
WHITE = (255, 255, 255)


class Shown(StrEnum):
    """In which size a picture is shown."""

    WHOLE = "whole"
    SMALL = "small"
    PRINT = "print"


EDGES: dict[Shown, int] = {Shown.WHOLE: 1600, Shown.SMALL: 320, Shown.PRINT: 900}
"""The longer edge of each, in pixels at most."""


@dataclass(frozen=True)
class Capture:
    """What a camera says of itself: when, in its own clock, and which."""

    taken_at: str = ""
    device: str = ""


def shown_copy(content: bytes, shown: Shown) -> bytes:
    """Return the copy of a picture that people are shown, as JPEG; raises FileRefused for what is no picture."""
    edge = EDGES[shown]
    picture = open_picture(content)
    picture.draft("RGB", (edge, edge))  # where the format allows it, a large photo is never whole in memory
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((edge, edge))
    plain = _on_white(upright)
    made = io.BytesIO()
    # A fresh picture: nothing of the original's profile, comments or places goes along.
    copy = Image.frombytes("RGB", plain.size, plain.tobytes())
    copy.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


def capture_of(content: bytes) -> Capture:
    """Return what the camera wrote into a picture of when and by what it was taken; never where."""
    try:
        exif = open_picture(content).getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # what a camera wrote is no reason to refuse its photo
        return Capture()
    taken = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    device = " ".join(filter(None, (_plain(exif.get(ExifTags.Base.Make)), _plain(exif.get(ExifTags.Base.Model)))))
    return Capture(_plain(taken), device[:LONGEST_CAPTURE])


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        ground = Image.new("RGB", over.size, WHITE)
        ground.paste(over, mask=over.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _plain(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return " ".join("".join(sign for sign in text if sign.isprintable()).split())[:LONGEST_CAPTURE]
