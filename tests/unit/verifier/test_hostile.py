"""Files made to hurt: every one is refused with exit code 2 and a sentence, and none makes the verifier stumble."""

import io
import json
import struct
import zipfile
from typing import Any

import pytest

from app.verifier import verify_bytes
from app.verifier.parts.archive import Limits, read_archive
from app.verifier.parts.canonical import canonical_bytes, read_canonical
from app.verifier.parts.der import read_der
from app.verifier.parts.faults import Malformed, Unusable
from app.verifier.parts.policy import read_policy
from tests.unit.verifier.authorities import NoteSigner
from tests.unit.verifier.changing import edited, rewritten, without
from tests.unit.verifier.test_good import run
from tests.unit.verifier.writer import NUMBER, pack

STRANGE: list[Any] = [None, [], {}, "x", 5, [{}], {"code": {}}, True]
DEEP = b"[" * 100_000 + b"]" * 100_000
WITNESS = NoteSigner("w.example", 4).verifier
OTHER = NoteSigner("o.example", 4).verifier
LOG = NoteSigner("l.example").verifier


def archive_of(*members, compress=zipfile.ZIP_DEFLATED):
    """Return a ZIP of (name or ZipInfo, content), whatever the names."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compress) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def refusal(house, data, **trust):
    """Return the code with which a file is refused, and make sure that it is."""
    report = verify_bytes(data, house.trust(**trust), "fr")
    assert (report["exit"], report["verdict"], report["statements"]) == (2, "UNUSABLE", [])
    assert report["error"]["text"] != report["error"]["code"]
    return report["error"]["code"]


def link(name):
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o120777 << 16
    return member


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ([("../a", b"x")], "archive-path"),
        ([("/etc/passwd", b"x")], "archive-path"),
        ([(f"{NUMBER}/../../a", b"x")], "archive-path"),
        ([(f"{NUMBER}\\..\\a", b"x")], "archive-path"),
        ([("C:/a", b"x")], "archive-path"),
        ([(f"{NUMBER}//a", b"x")], "archive-path"),
        ([(f"{NUMBER}/a\n", b"x")], "archive-path"),
        ([(link(f"{NUMBER}/a"), b"/etc/passwd")], "archive-link"),
        ([(f"{NUMBER}/a", b"x"), (f"{NUMBER}/A", b"y")], "archive-doubled"),
        ([(f"{NUMBER}/a", b"x"), ("other/a", b"y")], "archive-roots"),
        ([("a", b"x")], "archive-roots"),
        ([("-rf/a", b"x")], "archive-roots"),
        ([], "archive-roots"),
        ([(f"{NUMBER}/a", b"x")], "description-missing"),
        ([(f"{NUMBER}/ro-crate-metadata.json", b"{}")], "description-unreadable"),
        ([(f"{NUMBER}/ro-crate-metadata.json", DEEP)], "description-unreadable"),
        ([(f"{NUMBER}/ro-crate-metadata.json", b'{"@graph":[]}')], "bundle-missing"),
        ([(f"{NUMBER}/ro-crate-metadata.json", b'{"@graph":[]}'), (f"{NUMBER}/a", b"")], "archive-damaged"),
    ],
    ids=range(18),
)
def test_an_archive_that_leads_elsewhere_is_refused(house, members, code):
    assert refusal(house, archive_of(*members)) == code


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_there_twice_is_refused(house):
    assert refusal(house, archive_of((f"{NUMBER}/a", b"x"), (f"{NUMBER}/a", b"y"))) == "archive-doubled"


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04" * 100, b"\x00" * 1000, b"{}"], ids=range(5))
def test_what_is_no_archive_is_refused(house, data):
    assert refusal(house, data) == "archive-unreadable"


def test_a_bomb_is_not_unpacked(house):
    bomb = archive_of((f"{NUMBER}/a", b"\x00" * (70 * 2**20)))

    assert len(bomb) < 2**20
    assert refusal(house, bomb) == "archive-too-large"


def test_a_member_that_lies_about_its_size_is_refused(house):
    data = archive_of((f"{NUMBER}/a", b"\x00" * 100_000))
    lying = data.replace(struct.pack("<I", 100_000), struct.pack("<I", 10))

    assert refusal(house, lying) == "archive-unreadable"


@pytest.mark.parametrize(
    "limits",
    [Limits(files=3), Limits(file_bytes=100), Limits(all_bytes=1000), Limits(archive_bytes=1000)],
    ids=range(4),
)
def test_limits_hold(good, limits):
    with pytest.raises(Unusable, match="archive-too-large"):
        read_archive(pack(good), limits)


def test_an_encrypted_member_is_refused(house):
    data = bytearray(archive_of((f"{NUMBER}/a", b"x"), compress=zipfile.ZIP_STORED))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1

    assert refusal(house, bytes(data)) == "archive-coding"


def test_another_packing_is_refused(house):
    assert refusal(house, archive_of((f"{NUMBER}/a", b"x"), compress=zipfile.ZIP_BZIP2)) == "archive-coding"


def test_a_pdf_is_told_that_only_bundles_are_judged(house):
    assert refusal(house, b"%PDF-1.7\nwhatever") == "pdf"


def test_a_file_that_the_format_does_not_know_is_refused(house, good):
    assert refusal(house, pack({**good, "evidence/keys.txt": b"trust me"})) == "file-unknown"


def test_an_archive_named_otherwise_than_its_record_is_refused(house, good):
    assert refusal(house, pack(good, "PIP-2026-0009")) == "archive-roots"


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":1e5}',
        b'{"a":NaN}',
        b'{"a":-0}',
        b'{"a":9007199254740993}',
        b'{"a":' + b"9" * 10_000 + b"}",
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":"\\u00e9"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\/"}',
        b'{"\xc3\xa9":1}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        b'{"a":1}\n',
        b"",
        b"[" * 70 + b"]" * 70,
        DEEP,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
    ids=range(20),
)
def test_json_that_is_not_canonical_is_refused(house, good, text):
    with pytest.raises(Malformed):
        read_canonical(text)
    for path in ("bundle.json", "rows.json", "lines/hub/0.json", "signatures/sig-0.json"):
        assert refusal(house, pack({**good, f"evidence/{path}": text})) == "file-shape"


def test_canonical_json_is_read_as_it_is():
    value = {"a": ['\u0001\b\t"\\é\u007f', 2**53 - 1, -5, True, None, {}], "b": ""}

    assert read_canonical(canonical_bytes(value)) == value


@pytest.mark.parametrize(
    "path", ["bundle.json", "rows.json", "texts.json", "lines/hub/0.json", "signatures/sig-0.json"]
)
@pytest.mark.parametrize("value", [[], {}, "x", 1, None, [[]], [[1, 2, 3, 4]], {"x": {}}], ids=range(8))
def test_files_of_another_shape_never_pass(house, good, path, value):
    report = verify_bytes(pack({**good, f"evidence/{path}": canonical_bytes(value)}), house.trust())

    assert report["exit"] in {1, 2}
    assert report.get("error", {}).get("code") != "internal"


def test_every_member_of_a_manifest_may_be_anything(house, good):
    manifest = json.loads(json.loads(good["evidence/signatures/sig-1.json"])["manifest"])
    for member in manifest:
        for value in STRANGE:
            changed = canonical_bytes({**manifest, member: value}).decode()
            said = {**json.loads(good["evidence/signatures/sig-1.json"]), "manifest": changed}
            files = {**good, "evidence/signatures/sig-1.json": canonical_bytes(said)}
            report = verify_bytes(pack(files), house.trust())
            assert report.get("error") is None
            assert report["exit"] == (0 if files == good else 1)


@pytest.mark.parametrize("path", ["certificates/", "revocation-lists/", "tokens/", "checkpoints/", "consistency/"])
@pytest.mark.parametrize(
    "data", [b"", b"\x30\x80\x00\x00", b"-----BEGIN CERTIFICATE-----\n", b"\xff" * 100], ids=range(4)
)
def test_evidence_that_is_rubbish_fails(house, good, path, data):
    for name in [name for name in good if path in name]:
        report = verify_bytes(pack({**good, name: data}), house.trust())

        assert (report["exit"], report.get("error")) == (1, None)


@pytest.mark.parametrize(
    "data",
    [
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x81\x05",
        b"\x30\x85\x01\x01\x01\x01\x01",
        b"\x1f\x81\x01\x00",
        b"\x02\x01\x05x",
    ],
    ids=range(6),
)
def test_der_that_is_not_der_is_refused(data):
    with pytest.raises(Malformed, match="der"):
        read_der(data)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "cahier.trust.v2"},
        {"required": []},
        {"required": ["PF-15"]},
        {"required": "PF-1"},
        {"version": "1"},
        {"logs": [{}]},
        {"logs": [{"origin": "x", "key": LOG, "from": 0, "to": None}]},
        {"roots": ["x"]},
        {"roots": None},
        {"witness_policy": "quorum"},
        {"witness_policy": 5},
        {"tolerance_seconds": -1},
        {"more": 1},
    ],
    ids=range(13),
)
def test_a_trust_file_that_says_nothing_clear_is_refused(house, good, change):
    assert refusal(house, pack(good), **change).startswith("trust-")


@pytest.mark.parametrize("trust", [None, [], "x", 5, {}], ids=range(5))
def test_what_is_no_trust_file_is_refused(good, trust):
    assert verify_bytes(pack(good), trust)["error"]["code"] == "trust-schema"


@pytest.mark.requirement("PF-11")
@pytest.mark.parametrize(
    "text",
    [
        "",
        f"witness w {WITNESS}\n",
        f"witness w {WITNESS}\nquorum v\n",
        f"witness w {WITNESS}\nquorum w\nquorum w\n",
        f"witness w {WITNESS}\nwitness w {OTHER}\nquorum w\n",
        f"witness w {WITNESS}\nwitness v {WITNESS}\nquorum w\n",
        f"witness none {WITNESS}\nquorum none\n",
        f"witness w {LOG}\nquorum w\n",
        f"log {WITNESS}\nquorum none\n",
        f"log {LOG}\nlog {LOG}\nquorum none\n",
        f"witness w {WITNESS}\ngroup g 2 w\nquorum g\n",
        f"witness w {WITNESS}\ngroup g 0 w\nquorum g\n",
        f"witness w {WITNESS}\ngroup g any w w\nquorum g\n",
        f"witness w {WITNESS}\ngroup g any w\ngroup h any w\nquorum g\n",
        "group g any g\nquorum g\n",
        "group g any\nquorum g\n",
        "quorum none\x0b\n",
        "trust everybody\nquorum none\n",
    ],
    ids=range(18),
)
def test_a_policy_that_says_nothing_clear_is_refused(text):
    with pytest.raises(Malformed):
        read_policy(text)


@pytest.mark.requirement("PF-11")
def test_a_policy_may_hold_comments_and_tabs():
    policy = read_policy(f"# ours\n\n \twitness\tw  {WITNESS} https://w.example\n\ngroup g all w\nquorum g")

    assert (policy.quorum, list(policy.witnesses)) == ("g", ["w"])


def test_nothing_of_a_bundle_can_move_the_cursor(house, good, tmp_path):
    files = rewritten(good, "bundle.json", lambda about: {**about, "operator": "\x1b[2J\u202edemo", "made_at": "\x07"})
    done = run(tmp_path, pack(files), house.trust())

    assert done.returncode == 1
    assert not {"\x1b", "\u202e", "\x07"} & set(done.stdout)


def test_a_trust_file_that_doubles_a_member_is_refused(house, good, tmp_path):
    text = json.dumps(house.trust())
    run(tmp_path, pack(good), house.trust())
    (tmp_path / "doubled.json").write_text(text.replace('"version": 1', '"version": 1, "version": 1'))
    from app.verifier.parts.commanding import main

    assert main([str(tmp_path / "record.eln"), "--trust", str(tmp_path / "doubled.json")]) == 2


def test_many_lines_under_one_name_of_an_authority_end(house, good):
    # Every certificate has the same names, so that each could have issued each.
    from tests.unit.verifier.authorities import authority

    twins = [authority("Hub Issuing") for _ in range(20)]
    files = good | {f"evidence/certificates/{one.fingerprint}.pem": one.pem for one in twins}
    report = verify_bytes(pack(files), house.trust())

    assert report["exit"] == 0


def test_removed_evidence_of_any_kind_is_noticed(house, good):
    spare = {f"{NUMBER}.pdf"} | {path for path in good if "attachments/" in path}
    for path in sorted(set(good) - spare):
        report = verify_bytes(pack(without(good, path)), house.trust())

        assert report["exit"] in {1, 2}, path


def test_any_evidence_file_with_one_more_byte_is_noticed(house, good):
    spare = {f"{NUMBER}.pdf"}
    for path in sorted(set(good) - spare):
        report = verify_bytes(
            pack(edited(good, path.removeprefix("evidence/"), lambda data: data + b"\n")), house.trust()
        )

        assert report["exit"] in {1, 2}, path
        assert report.get("error", {}).get("code") != "internal"
