"""Going through the door as a browser does: a click in the course, the platform's question, the way back."""

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from app.identity.models import Person
from app.lms import queries
from app.lms.services.newcomers import account_of
from app.lms.services.platforms import NewPlatform, add_platform
from app.lms.services.tool_keys import new_tool_key
from config.secrets import DELIVERY, read_secret
from tests.benches import furnish
from tests.installation import Installation, Tablet
from tests.lms.platform import Activity, Platform


@dataclass
class Course:
    """A hub, a platform that it knows, a browser."""

    house: Installation
    platform: Platform
    client: Tablet

    def begin(self, user: str = "4", activity: Activity | None = None, **more: Any) -> TestResponse:
        """Click in the course; follow our own redirects until the platform is asked."""
        headers = more.pop("headers", {})
        form = self.platform.initiate(user, activity or Activity(), **more)
        answer = self.client.post("/lti/login", data=form, headers=headers)
        while answer.headers.get("Location", "").startswith("/lti/login"):
            answer = self.client.get(answer.headers["Location"], headers=headers)
        return answer

    def form(self, user: str = "4", activity: Activity | None = None, **claims: Any) -> dict[str, str]:
        """Return the form that the platform sends back; `claims` are said otherwise, None is left out."""
        return self.platform.answer(self.begin(user, activity).headers["Location"], **claims)

    def launch(self, user: str = "4", activity: Activity | None = None, **claims: Any) -> TestResponse:
        """Go through the door."""
        return self.client.post("/lti/launch", data=self.form(user, activity, **claims))

    def person(self, user: str = "4") -> Person | None:
        """Return whom the hub knows as somebody of the platform."""
        with self.house.storage.reading() as session:
            platform = queries.named(session, "moodle")
            account = account_of(session, platform, user) if platform else None
            return session.get(Person, account.person_id) if account else None


def course_of(house: Installation, platform: Platform, **registered: Any) -> Course:
    """Furnish a hub and let it know a platform, for the operator ALPHA."""
    furnish(house, "trainee", "trainee2", "assessor")
    sealing = read_secret(house.settings.keys, DELIVERY)
    newcomers = registered.pop("newcomers", None)
    new = NewPlatform(
        platform.registration(**registered),
        [platform.deployment_id],
        house.operator_id("ALPHA"),
        new_tool_key(sealing),
        **({"newcomers": newcomers} if newcomers else {}),
    )
    with house.acting() as session:
        add_platform(session, new, actor=house.actor("administrator"))
    return Course(house, platform, house.client())
