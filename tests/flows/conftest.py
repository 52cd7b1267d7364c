"""What the stories share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benches import PageBench, at_bench
from tests.flows.delivering import Delivery, delivering, second_hub
from tests.installation import Installation


@pytest.fixture
def bench(house: Installation) -> PageBench:
    """A record of the small exercise, just issued to the trainee, and the people around it."""
    return at_bench(house)


@pytest.fixture
def delivery(house: Installation, founded_sqlite_template: Path, tmp_path: Path) -> Iterator[Delivery]:
    """A hub on each database, and a second Cahier behind a faulty line."""
    with second_hub(founded_sqlite_template, tmp_path) as second, delivering(house, second) as made:
        yield made
