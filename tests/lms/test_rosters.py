"""A cohort follows a course: people join, are made, leave and come back; nobody is deleted, nothing written twice."""

import pytest
from sqlalchemy import func, select

from app.identity.models import Cohort, CohortPlace, OutsideAccount, Person
from app.identity.queries import current_memberships, members_of
from app.identity.services.operators import join_cohort
from app.identity.services.people import end_role
from app.kernel import clock
from app.lms.errors import NoSuchCourse, PlatformSilent, RosterTaken
from app.lms.models import RosterState
from app.lms.services import memberships
from app.lms.services.rosters import Means, begin_roster, end_roster, order_roster
from app.lms.services.synchronising import LOOKED_EVERY, synchronise, synchronise_next
from config.secrets import PEPPER, read_secret
from tests.lms.classroom import Classroom, in_class
from tests.lms.course_services import INSTRUCTOR

SYNCHRONISED = "lms:roster:synchronise"


class Following(Classroom):
    """A course and the cohort that follows it."""

    roster_id = ""

    @property
    def means(self) -> Means:
        """What the worker has."""
        return Means(self.tokens, read_secret(self.house.settings.keys, PEPPER))

    def follow(self, cohort_id: str | None = None, by: str = "administrator") -> str:
        """Let a cohort follow the course."""
        link = self.link()
        with self.house.acting() as session:
            self.roster_id = begin_roster(session, link.id, cohort_id, actor=self.house.actor(by)).id
        return link.id

    def synchronise(self):
        """Let the worker do its part."""
        return synchronise(self.house.storage, self.roster_id, self.means)

    def names(self) -> list[str]:
        """Return who stands in the cohort."""
        with self.house.storage.reading() as session:
            cohort = session.scalars(select(Cohort).where(Cohort.name == "Bioproduction")).one()
            return [person.name or "" for person in members_of(session, cohort.id)]

    def count(self, model) -> int:
        """Count the rows of a table."""
        with self.house.storage.reading() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def synchronisations(self) -> int:
        """Count the lines of synchronisations."""
        return [line["action"] for line in self.house.lines("ALPHA")].count(SYNCHRONISED)

    def state(self) -> RosterState:
        """Return what is kept of the roster."""
        with self.house.storage.reading() as session:
            return session.get_one(RosterState, self.roster_id)


@pytest.fixture
def room(house):
    """A course of three learners and their teacher, on two pages."""
    with in_class(house, Following) as made:
        made.services.page = 2
        for number, name in (("4", "Zoé Lambert"), ("5", "Marc Denis"), ("6", "Ana Costa")):
            made.course.enrol(number, name)
        made.course.enrol("9", "Claire Thys", INSTRUCTOR)
        yield made


def test_learners_of_a_course_become_people_in_its_cohort(room):
    room.follow()
    room.synchronise()

    assert room.names() == ["Ana Costa", "Marc Denis", "Zoé Lambert"]
    assert room.synchronisations() == 1
    with room.house.storage.reading() as session:
        made = session.scalars(select(Person).where(Person.login_key.is_not(None))).all()
    assert "Claire Thys" not in {person.name for person in made}


def test_people_of_one_name_become_people_with_logins_of_their_own(room):
    for number, name in (("7", "Zoé Lambert"), ("8", "ZOE LAMBERT")):
        room.course.enrol(number, name)
    room.follow()
    room.synchronise()

    with room.house.storage.reading() as session:
        logins = [one.login for one in session.scalars(select(Person)) if (one.login or "").startswith("zoe.lambert")]
    assert len(room.names()) == 5
    assert len(set(logins)) == 3
    assert "zoe.lambert" in logins


def test_doing_it_again_writes_nothing(room):
    room.follow()
    room.synchronise()
    lines, people = room.house.all_lines(), room.count(Person)
    again = room.synchronise()

    assert again.none
    assert again.staying == 3
    assert (room.house.all_lines(), room.count(Person)) == (lines, people)


def test_whoever_leaves_the_course_leaves_the_cohort_and_stays_known(room):
    room.follow()
    room.synchronise()
    gone = room.course.people.pop("5")
    room.synchronise()

    assert room.names() == ["Ana Costa", "Zoé Lambert"]
    assert room.count(CohortPlace) == 3
    room.course.people["5"] = gone
    room.synchronise()
    assert room.names() == ["Ana Costa", "Marc Denis", "Zoé Lambert"]
    assert room.count(CohortPlace) == 3


def test_whom_the_hub_knows_is_not_made_again(room):
    room._account("trainee", "4")
    people = room.count(Person)
    room.follow()
    room.synchronise()

    assert "Léa Martin" in room.names()
    assert room.count(Person) == people + 2


def test_a_guest_of_the_cohort_stays_whatever_the_course_says(room):
    room.follow()
    room.synchronise()
    with room.house.storage.reading() as session:
        cohort = session.scalars(select(Cohort).where(Cohort.name == "Bioproduction")).one()
    with room.house.acting() as session:
        actor = room.house.actor("administrator")
        join_cohort(session, cohort.id, room.house.person("trainee").id, actor=actor)
    room.course.people.pop("6")
    room.synchronise()

    assert room.names() == ["Léa Martin", "Marc Denis", "Zoé Lambert"]


