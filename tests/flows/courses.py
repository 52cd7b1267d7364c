"""What the stories of courses share: an LMS that the hub knows, a trainee who comes from it, the worker."""

import re
from dataclasses import dataclass
from typing import Any

from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.kernel.actors import Permission, system_actor
from config.secrets import DELIVERY, read_secret
from tests.benches import furnish
from tests.flows.course_lms import CourseLms, Launched
from tests.installation import Installation, Tablet
from xapi.services.cmi5_lms import NewLms, add_lms
from xapi.services.cmi5_sending import report_courses

COMMAND = system_actor("command", Permission.TARGET_ADMINISTER)
SESSION_PAGE = re.compile(r"/cmi5/sessions/([0-9a-f-]{36})")


@dataclass
class Course:
    """A hub, an LMS that it knows, and somebody at a tablet."""

    house: Installation
    lms: CourseLms
    client: Tablet

    @classmethod
    def of(cls, house: Installation, lms: CourseLms, login: str = "trainee") -> "Course":
        """Furnish the hub, register the LMS, link the account by which it knows the trainee."""
        furnish(house, "trainee", "trainee2", "assessor")
        with house.acting() as session:
            add_lms(session, NewLms("moodle", [lms.address]), actor=COMMAND)
        course = cls(house, lms, house.signed_in(login))
        course.link("trainee")
        return course

    def link(self, login: str, name: str = "1625378", kind: AccountName = AccountName.ID) -> None:
        """Say by which name the LMS knows somebody."""
        with self.house.acting() as session:
            person = self.house.person(login)
            link_account(session, person.id, self.lms.address, kind, name, actor=self.house.actor(login))

    def open(self, registration: str = "", **changed: Any) -> str:
        """Launch the exercise, press the button, and return the id of the session."""
        return self.open_exercise("TST-001", registration, **changed)

    def open_exercise(self, exercise: str, registration: str = "", **changed: Any) -> str:
        """The same for any exercise."""
        answer = self.client.act(self.lms.launch(exercise, registration=registration, **changed))
        found = SESSION_PAGE.fullmatch(answer.headers.get("Location", ""))
        assert found, answer.text
        return found[1]

    def end(self, session_id: str) -> Any:
        """Press the button that ends a session."""
        return self.client.act(f"/cmi5/sessions/{session_id}/end")

    def page(self, session_id: str) -> Any:
        """Look at a session."""
        return self.client.get(f"/cmi5/sessions/{session_id}")

    def work(self) -> None:
        """Let the worker do its round."""
        report_courses(self.house.storage, read_secret(self.house.settings.keys, DELIVERY))

    @property
    def last(self) -> Launched:
        """The newest session as the LMS knows it."""
        return self.lms.last
