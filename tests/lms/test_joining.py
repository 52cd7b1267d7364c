"""Somebody whom a launch made has an account here besides: they prove both, and the course opens the older one."""

import pytest
from sqlalchemy import select

from app.identity.models import PersonState
from app.identity.queries import accounts_of, members_of
from app.identity.rules.people import AccountName
from app.identity.services.operators import add_cohort, join_cohort
from app.identity.services.outside_accounts import link_account
from app.notebook.models import Record
from tests.benches import Bench
from tests.installation import FOUNDER, Installation, password_of
from tests.lms.test_first_signature import arrive, make_key

pytestmark = pytest.mark.requirement("LT-5")
OLDER = {"login": "trainee2", "password": password_of("trainee2")}


class AsMade(Installation):
    """The house in which the trainee's part is played by somebody whom a launch made."""

    def person(self, login):
        """Return the person who is under the login `made`, or anybody as ever."""
        return super().person("zlambert" if login == "made" else login)


def state_of(course, person_id):
    """Return a person's row as it stands."""
    with course.house.storage.reading() as session:
        return session.get_one(type(course.house.person("trainee")), person_id)


def test_the_next_launch_enters_as_the_older_person(course):
    client, made = arrive(course, "4")
    account = client.get("/account").text
    before = len(course.house.lines())
    joined = client.act("/lti/join", OLDER)
    lines = course.house.lines()[before:]
    told = client.get("/sign-in").text
    older = course.house.person("trainee2")
    again = course.launch()

    assert "/lti/join" in account
    assert (joined.status_code, joined.headers["Location"]) == (303, "/sign-in")
    assert "Les deux comptes n’en font plus qu’un" in told
    assert course.person().id == older.id
    assert [line["action"] for line in lines] == ["lms:person:join", "identity:account:link"]
    assert {line["actor"] for line in lines} == {f"person:{older.id}"}
    assert (lines[0]["subject"], lines[0]["after"]["joined_to"]) == (f"person:{made.id}", older.id)
    with course.house.storage.reading() as session:
        record = session.get_one(Record, again.headers["Location"].rpartition("/")[2])
    assert record.performer_id == older.id


def test_the_person_made_is_ended_and_nothing_of_theirs_is_removed(course):
    client, made = arrive(course, "4")
    with course.house.storage.reading() as session:
        issued = session.scalars(select(Record.id).where(Record.performer_id == made.id)).all()
    client.act("/lti/join", OLDER)

    ended = state_of(course, made.id)
    assert (ended.state, ended.name) == (PersonState.DISABLED, "Zoé Lambert")
    assert client.get("/account").headers["Location"].startswith("/sign-in")
    with course.house.storage.reading() as session:
        assert accounts_of(session, made.id) == []
        assert session.scalars(select(Record.id).where(Record.performer_id == made.id)).all() == issued


def test_a_wrong_password_joins_nothing(course):
    client, made = arrive(course, "4")
    answer = client.act("/lti/join", OLDER | {"password": "not this one"})

    assert answer.status_code == 403
    assert 'value="trainee2"' in answer.text
    assert course.person().id == made.id
    assert state_of(course, made.id).state is PersonState.ACTIVE


def test_who_recorded_work_is_joined_by_an_administrator(course):
    client, made = arrive(course, "4")
    with course.house.storage.reading() as session:
        record = session.scalars(select(Record.id).where(Record.performer_id == made.id)).one()
    house = AsMade(course.house.app, course.house.storage, course.house.settings)
    Bench(house, record, "made").enter("mass", "10,0")
    answer = client.act("/lti/join", OLDER)

    assert answer.status_code == 409
    assert "administrateur" in answer.text
    assert course.person().id == made.id


def test_a_platform_that_knows_the_older_person_by_another_account_is_not_overruled(course):
    with course.house.acting() as session:
        older = course.house.person("trainee2").id
        link_account(session, older, course.platform.issuer, AccountName.ID, "77", actor=FOUNDER)
    client, made = arrive(course, "4")
    answer = client.act("/lti/join", OLDER)

    assert answer.status_code == 409
    assert course.person().id == made.id
    with course.house.storage.reading() as session:
        assert [account.name for account in accounts_of(session, older)] == ["77"]


def test_nobody_with_a_password_here_gives_their_account_up(course):
    client, made = arrive(course, "4")
    make_key(client)

    assert "/lti/join" not in client.get("/account").text
    assert client.act("/lti/join", OLDER).status_code == 404
    assert course.house.signed_in("trainee").act("/lti/join", OLDER).status_code == 404
    assert state_of(course, made.id).state is PersonState.ACTIVE


def test_the_person_made_leaves_the_cohort_into_which_the_older_one_comes(course):
    assessor = course.house.actor("assessor")
    client, made = arrive(course, "4")
    with course.house.acting() as session:
        cohort = add_cohort(session, "Automne", operator_id=course.house.operator_id("ALPHA"), actor=assessor)
    with course.house.acting() as session:
        join_cohort(session, cohort.id, made.id, actor=assessor)
    client.act("/lti/join", OLDER)

    with course.house.storage.reading() as session:
        assert members_of(session, cohort.id) == []
