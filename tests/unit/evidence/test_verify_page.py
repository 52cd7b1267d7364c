"""The page on which a stranger verifies: the verifier's own answers, within limits, and nothing of what was brought
stays.
"""

import io
import json
import zipfile

import pytest
from sqlalchemy import delete, select

from app.evidence.rules.judging import FILES_OF_AN_ADDRESS, MOST_FILE_BYTES, MOST_TRUST_BYTES, MOST_UPLOAD_BYTES
from app.evidence.services.trusting import hub_trust, means_of
from app.identity.models import Throttle
from app.kernel import clock
from app.verifier import verify_bytes
from tests.benches import words
from tests.unit.evidence.conftest import conclude, take_away, unpacked

JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _open_door(taken):
    """Forget what other tests sent, who all come from one address."""
    with taken.house.storage.transaction() as session:
        session.execute(delete(Throttle))


@pytest.fixture(scope="module")
def trust(taken):
    """The trust file of the hub, as it is handed out."""
    return hub_trust(taken.house.storage, means_of(taken.house.settings))


def bring(house, content, trust=None, fields=None, **more):
    """Bring a file to the page as a stranger, with a trust file or without."""
    files = {"file": (io.BytesIO(content), "brought.eln")}
    if trust is not None:
        files["trust"] = (io.BytesIO(trust), "trust.json")
    answer = house.client().act("/verify", {**files, **(fields or {})}, content_type="multipart/form-data", **more)
    answer.request.environ["wsgi.input"].close()  # where the test client put a large body aside
    return answer


