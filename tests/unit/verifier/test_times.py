"""PF-5, PF-6 and PF-7: tokens of a local authority, before and after the signatures, and the window between."""

from datetime import UTC, datetime, timedelta

import pytest

from app.verifier import verify_bytes
from tests.unit.verifier.authorities import BEGAN, DOCUMENT_SIGNING, YEAR, House, certify, time_authority
from tests.unit.verifier.changing import edited, flipped, path_of, without
from tests.unit.verifier.writer import digest, pack, write


def tokens_of(files):
    """Return the paths of the tokens, the one over the newest checkpoint last."""
    early = path_of(files, "tokens/")
    manifest = next(data for path, data in files.items() if "signatures/" in path)
    named = [path for path in files if "tokens/" in path and path[-68:-4].encode() in manifest]
    others = [path for path in files if "tokens/" in path and path not in named]
    assert early
    return [*named, *others]


def with_manifest(**changes):
    return lambda manifest: {**manifest, **changes}


def with_freshness(**changes):
    return lambda manifest: {**manifest, "freshness": {**manifest["freshness"], **changes}}


@pytest.mark.requirement("PF-5")
def test_a_stripped_token_fails_where_it_is_required(good, judge):
    _, late = tokens_of(good)
    files = without(good, late)

    assert judge(files)["PF-5"] == "FAIL"
    assert judge(files, required=["PF-1"])["PF-5"] == "INDETERMINATE"


@pytest.mark.requirement("PF-5")
@pytest.mark.parametrize("place", [-1, -40, 75, 100, 140])
def test_a_token_turned_where_it_is_signed_fails_under_its_name_and_under_a_new_one(good, judge, place):
    _, late = tokens_of(good)
    bad = flipped(good[late], place)
    renamed = {**without(good, late), f"evidence/tokens/{digest(bad)}.tsr": bad}

    assert judge({**good, late: bad})["PF-5"] == "FAIL"
    assert judge(renamed)["PF-5"] == "FAIL"


@pytest.mark.requirement("PF-5")
def test_a_token_over_something_else_proves_nothing(house, good, judge):
    _, late = tokens_of(good)
    other = house.times.stamp(b"something else")
    files = {**without(good, late), f"evidence/tokens/{digest(other)}.tsr": other}
    found = judge(files)

    assert found["PF-5"] == "FAIL"
    assert "no-token-after" in found["PF-5 codes"]


@pytest.mark.requirement("PF-5")
def test_a_token_over_a_checkpoint_before_the_signature_is_no_upper_bound(good, judge):
    _, late = tokens_of(good)

    assert "no-token-after" in judge(without(good, late))["PF-5 codes"]


@pytest.mark.requirement("PF-5")
def test_an_authority_whose_certificate_had_ended_fails(house, good, judge, tmp_path):
    _, late = tokens_of(good)
    other = time_authority(tmp_path / "tsa", end=BEGAN + timedelta(days=2))
    token = other.stamp(note_of(good))
    files = {**without(good, late), f"evidence/tokens/{digest(token)}.tsr": token}
    roots = [house.times.root.pem.decode(), other.root.pem.decode()]
    found = judge(files, timestamp_roots=roots)

    assert found["PF-5"] == "FAIL"
    assert "certificate-not-valid-then" in found["PF-5 codes"]


def note_of(files):
    """Return the newest checkpoint of the operator's log as the log signed it."""
    newest = files["evidence/checkpoints/operator/13.txt"].decode()
    return ("\n".join(newest.split("\n")[:5]) + "\n").encode()


@pytest.mark.requirement("PF-5")
def test_a_second_good_token_does_no_harm_and_an_unknown_authority_is_passed_over(house, good, judge, tmp_path):
    more = house.times.stamp(note_of(good))
    stranger = time_authority(tmp_path / "tsa").stamp(note_of(good))
    files = {**good, f"evidence/tokens/{digest(more)}.tsr": more}
    files[f"evidence/tokens/{digest(stranger)}.tsr"] = stranger
    found = judge(files)

    assert found["PF-5"] == "PASS"
    assert "chain-untrusted" in found["PF-5 codes"]


@pytest.mark.requirement("PF-5")
def test_tokens_of_an_unknown_authority_prove_nothing(house, good, judge):
    assert judge(good, timestamp_roots=[])["PF-5"] == "FAIL"
    assert judge(good, timestamp_roots=[], required=["PF-1"])["PF-5"] == "INDETERMINATE"


@pytest.mark.requirement("PF-5")
def test_a_certificate_of_the_hub_stamps_no_time(house):
    from app.verifier.parts.certificates import find_chain
    from app.verifier.parts.faults import Malformed

    signer = certify("Signer", house.root, uses=[DOCUMENT_SIGNING])

    with pytest.raises(Malformed, match="certificate-use"):
        find_chain(signer.certificate, [], [house.root.certificate], BEGAN + YEAR, "time")


@pytest.mark.requirement("PF-6")
@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (with_manifest(freshness=None), "INDETERMINATE"),
        (with_freshness(token=None), "INDETERMINATE"),
        (with_freshness(token="00" * 32), "FAIL"),
        (with_freshness(size=1), "FAIL"),
        (with_freshness(root="00" * 32), "FAIL"),
        (with_freshness(origin="hub.example/hub"), "FAIL"),
        (with_manifest(freshness="x"), "INDETERMINATE"),
    ],
    ids=["null", "only the checkpoint", "unknown token", "size", "root", "origin", "text"],
)
def test_a_freshness_that_is_no_logged_token_proves_nothing(house, judge, change, answer):
    files = write(house, manifest=change)

    assert judge(files, required=["PF-1"])["PF-6"] == answer
    assert judge(files)["PF-6"] == "FAIL"


