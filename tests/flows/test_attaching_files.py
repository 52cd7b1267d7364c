"""A trainee attaches a photo of a display and an export: checked by content, kept byte for byte, never gone."""

import html
import io
from pathlib import Path

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.http import parse_options_header
from werkzeug.test import encode_multipart

from app.kernel import clock
from app.notebook.rules.files import FileLimits
from app.notebook.rules.sheet import StepState
from app.notebook.services.files import FileShelf
from app.notebook.services.keeping import JUST_NOW, clear_unnamed
from app.notebook.views.shelf import SHELF
from app.storage.files import SEALED
from tests import exhibits
from tests.benches import said, text_of
from tests.benches.pages import BALANCE
from tests.tokens import bearer

PHOTO = exhibits.photo()
SANDBOX = "default-src 'none'; sandbox"


def store_of(house):
    """Return the store of an installation."""
    return house.files


def stored(house, digest):
    """Return where a file stands on the disk."""
    name = house.files.name_of(digest)
    return Path(house.settings.files) / SEALED / name[:2] / name


def original(bench, sequence, login="trainee"):
    """Return the answer to somebody who asks for an original."""
    return bench.house.signed_in(login).get(f"{bench.path}/files/{sequence}")


@pytest.fixture
def attached(bench):
    """A record to whose first step a photo was attached, as its first entry."""
    bench.attach("instrument", PHOTO)
    return bench


@pytest.mark.requirement("ER-15", "P11.10(e)-1", "AL-Original")
def test_a_photo_is_one_act_and_comes_back_byte_for_byte(bench, house):
    before = len(bench.lines())
    answer = bench.attach("instrument", PHOTO, part="photo")
    (file,) = bench.sheet().files

    assert answer.location.endswith("/steps/instrument#files")
    assert len(bench.lines()) == before + 1
    assert bench.lines()[-1]["action"] == "notebook:file:attach"
    assert bench.lines()[-1]["after"]["value"] == {"commitment": file.entry.value}
    assert original(bench, 1).data == PHOTO
    assert store_of(house).read(file.facts.sha256) == PHOTO
    assert (file.facts.device, file.facts.taken_at) == (exhibits.CAMERA, "2026:11:23 09:05:00")


@pytest.mark.requirement("EID-26d", "P11.70")
def test_what_performed_signs_covers_the_file(attached):
    (file,) = attached.sheet().files
    content = attached.sheet().entries[0].content()

    assert content["kind"] == "file"
    assert content["value"] == file.entry.value
    assert file.facts.sha256 not in str(content)


def test_the_step_and_the_record_show_it_with_its_digest(attached):
    (file,) = attached.sheet().files
    pages = [attached.step("instrument"), attached.page(), attached.page(client=attached.assessor)]

    for page in pages:
        assert "Affichage de la balance" in page
        assert file.facts.sha256[:12] in page
        assert "balance.jpg" in page


@pytest.mark.requirement("AS-3.2.1/3.4.4", "AS-5.3.1/5.3.2")
def test_an_original_is_only_to_be_saved_and_never_a_page_of_ours(bench):
    bench.attach("instrument", PHOTO, name="../été\u202e.jpg")
    answer = original(bench, 1)

    assert parse_options_header(answer.headers["Content-Disposition"]) == ("attachment", {"filename": "été.jpg"})
    assert answer.headers["Content-Security-Policy"] == SANDBOX
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_type == "image/jpeg"


@pytest.mark.requirement("GD-photo")
@pytest.mark.parametrize(("shown", "size"), [("whole", (480, 640)), ("small", (240, 320))])
def test_what_is_shown_is_a_copy_that_knows_nothing_of_the_place(attached, shown, size):
    answers = [attached.trainee.get(f"{attached.path}/files/1/picture/{shown}") for _ in range(2)]
    copy = Image.open(io.BytesIO(answers[0].data))

    assert answers[0].headers["Content-Security-Policy"] == SANDBOX
    assert "Content-Disposition" not in answers[0].headers
    assert copy.size == size
    assert dict(copy.getexif()) == {}
    assert answers[0].data == answers[1].data