def altered(bundle, path, change):
    """Return a bundle in which one file was changed, the archive being whole and described."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name.endswith(path) else content)
    return made.getvalue()


@pytest.mark.requirement("PF-1", "PF-14", "KM-13")
def test_a_stranger_sees_the_answers_that_the_verifier_gives(taken, trust):
    report = verify_bytes(taken.made.bundle, trust, "fr")

    page = bring(taken.house, taken.made.bundle)
    said = words(page)

    assert page.status_code == 200
    assert len(report["statements"]) == 14
    for one in report["statements"]:
        for text in (one["answer_text"], one["title"], one["limit"], *(reason["text"] for reason in one["reasons"])):
            assert " ".join(text.split()) in said
    assert all(" ".join(limit.split()) in said for limit in report["limits"])
    assert report["verdict_text"] in said


@pytest.mark.requirement("PF-1", "PF-14")
def test_programs_get_the_same_report_as_json_from_the_page_and_from_the_api(taken, trust):
    report = verify_bytes(taken.made.bundle, trust, "en")
    english = {"Accept-Language": "en"}
    files = {"file": (io.BytesIO(taken.made.bundle), "brought.eln")}

    by_page = bring(taken.house, taken.made.bundle, headers=JSON | english)
    by_api = taken.house.client().post("/api/v1/verify", data=files, headers=english)

    answers = [by_page.get_json(), by_api.get_json(), {"trust": "hub", "report": report}]
    moments = [answer["report"].pop("judged_at") for answer in answers]
    assert answers[0] == answers[1] == answers[2]
    assert all(moments)


@pytest.mark.requirement("PF-1", "PF-8")
def test_both_databases_give_the_same_verdict_and_keep_nothing_of_what_was_brought(house):
    made = take_away(house, conclude(house).record)
    lines = house.all_lines()

    answer = bring(house, made.bundle, headers=JSON)
    failed = [one for one in answer.get_json()["report"]["statements"] if one["required"] and one["answer"] != "PASS"]

    assert failed == []
    assert house.all_lines() == lines
    with house.storage.reading() as session:
        assert [door.failures for door in session.scalars(select(Throttle))] == [1]


@pytest.mark.requirement("KM-13")
def test_the_visitors_own_trust_file_judges_and_the_page_says_which_one_did(taken, trust):
    stranger = json.dumps(trust | {"logs": []}).encode()

    by_hub = bring(taken.house, taken.made.bundle)
    by_own = bring(taken.house, taken.made.bundle, json.dumps(trust).encode())
    by_strange = bring(taken.house, taken.made.bundle, stranger, headers=JSON)

    assert "Jugé avec le fichier de confiance de ce centre" in words(by_hub)
    assert "Jugé avec le fichier de confiance que vous avez apporté." in words(by_own)
    assert (by_strange.get_json()["trust"], by_strange.get_json()["report"]["verdict"]) == ("brought", "FAIL")


@pytest.mark.requirement("PF-10")
def test_an_altered_bundle_fails_and_says_where(taken):
    spoilt = altered(taken.made.bundle, "rows.json", lambda content: content.replace(b"10.1", b"10.2"))

    page = bring(taken.house, spoilt)

    assert page.status_code == 422
    assert "Un fichier n'est pas tel que le décrit l'archive." in words(page)


@pytest.mark.requirement("A11d-5.1")
def test_the_code_on_a_print_leads_here_and_is_compared_with_the_bundle(taken):
    manifests = [
        json.loads(json.loads(text)["manifest"]) for path, text in taken.files.items() if "signatures/" in path
    ]
    asked = {"record": taken.record.number, "digest": manifests[0]["digest"]}
    form = taken.house.client().get("/verify", query_string=asked)

    same = words(bring(taken.house, taken.made.bundle, fields=asked))
    other = words(bring(taken.house, taken.made.bundle, fields={"record": "X-1", "digest": "0" * 64}))

    assert all(f'value="{value}"' in form.text for value in asked.values())
    assert "L'empreinte de votre impression est l'une de celles signées dans ce dossier de preuve." in same
    assert "L'empreinte de votre impression n'est aucune de celles signées dans ce dossier de preuve." in other


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choisissez un dossier de preuve (.eln) ou un PDF scellé."),
        (b"\x89PNG\r\n\x1a\n", "Le fichier n'est pas une archive ZIP lisible."),
        (b"PK\x03\x04" + b"\0" * 50, "Le fichier n'est pas une archive ZIP lisible."),
        (b"%PDF-1.7\nnothing", "Ce PDF est illisible."),
        (b"<script>alert(1)</script>", "Le fichier n'est pas une archive ZIP lisible."),
    ],
)
@pytest.mark.requirement("AS-5.2.1/2")
def test_a_file_that_cannot_be_judged_gets_a_clear_sentence(taken, content, said):
    page = bring(taken.house, content)
    by_api = taken.house.client().post("/api/v1/verify", data={"file": (io.BytesIO(content), "x")})

    assert page.status_code == by_api.status_code == 422
    assert said in words(page)
    assert by_api.mimetype == "application/problem+json"


def test_a_trust_file_that_is_none_is_said_at_its_field(taken):
    page = bring(taken.house, taken.made.bundle, b"[1]")

    assert page.status_code == 422
    assert 'id="trust-error"' in page.text
    assert "Ce n'est pas un fichier de confiance d'une version connue." in words(page)


@pytest.mark.requirement("AS-5.2.1/2")
@pytest.mark.parametrize(("too_long", "status"), [(MOST_FILE_BYTES + 1, 422), (MOST_UPLOAD_BYTES + 1, 413)])
def test_a_file_that_is_too_large_is_not_read(taken, too_long, status):
    page = bring(taken.house, b"\0" * too_long)

    assert page.status_code == status
    assert ("plus de 24" in words(page)) or status == 413


def test_a_trust_file_that_is_too_large_is_not_read(taken):
    page = bring(taken.house, taken.made.bundle, b" " * (MOST_TRUST_BYTES + 1))

    assert page.status_code == 422
    assert 'id="trust-error"' in page.text


@pytest.mark.requirement("AS-5.2.1/2")
def test_an_archive_that_unpacks_to_too_much_is_given_up(taken):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"X-1/{number}", b"\0" * (30 * 2**20))

    page = bring(taken.house, made.getvalue())

    assert page.status_code == 422
    assert "L'archive contient plus que ce que lit ce vérificateur." in words(page)


@pytest.mark.requirement("AS-6.3.1")
def test_an_address_that_sends_too_many_must_wait(taken):
    now = clock.now()
    with taken.house.storage.transaction() as session:
        door = "verify:127.0.0.1"
        session.add(Throttle(door=door, failures=FILES_OF_AN_ADDRESS - 1, first_failure_at=now, until=None))

    last, refused = (bring(taken.house, b"nothing") for _ in range(2))
    by_api = taken.house.client().post("/api/v1/verify", data={"file": (io.BytesIO(b"nothing"), "x")})

    assert (last.status_code, refused.status_code, by_api.status_code) == (422, 429, 429)
    assert int(refused.headers["Retry-After"]) > 60


@pytest.mark.requirement("AS-10.1.1")
def test_the_form_of_the_page_is_protected_like_every_other(taken):
    answer = taken.house.client().post("/verify", data={"file": (io.BytesIO(b"x"), "x")})

    assert answer.status_code == 400


@pytest.mark.requirement("PAD-BB")
def test_a_sealed_pdf_is_judged_by_its_seal_and_refers_to_the_bundle(taken):
    page = bring(taken.house, taken.made.paper)
    report = bring(taken.house, taken.made.paper, headers=JSON).get_json()["report"]
    answers = {one["id"]: (one["answer"], one["reasons"][0]["code"]) for one in report["statements"]}

    assert report["verdict"] == "PASS"
    assert answers == {
        "sealed": ("PASS", "seal-there"),
        "intact": ("PASS", "seal-holds"),
        "trusted": ("PASS", "chain-holds"),
        "whole": ("PASS", "covers-all"),
        "timed": ("INDETERMINATE", "time-missing"),
    }
    assert report["seal"]["signer"] == "Cahier seal, cahier.test"
    assert report["seal"]["attached"] == ["rows.json"]
    assert "Seul le dossier de preuve (.eln) prouve les lignes de la piste d'audit et les signatures" in words(page)


@pytest.mark.requirement("PAD-BB")
def test_a_pdf_that_was_changed_or_added_to_or_never_sealed_fails(taken):
    paper = taken.made.paper
    changed = paper.replace(b"/Producer", b"/Prodigal", 1)
    added = paper + b"\n% more\n"
    bare = take_away(taken.house, taken.record, seal=lambda _keys: None).paper
    reports = [bring(taken.house, one, headers=JSON).get_json()["report"] for one in (changed, added, bare)]
    failed = [{one["id"] for one in report["statements"] if one["answer"] == "FAIL"} for report in reports]

    assert [report["verdict"] for report in reports] == ["FAIL"] * 3
    assert "intact" in failed[0]
    assert "whole" in failed[1]
    assert failed[2] == {"sealed"}


@pytest.mark.requirement("KM-13")
def test_a_seal_is_worth_nothing_under_the_trust_of_another_hub(taken, trust):
    stranger = json.dumps(trust | {"roots": []}).encode()

    report = bring(taken.house, taken.made.paper, stranger, headers=JSON).get_json()["report"]

    assert report["verdict"] == "FAIL"
    assert {one["id"]: one["answer"] for one in report["statements"]}["trusted"] == "INDETERMINATE"


def test_the_paper_in_the_bundle_is_the_one_that_is_handed_out(taken):
    assert unpacked(taken.made.bundle)[f"{taken.record.number}.pdf"] == taken.made.paper
