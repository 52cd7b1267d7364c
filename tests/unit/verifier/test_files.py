"""Attached files in a bundle: each that an entry names is there as it was, and no other (PF-9)."""

import json

import pytest

from app.verifier import verify_bytes
from tests.unit.verifier.changing import edited, without
from tests.unit.verifier.writer import PICTURE, canonical, digest, now, pack, write

PATH = f"evidence/attachments/{digest(PICTURE)}"


def text_of_file(files):
    """Return the commitment to what is said of the file, and the text."""
    texts = json.loads(files["evidence/texts.json"])
    return next((key, one) for key, one in texts.items() if "cahier.file.v1" in one.get("text", ""))


def with_texts(files, change):
    """Return the files with other texts."""
    texts = json.loads(files["evidence/texts.json"])
    change(texts)
    return files | {"evidence/texts.json": canonical(texts)}


@pytest.mark.requirement("PF-9", "ER-15")
def test_a_file_that_was_attached_is_compared(good, judge):
    answers = judge(good)

    assert answers["PF-9"] == "PASS"
    assert "attachments-compared" in answers["PF-9 codes"]


@pytest.mark.requirement("PF-9", "EID-26d")
def test_a_file_that_was_swapped_fails(good, judge):
    swapped = judge(edited(good, PATH.removeprefix("evidence/"), lambda _data: b"a nicer picture"))

    assert swapped["PF-9"] == "FAIL"
    assert "misnamed" in swapped["PF-9 codes"]


@pytest.mark.requirement("PF-9", "EID-26d")
def test_a_file_that_was_swapped_with_its_name_fails(good, judge):
    nicer = b"a nicer picture"
    swapped = judge(without(good, PATH) | {f"evidence/attachments/{digest(nicer)}": nicer})

    assert swapped["PF-9"] == "FAIL"
    assert {"attachment-missing", "attachment-unnamed"} <= set(swapped["PF-9 codes"])


@pytest.mark.requirement("PF-9")
def test_a_file_that_is_missing_fails(good, judge):
    answers = judge(without(good, PATH))

    assert answers["PF-9"] == "FAIL"
    assert "attachment-missing" in answers["PF-9 codes"]


@pytest.mark.requirement("PF-9")
def test_a_file_that_nobody_attached_fails(good, judge):
    answers = judge(good | {f"evidence/attachments/{digest(b'extra')}": b"extra"})

    assert answers["PF-9"] == "FAIL"
    assert "attachment-unnamed" in answers["PF-9 codes"]


@pytest.mark.requirement("PF-9", "PF-12")
def test_saying_that_a_file_was_erased_does_not_make_it_so(good, judge):
    commitment, _ = text_of_file(good)
    answers = judge(with_texts(without(good, PATH), lambda texts: texts.update({commitment: {"erased_at": now()}})))

    assert (answers["PF-9"], answers["PF-12"]) == ("FAIL", "FAIL")
    assert "attachment-unexplained" in answers["PF-9 codes"]


@pytest.mark.requirement("PF-9", "PF-12")
@pytest.mark.parametrize("member", ["sha256", "bytes", "name"])
def test_what_is_said_of_a_file_cannot_be_changed(good, judge, member):
    commitment, said = text_of_file(good)
    facts = json.loads(said["text"]) | {member: {"sha256": digest(b"x"), "bytes": 1, "name": "b.png"}[member]}
    told = {commitment: said | {"text": canonical(facts).decode()}}
    answers = judge(with_texts(good, lambda texts: texts.update(told)))

    assert (answers["PF-9"], answers["PF-12"]) == ("FAIL", "FAIL")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"schema":"cahier.file.v1"}', '{"schema":"cahier.file.v1","sha256":1}']
)
def test_a_text_that_says_nothing_of_a_file_is_no_file(house, text):
    report = verify_bytes(pack(write(house, said_of_file=lambda _text: text)), house.trust())
    answers = {one["id"]: one for one in report["statements"]}

    assert answers["PF-9"]["answer"] == "FAIL"
    assert "attachment-unexplained" in [reason["code"] for reason in answers["PF-9"]["reasons"]]
    assert answers["PF-12"]["answer"] == "PASS"


@pytest.mark.requirement("PF-9", "PF-12", "GD-17(1),(3)")
def test_a_file_that_was_erased_by_an_act_is_redacted(house):
    files = write(house, erased_file=True)
    report = verify_bytes(pack(files), house.trust())
    answers = {one["id"]: one["answer"] for one in report["statements"]}

    assert PATH not in files
    assert (answers["PF-9"], answers["PF-12"]) == ("REDACTED", "REDACTED")
    assert report["exit"] == 0
