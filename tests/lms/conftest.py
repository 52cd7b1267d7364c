"""What the stories of learning platforms share: a hub that knows a platform, and somebody who comes from its course."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import Installation, open_installation
from tests.lms.platform import listening
from tests.lms.rounds import Course, course_of

HUB = "https://cahier.example"


@pytest.fixture
def course(house: Installation) -> Iterator[Course]:
    """A hub with a small exercise, a platform that it knows, and a browser in which nobody is signed in."""
    with listening(lambda: house.client().get("/lti/jwks").get_json()) as platform:
        yield course_of(house, platform)


@pytest.fixture
def secure(founded_url: str, tmp_path: Path) -> Iterator[Course]:
    """A course that launches into a hub with HTTPS."""
    house = open_installation(founded_url, tmp_path / "var", public_url=HUB)
    keys = lambda: house.client().get("/lti/jwks", base_url=HUB).get_json()  # noqa: E731
    with listening(keys) as platform:
        yield course_of(house, platform)
    house.storage.close()