@pytest.mark.requirement("LT-4")
def test_a_role_that_the_hub_ended_is_not_given_back_by_a_roster(room):
    room._account("trainee", "4")
    with room.house.storage.reading() as session:
        held = current_memberships(session, room.house.person("trainee").id)[0]
    with room.house.acting() as session:
        end_role(session, held.id, actor=room.house.actor("administrator"), reason="Elle a quitté.")
    room.follow()
    room.synchronise()

    assert room.names() == ["Ana Costa", "Marc Denis"]


def test_a_list_that_breaks_off_takes_nobody_out(room):
    room.follow()
    room.synchronise()
    room.course.people.pop("4")
    room.services.fault = lambda exchange: "from=" in exchange.path and bool(exchange.answer(503) or True)

    with pytest.raises(PlatformSilent):
        room.synchronise()
    assert len(room.names()) == 3


def test_a_course_without_any_learner_empties_no_cohort(room):
    room.follow()
    room.synchronise()
    room.course.people.clear()

    with pytest.raises(PlatformSilent):
        room.synchronise()
    assert len(room.names()) == 3


def test_pages_that_lead_to_another_host_are_not_followed(room):
    room.services.page = 1
    room.services.next_host = "http://127.0.0.1:9"
    room.follow()

    with pytest.raises(PlatformSilent):
        room.synchronise()


def test_the_worker_looks_when_it_is_due_and_not_before(room):
    room.follow()
    begun = clock.now()
    with clock.simulated(begun) as time:
        assert synchronise_next(room.house.storage, room.means)
        assert not synchronise_next(room.house.storage, room.means)
        time.advance(seconds=LOOKED_EVERY.total_seconds())
        room.course.people.pop("5")
        assert synchronise_next(room.house.storage, room.means)

    assert len(room.names()) == 2
    with room.house.acting() as session:
        order_roster(session, room.roster_id, actor=room.house.actor("administrator"))
    assert room.state().due_at <= clock.now()


def test_a_platform_that_is_down_is_asked_more_and_more_rarely(room):
    room.follow()
    room.services.fault = lambda exchange: "memberships" in exchange.path and bool(exchange.answer(500) or True)
    waits = []
    with clock.simulated(clock.now()) as time:
        for _ in range(3):
            assert synchronise_next(room.house.storage, room.means)
            waits.append(room.state().due_at - clock.now())
            time.advance(seconds=waits[-1].total_seconds())

    assert waits == sorted(set(waits))
    assert room.state().answer


def test_an_ended_roster_leaves_everybody_where_they_are(room):
    link = room.follow()
    room.synchronise()
    with room.house.acting() as session:
        end_roster(session, room.roster_id, actor=room.house.actor("administrator"))
    room.course.people.pop("5")

    assert not synchronise_next(room.house.storage, room.means)
    assert len(room.names()) == 3
    with room.house.acting() as session:
        begin_roster(session, link, None, actor=room.house.actor("administrator"))


def test_one_cohort_follows_a_course_and_only_its_operators(room):
    link = room.follow()

    with pytest.raises(RosterTaken), room.house.acting() as session:
        begin_roster(session, link, None, actor=room.house.actor("administrator"))
    with pytest.raises(NoSuchCourse), room.house.acting() as session:
        begin_roster(session, link, None, actor=room.house.actor("beta_administrator"))


def test_no_name_of_a_learner_stands_in_a_line(room):
    room.follow()
    room.synchronise()

    assert "Lambert" not in str(room.house.lines("ALPHA")) + str(room.house.lines())
    assert room.count(OutsideAccount) == 3


def test_the_screens_show_before_anything_is_done(room):
    link = room.link()
    client, lines = room.house.signed_in("administrator"), room.house.all_lines()
    page = client.get(f"/lti/courses/{link.id}").text

    assert "Zoé Lambert" in page
    assert "Claire Thys" not in page
    assert room.house.all_lines() == lines
    assert client.act(f"/lti/courses/{link.id}", {"cohort": ""}).status_code == 303
    assert synchronise_next(room.house.storage, room.means)
    assert "Bioproduction" in client.get("/lti/courses").text


def test_a_preview_says_when_the_platform_is_silent(room):
    link = room.link()
    room.services.fault = lambda exchange: "memberships" in exchange.path and bool(exchange.answer(500) or True)
    answer = room.house.signed_in("administrator").get(f"/lti/courses/{link.id}")

    assert answer.status_code == 200
    assert '<form class="form" method="post"' not in answer.text


def test_pages_are_bounded(room, monkeypatch):
    monkeypatch.setattr(memberships, "MOST_PAGES", 1)
    room.follow()

    with pytest.raises(PlatformSilent):
        room.synchronise()
