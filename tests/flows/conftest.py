"""What the stories share."""

import pytest

from tests.flows.bench import Bench, at_bench
from tests.installation import Installation


@pytest.fixture
def bench(house: Installation) -> Bench:
    """A record of the small exercise, just issued to the trainee, and the people around it."""
    return at_bench(house)