def test_what_is_no_picture_has_no_copy_to_show(bench):
    bench.attach("instrument", exhibits.CSV, name="export.csv")

    assert bench.trainee.get(f"{bench.path}/files/1/picture/whole").status_code == 404


@pytest.mark.requirement("GD-photo", "AS-8.4.1")
@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("trainee", 200),
        ("assessor", 200),
        ("quality", 200),
        ("auditor", 200),
        ("trainee2", 404),
        ("beta_assessor", 404),
        ("author", 404),
    ],
)
def test_only_those_who_may_see_the_record_get_its_files(attached, login, status):
    assert original(attached, 1, login).status_code == status
    assert attached.house.signed_in(login).get(f"{attached.path}/files/1/picture/small").status_code == status


def test_an_entry_that_is_no_file_has_none(bench):
    bench.enter("instrument", "balance", BALANCE)

    assert original(bench, 1).status_code == 404
    assert original(bench, 7).status_code == 404


@pytest.mark.requirement("AS-5.1.1-5.2.3")
@pytest.mark.parametrize(
    ("content", "name", "form", "sentence"),
    [
        (
            b"<svg/>",
            "a.svg",
            {},
            "Only photos (JPEG, PNG, WebP), PDF, text, CSV and Excel tables (XLSX) can be attached.",
        ),
        (PHOTO, "a.jpg", {"description": " "}, "Say in a few words what it shows, for those who cannot see it."),
        (b"", "", {}, "Take a photo or choose a file."),
        (PHOTO, "a.jpg", {"origin": "forged"}, "Choose one of the answers offered."),
    ],
)
def test_what_is_refused_is_explained_and_what_was_typed_stays(bench, house, content, name, form, sentence):
    typed = {"description": "Le gel, à 10 h"} | form
    lines = len(bench.lines())
    answer = bench.attach("instrument", content, name, **typed)

    assert answer.status_code == 422
    assert said(sentence) in text_of(answer)
    assert html.escape(typed["description"].strip()) in answer.text.replace("&#39;", "'")
    assert '<details class="adder" id="add-file" open>' in answer.text
    assert len(bench.lines()) == lines
    assert list(store_of(house).names()) == []


@pytest.mark.requirement("WC-1.1.1")
def test_no_picture_comes_in_without_words_for_those_who_cannot_see_it(bench):
    assert bench.attach("instrument", PHOTO, description="").status_code == 422
    assert bench.sheet().files == ()


