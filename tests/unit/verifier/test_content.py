"""PF-9, PF-10 and PF-12: what was signed, what the database says, and which texts are gone."""

import hashlib
import json
from typing import Any

import pytest

from tests.unit.verifier.changing import edited, rewritten, without
from tests.unit.verifier.writer import RECORD, SENTENCES, commitment, write

MANIFEST_CHANGES: dict[str, dict[str, Any]] = {
    "schema": {"schema": "cahier.manifest.v2"},
    "purpose": {"purpose": "tls"},
    "subject": {"subject": "record:other"},
    "part": {"part": "step:z"},
    "digest": {"digest": "00" * 32, "shown": "00" * 32},
    "shown": {"shown": "00" * 32},
    "facts": {"facts": {}},
    "facts of another": {"facts": {"number": "PIP-2026-0009", "exercise_digest": "00" * 32}},
    "facts that are none": {"facts": None},
    "meaning": {"meaning": {"code": "APPROVED", "language": "fr", "label_digest": "00" * 32}},
    "meaning that is none": {"meaning": {"code": ["x"], "language": "fr", "label_digest": "00" * 32}},
    "prior": {"prior": ["00" * 32]},
    "prior that is none": {"prior": None},
}
TABLES = ["record", "entry", "record_exception", "signature", "decision"]


def in_row(table, change):
    """Return a change to the first row of a table."""

    def changed(rows):
        change(next(row for row in rows if row[0] == table))

    return changed


def code_changed(manifest):
    sentence = hashlib.sha256(SENTENCES["REVIEWED"].encode()).hexdigest()
    code = manifest["meaning"]["code"]
    meaning = {"code": "REVIEWED" if code == "PERFORMED" else code, "label_digest": sentence, "language": "fr"}
    return {**manifest, "meaning": meaning if code == "PERFORMED" else manifest["meaning"]}


@pytest.mark.requirement("PF-9")
@pytest.mark.parametrize("change", MANIFEST_CHANGES)
def test_a_manifest_changed_in_any_member_fails(house, judge, change):
    files = write(house, manifest=lambda manifest: {**manifest, **MANIFEST_CHANGES[change]})

    assert judge(files)["PF-9"] == "FAIL"


@pytest.mark.requirement("PF-9", "ER-H4")
def test_a_manifest_that_names_a_room_which_no_line_says_fails(house, judge):
    def elsewhere(manifest):
        return {**manifest, "facts": {**manifest["facts"], "site": "Liège", "room": "Laboratoire"}}

    assert "manifest-facts" in judge(write(house, manifest=elsewhere))["PF-9 codes"]


@pytest.mark.requirement("PF-9", "ER-H4")
@pytest.mark.parametrize(
    ("said_by", "lost", "code"),
    [
        ("notebook:record:issue", "", ""),
        ("notebook:record:issue", "1.tlog-proof", "chain-unproven"),
        ("notebook:record:issue", "1.", "chain-unproven"),
        ("notebook:step:verify", "1.", "manifest-facts"),
    ],
    ids=["nothing lost", "the proof lost", "the line lost", "a line before the last that says a room"],
)
def test_a_room_whose_line_is_missing_is_missing_evidence_and_no_contradiction(house, judge, said_by, lost, code):
    place = {"site": "Liège", "room": "Laboratoire"}

    def placed(line):
        return {**line, "after": {**line["after"], **place}} if is_about(line) else line

    def is_about(line):
        return line["subject"] == f"record:{RECORD}" and line["action"] == said_by

    def there(manifest):
        wrong = {"room": "Ailleurs"} if code == "manifest-facts" and manifest["part"] is None else {}
        return {**manifest, "facts": {**manifest["facts"], **place, **wrong}}

    files = write(house, line=placed, manifest=there)
    found = judge(without(files, f"lines/operator/{lost}") if lost else files)["PF-9 codes"]

    assert (code in found) if code else not {"chain-unproven", "manifest-facts"} & set(found)
    assert code == "manifest-facts" or "manifest-facts" not in found


@pytest.mark.requirement("PF-9")
def test_a_signature_in_another_sense_fails(house, judge):
    found = judge(write(house, manifest=code_changed))

    assert found["PF-9"] == "FAIL"
    assert "manifest-meaning" in found["PF-9 codes"]


@pytest.mark.requirement("PF-9")
def test_a_signature_that_a_later_one_superseded_need_not_fit_what_changed_since(house, judge):
    found = judge(write(house, is_returned=True))

    assert {answer for name, answer in found.items() if " " not in name} == {"PASS"}
    assert "superseded" in found["PF-9 codes"]


@pytest.mark.requirement("PF-9")
def test_a_signature_that_none_superseded_has_to_fit(house, judge):
    def other(manifest):
        is_review = manifest["meaning"]["code"] == "REVIEWED"
        return {**manifest, "digest": "00" * 32, "shown": "00" * 32} if is_review else manifest

    assert "manifest-digest" in judge(write(house, is_returned=True, manifest=other))["PF-9 codes"]


@pytest.mark.requirement("PF-9", "PF-10")
@pytest.mark.parametrize("column", ["value", "step_id", "recorded_at", "performed_by", "evaluation", "sequence"])
def test_a_changed_entry_is_neither_what_was_signed_nor_what_was_logged(good, judge, column):
    def change(row):
        row[3][column] = {"sequence": 9, "evaluation": "[]"}.get(column, "x")

    found = judge(rewritten(good, "rows.json", in_row("entry", change)))

    assert (found["PF-9"], found["PF-10"]) == ("FAIL", "FAIL")


