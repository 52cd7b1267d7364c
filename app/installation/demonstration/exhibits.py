"""What the players of the demonstration attach: a photo of a display and an export, both made by code."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PIL import ExifTags, Image, ImageDraw, ImageFilter, ImageFont

from app.notebook.services.files import Upload

WIDTH, HEIGHT = 1200, 800
BENCH, HOUSING, GLASS, DIGITS = "#8f8d86", "#d9dad6", "#b9c7a8", "#1d2a1a"
CAMERA = "Tablette de paillasse"


@dataclass(frozen=True)
class Exhibit:
    """A file as a player attaches it; `withdrawn` is why they withdrew it again, if they did."""

    name: str
    description: str
    content: bytes
    withdrawn: str = ""

    def upload(self) -> Upload:
        """Return it as it is uploaded."""
        return Upload(self.content, self.name, self.description)


def photo_of_display(shown: str, unit: str, taken_at: datetime, *, is_blurred: bool = False) -> bytes:
    """Return a photo of a balance's display, as a tablet would take it: JPEG, with what its camera writes into it."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), BENCH)
    drawing = ImageDraw.Draw(picture)
    drawing.rounded_rectangle((110, 120, WIDTH - 110, HEIGHT - 120), 48, fill=HOUSING, outline="#77776f", width=6)
    drawing.rectangle((200, 230, WIDTH - 200, 520), fill=GLASS, outline="#555", width=5)
    drawing.text((WIDTH - 360, 500), shown, font=ImageFont.load_default(190), fill=DIGITS, anchor="rs")
    drawing.text((WIDTH - 330, 500), unit, font=ImageFont.load_default(80), fill=DIGITS, anchor="ls")
    for place, label in enumerate(("O/T", "CAL", "PRINT", "UNIT")):
        left = 210 + place * 205
        drawing.rounded_rectangle((left, 560, left + 160, 640), 16, fill="#f2f2ee", outline="#77776f", width=4)
        drawing.text((left + 80, 600), label, font=ImageFont.load_default(34), fill="#333", anchor="mm")
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = CAMERA
    exif[ExifTags.Base.DateTime] = f"{taken_at:%Y:%m:%d %H:%M:%S}"
    seen = picture.filter(ImageFilter.GaussianBlur(22)) if is_blurred else picture
    made = io.BytesIO()
    seen.save(made, "JPEG", quality=85, exif=exif)
    return made.getvalue()


def export_of_readings(masses: Sequence[str], unit: str, begun_at: datetime) -> bytes:
    """Return what a balance writes onto a stick: one reading a line, separated by semicolons."""
    lines = [f"No;Date;Mass [{unit}];Stable"]
    lines += [f"{number};{begun_at:%Y-%m-%d};{mass};S" for number, mass in enumerate(masses, start=1)]
    return ("\r\n".join(lines) + "\r\n").encode()
