"""What the stories share."""

import pytest

from tests.benches import PageBench, at_bench
from tests.installation import Installation


@pytest.fixture
def bench(house: Installation) -> PageBench:
    """A record of the small exercise, just issued to the trainee, and the people around it."""
    return at_bench(house)
