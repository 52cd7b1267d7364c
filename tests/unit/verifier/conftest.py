"""One house for all tests of the verifier, and one good bundle of it; making keys and tokens takes time."""

import pytest

from app.verifier import verify_bytes
from tests.unit.verifier.authorities import House
from tests.unit.verifier.writer import pack, write


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    return House(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="session")
def good(house):
    return write(house)


@pytest.fixture
def judge(house):
    """Return what the verifier answers about files, by statement; `trust` changes the trust file, `at` the day."""

    def judged(files, at=None, **trust):
        report = verify_bytes(pack(files), house.trust(**trust), at=at)
        assert report["exit"] != 2, report["error"]
        return {one["id"]: one["answer"] for one in report["statements"]} | {
            f"{one['id']} codes": [reason["code"] for reason in one["reasons"]] for one in report["statements"]
        }

    return judged