@pytest.mark.requirement("PF-9", "PF-10")
@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("record", "number", "PIP-2026-0009"),
        ("record", "exercise_digest", "00" * 32),
        ("record", "conclusion", "00" * 32),
        ("record_exception", "judgement", "rejected"),
        ("record_exception", "facts", '{"why":"y"}'),
        ("record_exception", "comment", "00" * 32),
    ],
)
def test_a_changed_record_or_exception_fails(good, judge, table, column, value):
    def change(row):
        row[3][column] = value

    found = judge(rewritten(good, "rows.json", in_row(table, change)))

    assert (found["PF-9"], found["PF-10"]) == ("FAIL", "FAIL")


@pytest.mark.requirement("PF-9")
def test_another_master_fails(good, judge):
    def change(master):
        master["code"] = "PIP-002"

    assert judge(rewritten(good, "exercise.json", change))["PF-9"] == "FAIL"


@pytest.mark.requirement("PF-9")
@pytest.mark.parametrize("member", ["exercise", "number"])
def test_a_bundle_that_says_to_be_about_another_record_fails(house, good, member):
    from app.verifier import verify_bytes
    from tests.unit.verifier.writer import NUMBER, pack

    number = "PIP-2026-0001" if member == "number" else NUMBER
    about = {"number": number} if member == "number" else {"exercise": "BUF-001"}
    files = rewritten(good, "bundle.json", lambda said: {**said, **about})
    report = verify_bytes(pack(files, number), house.trust())
    answers = {one["id"]: one["answer"] for one in report["statements"]}

    assert answers["PF-9"] == "FAIL"


@pytest.mark.requirement("PF-9")
def test_an_attachment_that_was_replaced_fails(good, judge):
    path = next(path for path in good if "attachments/" in path).removeprefix("evidence/")

    assert judge(edited(good, path, lambda data: b"A picture"))["PF-9"] == "FAIL"


@pytest.mark.requirement("PF-9", "PF-10", "PF-12")
@pytest.mark.parametrize(
    ("path", "statements"),
    [("rows.json", ("PF-9", "PF-10")), ("exercise.json", ("PF-9",)), ("texts.json", ("PF-12",))],
)
def test_a_file_that_is_missing_is_missing_evidence(good, judge, path, statements):
    files = without(good, path)
    required = judge(files)

    for statement in statements:
        assert required[statement] == "FAIL"


@pytest.mark.requirement("PF-10")
@pytest.mark.parametrize("table", TABLES)
def test_a_row_taken_out_is_missed(good, judge, table):
    def change(rows):
        return [row for row in rows if row[0] != table]

    assert judge(rewritten(good, "rows.json", change))["PF-10"] == "FAIL"


@pytest.mark.requirement("PF-10")
@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_another_version_fails(good, judge, table):
    def change(row):
        row[2] += 1

    assert judge(rewritten(good, "rows.json", in_row(table, change)))["PF-10"] == "FAIL"


@pytest.mark.requirement("PF-10")
@pytest.mark.parametrize("row", [["person", "p", 1, {"id": "p"}], ["record", "zz", 1, {"id": "zz"}]])
def test_a_row_that_no_line_names_fails(good, judge, row):
    assert judge(rewritten(good, "rows.json", lambda rows: sorted([*rows, row])))["PF-10"] == "FAIL"


@pytest.mark.requirement("PF-10")
@pytest.mark.parametrize("member", ["value", "manifest"])
def test_a_signature_that_differs_from_its_row_fails(good, judge, member):
    other = json.loads(good["evidence/signatures/sig-1.json"])[member]
    files = rewritten(good, "signatures/sig-0.json", lambda said: {**said, member: other})

    assert judge(files)["PF-10"] == "FAIL"


@pytest.mark.requirement("PF-12")
def test_a_text_erased_by_an_act_is_redacted_and_everything_else_holds(house, judge):
    files = write(house, erased=True)
    found = judge(files)

    assert found["PF-12"] == "REDACTED"
    assert {answer for name, answer in found.items() if " " not in name and name != "PF-12"} == {"PASS"}


@pytest.mark.requirement("PF-12")
@pytest.mark.parametrize(
    "said",
    [
        None,
        {"erased_at": "2026-11-23T09:05:00.000Z"},
        {"erased_at": "yesterday"},
        {"salt": "00" * 16, "text": "Autre."},
        {"salt": "11" * 16, "text": "Un motif."},
        {"salt": "zz", "text": "Un motif."},
        {"text": "Un motif."},
        "Un motif.",
    ],
    ids=["gone", "no line", "no time", "text", "salt", "no salt", "no salt at all", "no object"],
)
def test_a_text_that_is_not_there_and_was_not_erased_by_an_act_fails(good, judge, said):
    def change(texts):
        texts[commitment("Un motif.")] = said
        if said is None:
            del texts[commitment("Un motif.")]

    assert judge(rewritten(good, "texts.json", change))["PF-12"] == "FAIL"


@pytest.mark.requirement("PF-12")
@pytest.mark.parametrize(
    "text",
    [
        "du texte",
        "Un motif.",
        "Renversé.",
        "Sans effet.",
        "Conclu.",
        "Bien.",
        "Name of person:performer",
        "login-person:assessor",
    ],
)
def test_every_commitment_asks_for_its_text(good, judge, text):
    def change(texts):
        del texts[commitment(text)]

    assert judge(rewritten(good, "texts.json", change))["PF-12"] == "FAIL"
