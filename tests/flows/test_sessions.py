"""A session ends when it must: at its limit, at its person's wish, by an administrator, with a role or a person."""

import pytest
from sqlalchemy import select

from app.identity.models import Membership, WebSession
from app.identity.services.people import end_role
from app.identity.services.sessions import forget_old_sessions
from app.kernel import clock
from app.signatures.services.accounts import disable_person
from tests.installation import open_installation


def actions(lines):
    """Return the deeds of some lines."""
    return [line["action"] for line in lines]


@pytest.mark.requirement("AS-7.3.2", "CI-Q11")
def test_a_session_ends_at_its_absolute_limit_however_much_it_is_used(founded_url, tmp_path):
    house = open_installation(founded_url, tmp_path / "var", session_hours=1, idle_minutes=30)
    with clock.simulated(clock.now()) as time:
        client = house.signed_in("trainee")
        used = []
        for _ in range(4):
            time.advance(minutes=15)
            used.append(client.get("/account").status_code)
    house.storage.close()

    assert used == [200, 200, 200, 303]


@pytest.mark.requirement("AS-8.3.2")
def test_a_role_that_ended_is_refused_at_the_next_request(house):
    client = house.signed_in("assessor")
    before = client.get("/people").status_code
    with house.storage.reading() as session:
        held = session.scalars(select(Membership.id).where(Membership.person_id == house.person("assessor").id)).one()
    with house.acting() as session:
        end_role(session, held, actor=house.actor("administrator"), reason="changed employer")

    assert (before, client.get("/people").status_code) == (200, 403)
    assert client.act("/cohorts", {"name": "x", "operator": house.operator_id("ALPHA")}).status_code == 403


@pytest.mark.requirement("AS-7.4.2", "A11d-11.2")
def test_disabling_a_person_ends_every_session_of_theirs(house):
    here, there = house.signed_in("trainee"), house.signed_in("trainee")
    with house.acting() as session:
        disable_person(session, house.person("trainee").id, actor=house.actor("administrator"), reason="left")

    assert [here.get("/account").status_code, there.get("/account").status_code] == [303, 303]


@pytest.mark.requirement("AS-7.5.2")
def test_people_see_their_open_sessions_and_end_one_left_elsewhere(house):
    here, there = house.signed_in("trainee"), house.signed_in("trainee")
    with house.storage.reading() as session:
        rows = session.scalars(select(WebSession).order_by(WebSession.begun_at)).all()
    page = here.get("/account").text
    before = len(house.lines())

    answer = here.act(f"/account/sessions/{rows[1].public_id}/revoke")

    assert page.count("Chrome, Linux") >= 2
    assert page.count("Celle-ci") == 1
    assert answer.location == "/account"
    assert there.get("/account").status_code == 303
    assert here.get("/account").status_code == 200
    assert actions(house.lines()[before:]) == ["identity:session:revoke"]


def test_nobody_ends_the_session_of_somebody_else_by_its_id(house):
    house.signed_in("assessor")
    client = house.signed_in("trainee")
    with house.storage.reading() as session:
        query = select(WebSession.public_id).where(WebSession.person_id == house.person("assessor").id)
        other = session.scalars(query).one()

    theirs = client.act(f"/account/sessions/{other}/revoke")
    nobodys = client.act("/account/sessions/00000000-0000-4000-8000-000000000000/revoke")

    assert theirs.status_code == nobodys.status_code == 404


@pytest.mark.requirement("AS-7.4.5")
def test_an_administrator_ends_all_sessions_of_a_person_with_a_reason(house):
    here, there = house.signed_in("trainee"), house.signed_in("trainee")
    administrator = house.signed_in("administrator")
    path = f"/people/{house.person('trainee').id}/sessions/end"

    without = administrator.act(path, {"reason": ""})
    answer = administrator.act(path, {"reason": "tablet left in the cleanroom"})
    again = administrator.act(path, {"reason": "tablet left in the cleanroom"})

    assert (without.status_code, answer.status_code, again.status_code) == (422, 303, 409)
    assert [here.get("/account").status_code, there.get("/account").status_code] == [303, 303]


def test_a_made_up_token_opens_nothing(house, client):
    for token in ("", "x", "../../etc", "a" * 5000, "' OR 1=1 --"):
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
        assert client.get("/account").status_code == 303


def test_a_cookie_signed_with_another_secret_opens_nothing(house, founded_url, tmp_path):
    other = open_installation(founded_url, tmp_path / "other")
    forger = other.client()
    other.sign_in(forger, "administrator")
    forged = forger.get_cookie("cahier")
    other.storage.close()

    client = house.client()
    client.set_cookie("cahier", forged.value if forged else "")

    assert client.get("/account").status_code == 303


def test_looking_is_no_act_and_using_a_session_writes_no_line(house):
    client = house.signed_in("administrator")
    before = house.all_lines()
    with clock.simulated(clock.now()) as time:
        for path in ("/account", "/people", "/cohorts", f"/people/{house.person('trainee').id}"):
            time.advance(minutes=2)
            client.get(path)

    assert house.all_lines() == before


def test_sessions_of_last_month_are_forgotten_and_those_in_use_are_not(house):
    with clock.simulated(clock.now()) as time:
        house.signed_in("trainee")
        time.advance(days=31)
        house.signed_in("assessor")
        with house.acting() as session:
            forget_old_sessions(session)
        with house.storage.reading() as session:
            left = session.scalars(select(WebSession.person_id)).all()

    assert left == [house.person("assessor").id]


@pytest.mark.requirement("ES-1")
def test_acting_for_another_operator_is_an_act_and_only_for_ones_own(house):
    client = house.signed_in("hub_administrator")
    before = len(house.lines())

    client.act("/account/operator", {"operator": house.operator_id("BETA")})
    seen = client.get("/people").text
    client.act("/account/operator", {"operator": ""})
    foreign = house.signed_in("trainee").act("/account/operator", {"operator": house.operator_id("BETA")})
    unknown = house.signed_in("trainee").act("/account/operator", {"operator": "nothing"})

    switched = [line for line in house.lines()[before:] if line["action"] == "identity:session:switch"]
    assert len(switched) == 2
    assert "Sven Maes" in seen
    assert "Léa Martin" not in seen
    assert foreign.status_code == unknown.status_code == 404