def test_two_at_once_are_refused(bench):
    parts = {"photo": (io.BytesIO(PHOTO), "a.jpg"), "file": (io.BytesIO(exhibits.CSV), "a.csv"), "description": "Deux"}
    answer = bench.trainee.act(f"{bench.path}/steps/instrument/files", parts, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert said("One photo or file at a time: send the other after this one.") in text_of(answer)


@pytest.mark.requirement("AS-5.1.1-5.2.3")
def test_a_file_above_the_limit_is_told_so_in_its_form(bench):
    bench.house.app.extensions[SHELF] = FileShelf(store_of(bench.house), FileLimits(bytes=1000))
    answer = bench.attach("instrument", b"1;2\n" * 251, "large.csv", description="Trop grand")

    assert answer.status_code == 422
    assert said("This file is larger than %(most)s MB.", most=0) in text_of(answer)
    assert "Trop grand" in answer.text


@pytest.mark.requirement("AS-5.1.1-5.2.3")
def test_far_more_than_the_limit_is_not_even_read(bench):
    bench.house.app.extensions[SHELF] = FileShelf(store_of(bench.house), FileLimits(bytes=1000))
    large = FileStorage(io.BytesIO(b"1;2\n" * 300_000), "large.csv", name="file")
    boundary, body = encode_multipart({"csrf_token": bench.trainee.csrf_token(), "file": large})
    kind = f"multipart/form-data; boundary={boundary}"

    answer = bench.trainee.post(f"{bench.path}/steps/instrument/files", data=body, content_type=kind)

    assert answer.status_code == 413


@pytest.mark.parametrize("limits", [FileLimits(of_a_record=1), FileLimits(bytes_of_a_record=len(PHOTO) + 1)])
def test_a_record_takes_no_more_than_its_bundle_can_carry(attached, limits):
    attached.house.app.extensions[SHELF] = FileShelf(store_of(attached.house), limits)
    answer = attached.attach("instrument", exhibits.CSV, "export.csv", description="Encore un")

    assert answer.status_code == 403
    assert "Encore un" in answer.text
    assert len(attached.sheet().files) == 1


def test_the_same_file_is_not_attached_to_a_step_twice(attached):
    again = attached.attach("instrument", PHOTO)

    assert again.status_code == 422
    assert said("This very file is attached to this step already.") in text_of(again)


def test_a_form_sent_twice_attaches_once(bench):
    answers = [bench.attach("instrument", PHOTO, idempotency_key="a" * 32) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(bench.sheet().files) == 1


@pytest.mark.requirement("P11.10(f)")
def test_a_step_that_was_not_reached_takes_no_file(bench):
    answer = bench.attach("rinsing", PHOTO)

    assert answer.status_code == 403
    assert bench.sheet().files == ()


@pytest.mark.requirement("AL-Contemporaneous")
def test_a_file_after_the_end_of_its_step_needs_a_reason_and_is_marked(bench):
    bench.enter("instrument", "balance", BALANCE)
    bench.complete("instrument")
    without = bench.attach("instrument", PHOTO)
    bench.attach("instrument", PHOTO, reason="Photo restée sur l'autre tablette.")
    (file,) = bench.sheet().files

    assert without.status_code == 422
    assert file.is_late
    assert bench.lines()[-1]["after"]["late"] is True
    assert "Photo restée sur l'autre tablette." in bench.step("instrument")
    assert said("Added after the end of the step") in bench.page()


@pytest.mark.requirement("ER-13")
def test_a_file_after_a_check_asks_for_the_check_again(bench):
    bench.prepare()
    bench.attach("instrument_check", PHOTO, reason="Oubliée.")

    assert bench.sheet().step("instrument_check").state is StepState.CHECK_NEEDED


@pytest.mark.requirement("P11.10(e)-2", "ER-17")
def test_a_file_is_withdrawn_with_a_reason_and_stays(attached):
    page = attached.trainee.get(f"{attached.path}/files/1/withdraw")
    without = attached.trainee.act(f"{attached.path}/files/1/withdraw", {"reason": ""})
    answer = attached.trainee.act(f"{attached.path}/files/1/withdraw", {"reason": "Photo floue."})
    again = attached.trainee.act(f"{attached.path}/files/1/withdraw", {"reason": "Encore."})
    (file,) = attached.sheet().files

    assert "Affichage de la balance" in text_of(page)
    assert (without.status_code, answer.status_code, again.status_code) == (422, 303, 409)
    assert file.withdrawn.why == "Photo floue."
    assert attached.lines()[-1]["action"] == "notebook:file:withdraw"
    assert attached.lines()[-1]["before"]["entry"] == 1
    assert original(attached, 1).data == PHOTO
    assert "Photo floue." in attached.step("instrument")


def test_a_file_that_was_withdrawn_may_be_attached_again(attached):
    attached.trainee.act(f"{attached.path}/files/1/withdraw", {"reason": "Mauvaise étape."})

    assert attached.attach("instrument", PHOTO).status_code == 303


@pytest.mark.requirement("ER-02")
def test_only_the_performer_attaches_and_withdraws(attached):
    form = {"description": "Pas de moi", "file": (io.BytesIO(exhibits.CSV), "a.csv")}
    path = f"{attached.path}/steps/instrument/files"
    other = attached.house.signed_in("trainee2").act(path, form, content_type="multipart/form-data")
    withdrawal = attached.assessor.act(f"{attached.path}/files/1/withdraw", {"reason": "Pas d'accord."})

    assert other.status_code == 404
    assert withdrawal.status_code == 403


@pytest.mark.requirement("P11.10(e)-2")
def test_the_trail_names_the_act_and_the_step(attached):
    page = text_of(attached.assessor.get(f"{attached.path}/trail"))

    assert said("File attached") in page


@pytest.mark.requirement("A11-7.1", "ER-15")
def test_a_file_that_was_swapped_in_the_store_is_never_handed_out(attached, house):
    (file,) = attached.sheet().files
    stored(house, file.facts.sha256).write_bytes(exhibits.photo(colour="#ff0000"))
    message = "This file is not in the store as it was recorded. Tell the quality manager: the record itself is intact."

    for path in ("", "/picture/small"):
        answer = attached.trainee.get(f"{attached.path}/files/1{path}")

        assert answer.status_code == 409
        assert said(message) in text_of(answer)


@pytest.mark.requirement("A11-7.1")
@pytest.mark.parametrize("damage", ["swapped", "gone"])
def test_the_verification_of_the_trail_finds_it(attached, house, damage):
    (file,) = attached.sheet().files
    path = stored(house, file.facts.sha256)
    quality = house.signed_in("quality")
    before = text_of(quality.get("/trail/verify?now=1"))
    path.write_bytes(b"another") if damage == "swapped" else path.unlink()
    after = text_of(quality.get("/trail/verify?now=1"))
    sentence = {
        "swapped": "An attached file is not the one that was attached.",
        "gone": "An attached file is gone, and no act erased it.",
    }[damage]

    assert said(sentence) not in before
    assert said(sentence) in after


def test_what_no_record_names_is_cleared_away_after_a_day(attached, house):
    store = store_of(house)
    refused = store.put(b"of an act that was refused")
    young = clear_unnamed(house.storage, store)
    with clock.simulated(clock.now()) as simulation:
        simulation.advance(days=1, seconds=1)
        gone = clear_unnamed(house.storage, store)

    assert (young, gone) == ([], [store.name_of(refused)])
    assert original(attached, 1).data == PHOTO
    assert JUST_NOW < 24 * 3600


@pytest.mark.requirement("P11.10(e)-1", "ER-15")
def test_a_program_attaches_reads_and_withdraws(bench, house):
    client, headers = house.client(), bearer(house, "trainee")
    path = f"/api/v1{bench.path}"
    before = house.all_lines()
    form = {"description": "Export de la balance", "file": (io.BytesIO(exhibits.CSV), "export.csv")}
    made = client.post(f"{path}/steps/instrument/files", data=form, headers=headers, content_type="multipart/form-data")
    lines = house.all_lines()
    entry = client.get(path, headers=headers).get_json()["entries"][0]
    original_bytes = client.get(f"{path}/files/1", headers=headers).data
    withdrawn = client.post(f"{path}/files/1/withdrawal", json={"reason": "Mauvais export."}, headers=headers)

    assert (made.status_code, withdrawn.status_code) == (200, 200), made.text
    assert lines == before + 1
    assert entry["value"] is None
    assert entry["file"]["media_type"] == "text/csv"
    assert (entry["file"]["name"], entry["file"]["bytes"]) == ("export.csv", len(exhibits.CSV))
    assert original_bytes == exhibits.CSV


def svg():
    """Return a form with a file of a kind that is not taken; its stream serves one request."""
    return {"description": "Rien", "file": (io.BytesIO(b"<svg/>"), "a.svg")}


@pytest.mark.parametrize(
    "body", [lambda: {"json": {"description": "Rien"}}, lambda: {"data": svg()}], ids=["no file", "no kind we take"]
)
def test_a_program_is_told_what_is_wrong(bench, house, body):
    answer = house.client().post(
        f"/api/v1{bench.path}/steps/instrument/files", headers=bearer(house, "trainee"), **body()
    )

    assert answer.status_code == 422
    assert "file" in answer.get_json()["errors"]
