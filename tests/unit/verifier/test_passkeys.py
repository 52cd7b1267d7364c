"""PF-8: a passkey that signed too made its assertion over this manifest, at this hub, and was enrolled before."""

import base64
import json

import pytest

from app.verifier import verify_bytes
from tests.unit.verifier.changing import rewritten, without
from tests.unit.verifier.cosigning import PRESENT, VERIFIED, cosigned, eddsa, es256, rs256
from tests.unit.verifier.writer import pack


@pytest.mark.requirement("PF-8", "KM-3")
@pytest.mark.parametrize("kind", [es256, eddsa, rs256])
@pytest.mark.parametrize("removed", ["", "after"], ids=["in use", "removed since"])
def test_a_passkey_of_each_kind_signs_and_everything_holds(house, kind, removed):
    report = verify_bytes(pack(cosigned(house, kind=kind, removed=removed)), house.trust())
    remarks = [reason["code"] for one in report["statements"] for reason in one["reasons"]]

    assert {one["id"]: one["answer"] for one in report["statements"]} == {f"PF-{n}": "PASS" for n in range(1, 15)}
    assert "passkey-verified" in remarks


@pytest.mark.requirement("PF-8")
def test_whether_the_passkey_knew_its_person_is_said_and_decides_nothing(house, judge):
    found = judge(cosigned(house, flags=PRESENT))

    assert found["PF-8"] == "PASS"
    assert "passkey-present" in found["PF-8 codes"]


NO_POINT = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + bytes(32) + b"\x22\x58\x20" + bytes(32)


def with_client_data(**changes):
    return {"client_data": lambda said: {**said, **changes}}


@pytest.mark.requirement("PF-8", "P11.70")
@pytest.mark.parametrize(
    ("how", "code"),
    [
        (with_client_data(type="webauthn.create"), "passkey-client-data"),
        (with_client_data(crossOrigin=True), "passkey-client-data"),
        (with_client_data(topOrigin="https://evil.example"), "passkey-client-data"),
        (with_client_data(challenge="AAAA"), "passkey-challenge"),
        (with_client_data(origin="https://evil.example"), "passkey-origin"),
        (with_client_data(origin="https://evilhub.example"), "passkey-origin"),
        (with_client_data(origin="http://hub.example"), "passkey-origin"),
        (with_client_data(origin="https://[::bad"), "passkey-origin"),
        ({"host": "evil.example"}, "passkey-host"),
        ({"enrolled_for": None}, "passkey-host"),
        ({"flags": VERIFIED}, "passkey-absent"),
        ({"made": False}, "passkey-missing"),
        ({"named": False}, "passkey-unnamed"),
        ({"enrols": "never"}, "passkey-not-enrolled"),
        ({"enrolled_by": "person:assessor"}, "passkey-not-enrolled"),
        ({"key_kept": False}, "passkey-not-enrolled"),
        ({"removed": "before"}, "passkey-ended"),
    ],
)
def test_what_the_passkey_did_not_make_here_for_this_manifest_fails(house, judge, how, code):
    found = judge(cosigned(house, **how))

    assert found["PF-8"] == "FAIL"
    assert code in found["PF-8 codes"]


def of_another_key(made):
    return {**made, "public_key": base64.b64encode(es256()[0]).decode()}


def with_key(octets):
    return lambda made: {**made, "public_key": base64.b64encode(octets).decode()}


@pytest.mark.requirement("PF-8")
@pytest.mark.parametrize(
    ("member", "code"),
    [
        (of_another_key, "passkey-value"),
        (lambda made: {**made, "value": made["client_data"]}, "passkey-value"),
        (lambda made: {**made, "value": "no base64"}, "base64"),
        (with_key(b""), "passkey-key"),
        (with_key(b"\xbf\xff"), "passkey-key"),
        (with_key(b"\xa1\x01"), "passkey-key"),
        (with_key(b"\xa1\x01\x5b\xff\xff\xff\xff\xff\xff\xff\xff"), "passkey-key"),
        (with_key(b"\xa2\x01\x02\x01\x02"), "passkey-key"),
        (with_key(es256()[0] + b"\x00"), "passkey-key"),
        (with_key(NO_POINT), "passkey-key"),
        (with_key(b"\xa3\x01\x01\x03\x27\x20\x06"), "passkey-key"),
        (with_key(b"\xa4\x01\x03\x03\x39\x01\x00\x20\x41\x0f\x21\x41\x03"), "passkey-key"),
    ],
    ids=[
        "key of another", "other value", "no base64", "empty", "endless map", "cut short", "too long", "label twice",
        "more behind", "no point", "no key", "small RSA",
    ],
)  # fmt: skip
def test_a_false_value_or_a_crafted_key_fails_and_stops_nothing(house, judge, member, code):
    found = judge(cosigned(house, member=member))

    assert found["PF-8"] == "FAIL"
    assert code in found["PF-8 codes"]


@pytest.mark.requirement("PF-8", "PF-10")
def test_taking_the_assertion_out_of_the_file_or_the_rows_fails(house, judge):
    good = cosigned(house)
    path = next(path for path, data in good.items() if b'"passkey":' in data and "signatures/" in path)
    stripped = rewritten(good, path.removeprefix("evidence/"), lambda said: {**said, "passkey": None} and _bare(said))
    without_row = rewritten(good, "rows.json", lambda rows: [row for row in rows if row[0] != "passkey_signature"])

    assert (judge(stripped)["PF-8"], judge(stripped)["PF-10"]) == ("FAIL", "FAIL")
    assert judge(without_row)["PF-10"] == "FAIL"


def _bare(said):
    return {name: value for name, value in said.items() if name != "passkey"}


@pytest.mark.requirement("PF-8")
def test_the_line_of_the_enrolment_cannot_be_taken_out(house, judge):
    good = cosigned(house)
    line = next(path for path, data in good.items() if path.endswith(".json") and b'"identity:factor:add"' in data)
    bare = without(without(good, line), line.replace(".json", ".tlog-proof"))

    assert judge(bare)["PF-8"] == "FAIL"


@pytest.mark.requirement("PF-10")
def test_a_passkey_shown_as_it_was_before_it_was_removed_differs_from_its_last_line(house, judge):
    def revived(rows):
        return [_revived(row) if row[0] == "factor" else row for row in rows]

    found = judge(rewritten(cosigned(house, removed="after"), "rows.json", revived))

    assert found["PF-10"] == "FAIL"


def _revived(row):
    table, key, _, columns = row
    active = {name: value for name, value in columns.items() if name != "ended_at"} | {"state": "active"}
    return [table, key, 1, active]


@pytest.mark.requirement("PF-8")
@pytest.mark.parametrize("member", ["text", [], {}, {"credential": "x"}])
def test_an_assertion_of_another_shape_is_not_judged(house, member):
    good = cosigned(house)
    path = next(path for path, data in good.items() if b'"passkey":' in data and "signatures/" in path)
    files = rewritten(good, path.removeprefix("evidence/"), lambda said: {**said, "passkey": member})
    report = verify_bytes(pack(files), house.trust())

    assert (report["exit"], json.dumps(report["error"]).count("file-shape")) == (2, 1)
