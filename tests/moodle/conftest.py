"""What the stories of a Moodle that is told share."""

import pytest

from tests.moodle.bridge import Bridge
from tests.moodle.moodle import listening_moodle


@pytest.fixture
def bridge(house):
    """A hub on each database and a Moodle."""
    with listening_moodle() as moodle:
        made = Bridge(house, moodle)
        yield made
        made.couriers.close()
