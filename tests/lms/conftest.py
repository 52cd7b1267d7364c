"""What the stories of learning platforms share: a hub that knows a platform, and somebody who comes from its course."""

from collections.abc import Iterator

import pytest

from tests.installation import Installation
from tests.lms.platform import listening
from tests.lms.rounds import Course, course_of


@pytest.fixture
def course(house: Installation) -> Iterator[Course]:
    """A hub with a small exercise, a platform that it knows, and a browser in which nobody is signed in."""
    with listening(lambda: house.client().get("/lti/jwks").get_json()) as platform:
        yield course_of(house, platform)
