"""Whatever is done to the bytes of a good bundle, the verifier answers, and never says yes to changed evidence."""

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.verifier import verify_bytes
from tests.unit.verifier.writer import NUMBER, pack

# All evidence is bound by something. When a bundle was made, and by which release, is told and not proven.
DESCRIBED = {"evidence/bundle.json"}
FREE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def evidence_in(data):
    """Return the evidence that an archive holds, or None where it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if "/evidence/" in name]
            return {name.removeprefix(f"{NUMBER}/"): archive.read(name) for name in names}
    except Exception:
        return None


@st.composite
def changes(draw):
    """Give a few changes to bytes: where (as a share of the length), what is there afterwards, how much is cut."""
    where = st.integers(0, 1_000_000)
    return draw(st.lists(st.tuples(where, st.binary(max_size=4), st.integers(0, 4)), min_size=1, max_size=4))


def changed(data, edits):
    for share, new, cut in edits:
        place = share * len(data) // 1_000_001
        data = data[:place] + new + data[place + cut :]
    return data


@pytest.mark.requirement("PF-1", "PF-9")
@FREE
@given(edits=changes())
def test_a_changed_archive_never_passes_with_changed_evidence(house, good, edits):
    before = {path: data for path, data in good.items() if path.startswith("evidence/")}
    bad = changed(pack(good), edits)
    report = verify_bytes(bad, house.trust())

    assert report["exit"] in {0, 1, 2}
    assert report.get("error", {}).get("code") != "internal"
    assert report["exit"] != 0 or evidence_in(bad) == before


@pytest.mark.requirement("PF-1", "PF-9")
@FREE
@given(edits=changes(), place=st.integers(0, 10_000))
def test_a_changed_file_in_a_whole_archive_never_passes(house, good, edits, place):
    paths = sorted(path for path in good if path.startswith("evidence/") and path not in DESCRIBED)
    path = paths[place % len(paths)]
    files = {**good, path: changed(good[path], edits)}
    report = verify_bytes(pack(files), house.trust())

    assert report.get("error", {}).get("code") != "internal"
    assert report["exit"] != 0 or files == good


@FREE
@given(data=st.binary(max_size=2000))
def test_any_bytes_get_an_answer(house, data):
    assert verify_bytes(data, house.trust())["exit"] == 2
