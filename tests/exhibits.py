"""Files for the tests, made by code: photos with what a camera writes into them, and what must never come in."""

import io
import zipfile

import pikepdf
from PIL import ExifTags, Image

CSV = b"No;Mass [mg]\r\n1;996,78\r\n"
CAMERA = "ACME Phone 3"
NORTH = (50.0, 27.0, 48.0)


def photo(width: int = 640, height: int = 480, colour: str = "#3060a0", **more: object) -> bytes:
    """Return a photo that lies on its side and knows when, by what and where it was taken: JPEG."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = CAMERA.split(" ", 1)
    exif[ExifTags.Base.DateTime] = "2026:11:23 09:05:00"
    places = exif.get_ifd(ExifTags.IFD.GPSInfo)
    places[ExifTags.GPS.GPSLatitudeRef], places[ExifTags.GPS.GPSLatitude] = "N", NORTH
    return saved(Image.new("RGB", (width, height), colour), "JPEG", exif=exif, **more)


def saved(picture: Image.Image, form: str, **more: object) -> bytes:
    """Return a picture as a file of a form."""
    made = io.BytesIO()
    picture.save(made, form, **more)
    return made.getvalue()


def picture(form: str, mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> bytes:
    """Return a plain picture as a file of a form."""
    return saved(Image.new(mode, size), form)


def moving(form: str) -> bytes:
    """Return a picture that moves."""
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    return saved(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


def document(*, script: str = "", password: str = "", inside: bool = False) -> bytes:
    """Return a PDF of one page; with a script that runs when it is opened, or a password."""
    made, pdf = io.BytesIO(), pikepdf.new()
    pdf.add_blank_page()
    if script:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=script)
        pdf.Root.OpenAction = pikepdf.Array([action]) if inside else pdf.make_indirect(action)
    pdf.save(made, encryption=pikepdf.Encryption(owner=password, user=password) if password else False)
    return made.getvalue()


def table(**more: bytes) -> bytes:
    """Return what Excel would take for a table; `more` are further members, by name with `__` for a slash."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {"[Content_Types].xml": b"<Types/>", "xl__workbook.xml": b"<workbook/>", **more}.items():
            packed.writestr(name.replace("__", "/"), content)
    return made.getvalue()
