"""What may be attached is opened, not believed: by its content, and its name must fit."""

import io

import pytest
from PIL import Image

from app.notebook.errors import FileRefused
from app.notebook.rules import filetypes
from app.notebook.rules.files import LONGEST_NAME, FileFacts, Origin, plain_name, size_text
from app.notebook.rules.filetypes import CSV, JPEG, PDF, PNG, TEXT, WEBP, XLSX, recognise
from app.notebook.rules.pictures import Shown, capture_of, shown_copy
from tests import exhibits

BYTES = b"\x00\x01\x02"


@pytest.mark.requirement("AS-5.1.1-5.2.3")
@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.jpg", exhibits.photo(), JPEG),
        ("A.JPEG", exhibits.photo(), JPEG),
        ("a.png", exhibits.picture("PNG"), PNG),
        ("a.webp", exhibits.picture("WEBP"), WEBP),
        ("a.pdf", exhibits.document(), PDF),
        ("a.xlsx", exhibits.table(), XLSX),
        ("a.csv", exhibits.CSV, CSV),
        ("balance.dat", "Étuve : 37 °C\n".encode(), TEXT),
        ("balance.txt", "Étuve : 37 °C, 5 €\n".encode("cp1252"), TEXT),
        ("no ending", exhibits.photo(), JPEG),
    ],
)
def test_what_a_laboratory_makes_is_taken(name, content, media_type):
    assert recognise(content, name).media_type == media_type


@pytest.mark.requirement("AS-5.1.1-5.2.3")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("renamed.png", exhibits.photo()),
        ("renamed.exe", exhibits.CSV),
        ("a.jpg", exhibits.photo()[:200]),
        ("a.jpg", b"\xff\xd8\xff" + BYTES),
        ("a.png", b"\x89PNG\r\n\x1a\n" + BYTES),
        ("a.webp", b"RIFF\x00\x00\x00\x00WAVE" + BYTES),
        ("a.pdf", b"%PDF-1.7\n" + BYTES),
        ("a.pdf", exhibits.document(password="secret")),
        ("a.pdf", exhibits.document(script="app.alert(1)")),
        ("a.pdf", exhibits.document(script="app.alert(1)", inside=True)),
        ("a.zip", exhibits.table()),
        ("a.xlsx", exhibits.table(xl__vbaProject__bin=b"x", **{"xl__vbaProject.bin": b"x"})),
        ("a.xlsx", exhibits.table(**{"[Content_Types].xml": b"application/vnd.ms-excel.sheet.macroEnabled.main"})),
        ("a.xlsx", exhibits.table()[:-40]),
        ("a.png", exhibits.moving("PNG")),
        ("a.webp", exhibits.moving("WEBP")),
        ("a.gif", exhibits.picture("GIF")),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("a.txt", b"<!doctype html><script>alert(1)</script>"),
        ("a.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("a.txt", b"MZ" + BYTES),
        ("a.txt", "utf-16 has zero bytes".encode("utf-16")),
        ("a.txt", b" \n"),
    ],
)
def test_what_is_not_what_it_seems_or_could_run_is_refused(name, content):
    with pytest.raises(FileRefused):
        recognise(content, name)


@pytest.mark.requirement("AS-5.1.1-5.2.3")
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(filetypes, "MOST_PIXELS", 40 * 30 - 1)

    with pytest.raises(FileRefused):
        recognise(exhibits.picture("PNG"), "a.png")


@pytest.mark.requirement("AS-5.1.1-5.2.3")
def test_a_table_that_unpacks_to_more_than_it_should_is_refused(monkeypatch):
    monkeypatch.setattr(filetypes, "MOST_UNPACKED", 10_000)

    with pytest.raises(FileRefused):
        recognise(exhibits.table(xl__sheet=b"0" * 20_000), "a.xlsx")


@pytest.mark.requirement("AS-5.3.1/5.3.2")
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\Users\\Léa\\gel.png", "gel.png"),
        ("gel\u202egnp.exe", "gelgnp.exe"),
        ("a\0b\r\n.csv", "ab.csv"),
        ("..", "file.txt"),
        ("", "file.txt"),
        (".htaccess", "htaccess.txt"),
        ('<script>"x".csv', "_script__x_.csv"),
    ],
)
def test_a_name_is_kept_without_anything_that_leads_elsewhere(given, kept):
    assert plain_name(given, ".txt") == kept


def test_a_long_name_keeps_its_ending():
    kept = plain_name("x" * 300 + ".csv", ".txt")

    assert len(kept) == LONGEST_NAME
    assert kept.endswith("x.csv")


def test_what_is_known_of_a_file_is_read_back_from_its_text():
    facts = FileFacts("0" * 64, 5, CSV, "a.csv", "Export, « été »", Origin.TRUE_COPY, "2026:11:23", "ACME")

    assert FileFacts.from_text(facts.to_text()) == facts


@pytest.mark.parametrize("text", [None, "", "[effacé par décision du 23 nov. 2026]", "{}", "3"])
def test_a_text_that_was_erased_says_nothing_of_a_file(text):
    assert FileFacts.from_text(text) is None


@pytest.mark.parametrize(
    ("count", "text"), [(999, "999 B"), (1500, "1.5 kB"), (57_409, "57 kB"), (20_000_000, "20 MB")]
)
def test_sizes_are_said_as_people_read_them(count, text):
    assert size_text(count) == text


@pytest.mark.requirement("GD-photo")
def test_the_copy_that_is_shown_stands_upright_and_knows_nothing_of_the_place():
    original = exhibits.photo(3000, 2000)
    copy = Image.open(io.BytesIO(shown_copy(original, Shown.WHOLE)))

    assert copy.format == "JPEG"
    assert copy.size == (1067, 1600)
    assert dict(copy.getexif()) == {}
    assert exhibits.CAMERA.split()[0].encode() in original
    assert exhibits.CAMERA.split()[0].encode() not in shown_copy(original, Shown.WHOLE)


def test_what_is_transparent_is_shown_on_white():
    copy = Image.open(io.BytesIO(shown_copy(exhibits.picture("PNG", "RGBA"), Shown.SMALL)))

    assert copy.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.requirement("ER-15")
def test_when_and_by_what_a_photo_was_taken_is_read_from_it():
    capture = capture_of(exhibits.photo())

    assert (capture.taken_at, capture.device) == ("2026:11:23 09:05:00", exhibits.CAMERA)
    assert capture_of(exhibits.picture("PNG")).device == ""
