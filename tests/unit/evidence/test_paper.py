"""The record on paper: everything that a lab would file, in the record's language, as PDF/A."""

import json
import subprocess
from html import unescape

import pikepdf
import pikepdf.pdfa
import pytest

from app.evidence.errors import PaperFaulty
from app.evidence.rules.paper import spelled_out
from app.evidence.services.printing import count_pages, print_pages
from app.evidence.views.paper import Reach, open_page, paper_html
from app.evidence.views.working import WORKER
from app.notebook.models import Record
from app.signatures.queries import signatures_of
from app.signatures.rules import LEVELS, Custody, Level, level_claimed
from app.web.languages import LANGUAGES, catalogue
from tests.benches import a_bench
from tests.flows.signing import tamper_freely
from tests.unit.evidence.conftest import conclude, take_away


def words_of(pdf, tmp_path):
    """Return the text of a PDF, its spaces made one."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf)
    said = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split())


@pytest.fixture
def words(taken, tmp_path):
    """What the paper of the concluded record says."""
    return words_of(taken.made.paper, tmp_path)


@pytest.mark.requirement("PAD-A", "EN-10")
def test_the_paper_is_pdf_a_tagged_and_in_its_language(taken, tmp_path):
    bare, sealed = tmp_path / "bare.pdf", tmp_path / "sealed.pdf"
    bare.write_bytes(take_away(taken.house, taken.record, seal=lambda _keys: None).paper)
    sealed.write_bytes(taken.made.paper)
    found = pikepdf.pdfa.validate_written(sealed, "3b").findings

    assert pikepdf.pdfa.validate_written(bare, "3b").passed
    # The validator passes no file with a signature field, and says so; no rule of the standard may be broken.
    assert [finding for finding in found if finding.kind != "unsupported"] == []
    with pikepdf.open(sealed) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "fr"
        assert "rows.json" in pdf.attachments


@pytest.mark.requirement("P11.50", "A11d-13.6", "ES-8")
def test_every_signature_shows_name_role_meaning_and_time_with_its_zone(taken, words):
    for expected in (
        "Exécuté (PERFORMED)",
        "Vérifié (VERIFIED)",
        "Revu (REVIEWED)",
        "Approuvé (APPROVED)",
        "Léa Martin · trainee · Apprenant",
        "Hervé Dubois · assessor · Évaluateur",
        "(Europe/Brussels)",
        "Valable : elle couvre le dossier",
    ):
        assert expected in words


@pytest.mark.requirement("KM-14", "ES-8")
def test_the_level_that_is_printed_is_the_one_that_is_stored_with_each_signature(house, tmp_path):
    record = conclude(house).record
    french = {level: catalogue("fr").gettext(text) for level, text in LEVELS.items()}
    printed = {}
    for stored in Level:
        tamper_freely(house, f"UPDATE signature SET level = '{stored.value}'")
        said = words_of(take_away(house, record, seal=lambda _keys: None).paper, tmp_path)
        printed[stored] = {level: said.count(text) for level, text in french.items()}
    with house.storage.reading() as session:
        count = len(signatures_of(session, f"record:{record.id}"))

    assert count == 4
    assert printed == {stored: {level: count * (level is stored) for level in Level} for stored in Level}


@pytest.mark.requirement("KM-14")
def test_no_signature_claims_more_than_its_enrolment_and_the_custody_of_its_key_carry(taken):
    with taken.house.storage.reading() as session:
        signed = signatures_of(session, f"record:{taken.record.id}")
        claims = [(one.level, one.enrolment, one.custody, json.loads(one.manifest)["signer"]) for one in signed]

    assert claims
    for level, enrolment, custody, stated in claims:
        assert level is level_claimed(Level.ADVANCED, enrolment, custody)
        assert (level, custody) == (Level(stated["level"]), Custody(stated["custody"]))


@pytest.mark.requirement("MH-6.3", "P11.10(e)-2")
def test_every_value_has_its_unit_its_limits_and_what_stood_there_before(words):
    for expected in ("10,1 g", "9,5 à 10,5 g", "12,0 g", "Virgule mal placée", "Remplacé"):
        assert expected in words


@pytest.mark.requirement("ER-18")
def test_exceptions_show_their_comment_and_their_judgement(words):
    assert "Écart 1" in words
    assert "Vu et noté" in words
    assert "Sans effet" in words


@pytest.mark.requirement("PAD-role")
def test_the_digests_that_were_signed_stand_on_the_paper(taken, words):
    with taken.house.storage.reading() as session:
        digests = [one.manifest_digest for one in signatures_of(session, f"record:{taken.record.id}")]

    together = words.replace(" ", "")
    assert all(digest in together for digest in digests)


def test_every_page_carries_the_mark_the_number_and_its_place(taken, tmp_path):
    pages = count_pages(taken.made.paper)
    path = tmp_path / "paper.pdf"
    path.write_bytes(taken.made.paper)

    for page in range(1, pages + 1):
        only = ["-f", str(page), "-l", str(page)]
        said = subprocess.run(["pdftotext", *only, path, "-"], capture_output=True, text=True, check=True).stdout

        assert "DOSSIER DE FORMATION" in said
        assert taken.record.number in said
        assert f"{page}/{pages}" in said.replace(" ", "")


@pytest.mark.requirement("A11-9-1")
def test_the_trail_stands_on_the_paper_with_every_line(taken, words):
    chain = [line for line in taken.house.lines("ALPHA") if line["subject"] == f"record:{taken.record.id}"]

    assert all(f"{line['index']} · " in words for line in chain)
    assert "Dossier émis" in words


@pytest.mark.requirement("LANG-1", "LANG-5")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paper_speaks_the_language_of_its_record(taken, language):
    with taken.house.app.app_context(), taken.house.storage.reading() as session:
        record = session.get_one(Record, taken.record.id)
        record.language = language
        said = paper_html(session, open_page(session, record), Reach("log", 1), "http://hub.test", actor=WORKER)
        session.expunge(record)

    for text in (
        "TRAINING RECORD",
        "Signatures",
        "How to verify this record",
        "Replaced",
        "No file is attached to this record.",
    ):
        assert catalogue(language).gettext(text) in unescape(said)


def test_a_character_that_no_face_holds_is_spelled_out(words):
    assert "⟨U+8A66⟩⟨U+6599⟩" in words.replace(" ", "")
    assert "⟨U+1F9EA⟩" in words.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Élève à 5 µL ≤ 10 °C → 25 ± 1 €", "Élève à 5 µL ≤ 10 °C → 25 ± 1 €"), ("a\u0378b\u200d", "a⟨U+0378⟩b⟨U+200D⟩")],
)
def test_what_the_faces_hold_stays_as_it_is(text, shown):
    assert spelled_out(text) == shown


def test_a_page_that_would_not_last_is_not_handed_out():
    html = "<!doctype html><html lang=fr><title>x</title><p>x</p><svg></svg></html>"
    broken = "@page { size: A4 } p::before { content: '\\E000' }"  # a character of private use, which no text holds

    with pytest.raises(PaperFaulty):
        print_pages(html, broken, {})


def test_the_paper_says_that_an_open_record_may_still_change(taken, tmp_path):
    open_one = a_bench(taken.house).enter("mass", "10,0")
    said = words_of(take_away(taken.house, open_one.record).paper, tmp_path)

    assert "Ce dossier n'est pas clos." in said
    assert "Personne n'a signé ce dossier." in said