@pytest.mark.requirement("PF-6")
def test_a_token_that_was_not_logged_before_the_signature_fails(house, judge):
    def dropped(line):
        return {**line, "after": {}} if line["action"] == "audit:timestamp:log" else line

    assert judge(write(house, line=dropped))["PF-6"] == "FAIL"


@pytest.mark.requirement("PF-6")
def test_a_freshness_whose_token_was_stripped_is_missing_evidence(good, judge):
    early, _ = tokens_of(good)
    files = without(good, early)

    assert judge(files)["PF-6"] == "FAIL"
    assert judge(files, required=["PF-1"])["PF-6"] == "INDETERMINATE"


@pytest.mark.requirement("PF-6")
def test_a_freshness_that_is_false_fails(good, judge):
    early, _ = tokens_of(good)

    assert judge(edited(good, early.removeprefix("evidence/"), flipped))["PF-6"] == "FAIL"


@pytest.mark.requirement("PF-7")
@pytest.mark.parametrize(("hours", "code"), [(1, "claimed-too-late"), (-1, "claimed-too-early")])
def test_a_clock_that_is_an_hour_off_fails(house, judge, hours, code):
    files = write(house, manifest=lambda manifest: {**manifest, "time": shifted(manifest["time"], hours)})
    found = judge(files)

    assert found["PF-7"] == "FAIL"
    assert code in found["PF-7 codes"]
    assert judge(files, tolerance_seconds=3700)["PF-7"] == "PASS"


def shifted(time, hours):
    from datetime import datetime

    moved = datetime.fromisoformat(time) + timedelta(hours=hours)
    return moved.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.mark.requirement("PF-7")
@pytest.mark.parametrize("time", ["2026-11-23T09:05:00Z", "2026-13-23T09:05:00.000Z", "", None, 5])
def test_a_time_that_is_none_fails(house, judge, time):
    assert judge(write(house, manifest=with_manifest(time=time)))["PF-7"] == "FAIL"


@pytest.mark.requirement("PF-7")
def test_without_tokens_the_window_is_open(house, judge):
    files = write(house, stamps=False)

    assert judge(files, required=["PF-1"])["PF-7"] == "INDETERMINATE"
    assert judge(files)["PF-7"] == "FAIL"


SHORT = timedelta(days=30)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A house whose first time-stamping authority ends in a month, and a bundle of it that a second one renewed."""
    house = House(tmp_path_factory.mktemp("short"))
    first = time_authority(tmp_path_factory.mktemp("first"), end=datetime.now(UTC) + SHORT)
    second = time_authority(tmp_path_factory.mktemp("second"))
    house.times = first
    files = write(house, stamps_again=second)
    roots = [one.root.pem.decode() for one in (first, second)]

    def answers(files, days):
        at = datetime.now(UTC) + timedelta(days=days)
        report = verify_bytes(pack(files), house.trust(timestamp_roots=roots), at=at)
        return {one["id"]: one["answer"] for one in report["statements"]}, report

    return files, answers


@pytest.mark.requirement("TSP-8", "PF-5", "PF-6", "PF-7")
def test_a_token_that_a_later_one_renewed_proves_after_its_certificate_ended(short):
    files, answers = short
    before, _ = answers(files, 0)
    after, report = answers(files, 60)

    assert [before[name] for name in ("PF-5", "PF-6", "PF-7")] == ["PASS"] * 3
    assert [after[name] for name in ("PF-5", "PF-6", "PF-7")] == ["PASS"] * 3
    assert "token-renewed" in str(report)
    assert report["exit"] == 0


@pytest.mark.requirement("TSP-8", "PF-5", "PF-6", "PF-7")
def test_a_token_that_nobody_renewed_proves_nothing_once_its_certificate_ended(short):
    files, answers = short
    renewing = tokens_of(files)[-1]
    stripped = without(files, renewing)
    before, _ = answers(stripped, 0)
    after, report = answers(stripped, 60)

    assert [before[name] for name in ("PF-5", "PF-6", "PF-7")] == ["PASS"] * 3
    assert [after[name] for name in ("PF-5", "PF-6", "PF-7")] == ["INDETERMINATE"] * 3
    assert report["exit"] == 1
    assert report["judged_at"] > report["bundle"]["made_at"]


@pytest.mark.requirement("TSP-8")
def test_a_renewal_that_ended_itself_renews_nothing(short):
    files, answers = short

    assert answers(files, 365 * 30)[0]["PF-6"] == "INDETERMINATE"


@pytest.mark.requirement("TSP-8")
def test_a_renewal_whose_checkpoint_does_not_hold_the_line_of_the_token_renews_nothing(short):
    files, answers = short
    # Without the line that logged it, nothing says that the later token covers the earlier.
    early = tokens_of(files)[0]
    logging = [path for path, data in files.items() if b"audit:timestamp:log" in data]
    line = next(path for path in logging if early[-68:-4].encode() in files[path])

    assert answers(without(files, line.removesuffix(".json")), 60)[0]["PF-6"] != "PASS"
