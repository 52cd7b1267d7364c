"""A hub and a course that launches its small exercise, told shortly: who was launched, what the course was told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.delivery.rules import Limits, Patience
from app.delivery.services.couriers import Couriers, Progress, deliver_once
from app.delivery.services.standing import Standing, standings
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.kernel import clock
from app.kernel.actors import Permission, system_actor
from app.lms import queries
from app.lms.models import Launch, Platform, ResourceLink
from app.lms.services.grading import KIND, derive_grades, install_grades, send_grades
from app.lms.services.platforms import NewPlatform, add_platform
from app.lms.services.tool_keys import key_set, new_tool_key
from app.storage.tables import new_id
from config.secrets import DELIVERY, read_secret
from tests.benches import Bench, a_bench, furnish
from tests.installation import FOUNDER, Installation
from tests.lms.course_services import CourseServices, course_services
from tests.lms.moodle import CLIENT_ID, registration

Room = TypeVar("Room", bound="Classroom")
COMMAND = system_actor("command", Permission.TARGET_ADMINISTER)
SCOPES = ["score", "result.readonly"]
IN_A_HURRY = Patience(connect=2, write=2, read=2, talk=3)
LONGER_THAN_A_LEASE = timedelta(minutes=2)


class Classroom:
    """A hub, its platform on loopback, and a worker between them."""

    def __init__(self, house: Installation, services: CourseServices) -> None:
        self.house, self.services = house, services
        self.key = read_secret(house.settings.keys, DELIVERY)
        furnish(house, "trainee", "trainee2", "assessor")
        self.platform = self._add_platform()
        self.accounts: dict[tuple[str, str], str] = {}
        self.tokens = install_grades(house.storage, self.key)
        self.couriers = Couriers(self.key, Limits(patience=IN_A_HURRY))
        self.time = clock.now()

    @property
    def course(self) -> Any:
        """The course as the platform has it."""
        return self.services.course

    def link(self, item: str | None = "5", name: str = "7") -> ResourceLink:
        """Put an activity of the exercise into the course, with its line item."""
        with self.house.storage.reading() as session:
            deployment = queries.deployments_of(session, self.platform.id)[0]
        made = ResourceLink(
            id=new_id(),
            deployment_id=deployment.id,
            resource_link_id=name,
            context_id="2",
            context_title="Bioproduction",
            exercise_code="TST-001",
            lineitem_url=self.services.item_url(item) if item else None,
            scopes=SCOPES,
            memberships_url=self.services.members_url,
            added_at=clock.now(),
        )
        self._write(made)
        return made

    def launched(self, bench: Bench, link: ResourceLink, sub: str = "4") -> Bench:
        """Let the performer of a record have come to it through an activity, as an account of the platform."""
        row = Launch(
            id=new_id(),
            resource_link_id=link.id,
            deployment_id=link.deployment_id,
            operator_id=bench.record.operator_id,
            person_id=bench.record.performer_id,
            account_id=self._account(bench.performer, sub),
            message_type="LtiResourceLinkRequest",
            record_id=bench.record_id,
            launched_at=clock.now(),
        )
        self._write(row)
        return bench

    def concluded(self, link: ResourceLink, sub: str = "4", performer: str = "trainee", **decided: Any) -> Bench:
        """Launch a record through an activity and bring it to the assessor's decision."""
        checker = "trainee2" if performer == "trainee" else "trainee"
        bench = self.launched(a_bench(self.house, performer), link, sub)
        return bench.perform(checker).review().conclude(**decided)

    def send_grades(self) -> None:
        """Have the platform's grades sent."""
        with self.house.acting() as session:
            send_grades(session, self.key, "moodle", actor=COMMAND)

    def deliver(self) -> Progress:
        """Let the worker read the trail and serve the platform once."""
        while derive_grades(self.house.storage, "https://hub.example"):
            pass
        return deliver_once(self.house.storage, self.couriers)

    def deliver_in_the_end(self) -> None:
        """Serve the platform until nothing waits, however long it has to rest in between."""
        self.time = max(self.time, clock.now())
        for _ in range(60):
            with clock.simulated(self.time):
                progress = self.deliver()
            standing = self.standing()
            if progress.idle and standing.pending == 0:
                return
            due = clock.from_text(standing.not_before) if standing.not_before else self.time
            self.time = max(due, self.time + LONGER_THAN_A_LEASE)
        raise AssertionError(f"never ends: {self.standing()}")

    def standing(self) -> Standing:
        """Return where the platform stands."""
        with self.house.storage.reading() as session:
            return standings(session, COMMAND, KIND)[0]

    def points(self, sub: str = "4", item: str = "5") -> float | None:
        """Return what stands in the gradebook."""
        grade = self.course.grades.get((item, sub))
        return grade.score if grade else None

    def _add_platform(self) -> Platform:
        given, alpha = registration(self.services.address), self.house.operator_id("ALPHA")
        new = NewPlatform(given, ("1",), alpha, new_tool_key(self.key))
        with self.house.acting() as session:
            return add_platform(session, new, actor=COMMAND)

    def _account(self, login: str, sub: str) -> str:
        if (login, sub) not in self.accounts:
            person = self.house.person(login).id
            with self.house.acting() as session:
                linked = link_account(session, person, self.services.address, AccountName.ID, sub, actor=FOUNDER)
            self.accounts[login, sub] = linked.id
        return self.accounts[login, sub]

    def _write(self, row: ResourceLink | Launch) -> None:
        with self.house.acting() as session:
            session.add(row)
            note(session, Action.LTI_LAUNCHED, Subject("lti_launch", row.id), actor=COMMAND)


@contextmanager
def in_class(house: Installation, kind: type[Room]) -> Iterator[Room]:
    """Serve a course to a hub for the length of a block."""

    def keys() -> dict[str, Any]:
        with house.storage.reading() as session:
            return key_set(session)

    with course_services(CLIENT_ID, keys) as services:
        room = kind(house, services)
        yield room
        room.couriers.close()
