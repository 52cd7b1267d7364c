"""A record that went through everything, and what leaves the house of it; made once a run, and only read."""

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.evidence.services.sealing import Seal, seal_of
from app.evidence.views.bundling import Made, Press, make_now
from app.evidence.views.working import WORKER
from app.notebook.models import Record
from tests.benches import Bench, a_bench, furnish
from tests.installation import Installation, open_installation


@dataclass
class Taken:
    """A concluded record and what was made of it."""

    house: Installation
    bench: Bench
    record: Record
    made: Made

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the bundle, by their path in its root folder."""
        return unpacked(self.made.bundle)


def unpacked(bundle: bytes) -> dict[str, bytes]:
    """Return the files of a bundle, by their path in its root folder."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def take_away(house: Installation, record: Record, seal: Callable[[Path], Seal | None] = seal_of) -> Made:
    """Make a record's bundle as the worker does."""
    with house.app.app_context():
        press = Press(house.settings.keys, house.settings.public_url, house.files, seal)
        return make_now(house.storage, record.id, record.operator_id, press, actor=WORKER)


def conclude(house: Installation) -> Bench:
    """Bring a record to its end, with an exception, a correction, a further remark and a neighbour in its series."""
    furnish(house, "trainee", "trainee2", "assessor")
    a_bench(house)
    bench = a_bench(house)
    bench.enter("mass", "12,0").enter("remark", "Plateau essuyé, 試料 🧪").correct(1, "10,1", "Virgule mal placée")
    return bench.comment().perform().review().conclude()


@pytest.fixture(scope="session")
def taken(founded_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    """A concluded record, and its bundle."""
    folder = tmp_path_factory.mktemp("taken")
    path = shutil.copy(founded_sqlite_template, folder / "founded.sqlite")
    house = open_installation(f"sqlite:///{path}", folder / "var")
    bench = conclude(house)
    yield Taken(house, bench, bench.record, take_away(house, bench.record))
    house.storage.close()
