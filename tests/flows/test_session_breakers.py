"""When a signature takes everything again: each breaker of a session, tried under a simulated clock (ES-1)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.factory import create_app
from app.identity.queries import current_memberships
from app.identity.services.people import end_role, grant_role
from app.kernel import clock
from app.kernel.actors import Role
from tests.flows.signing import NEW_PASSWORD, add_trial_pages, give_key
from tests.installation import FOUNDER, Installation, Tablet, password_of

PASSWORD = password_of("trainee")


def sign(client, password=PASSWORD, **more):
    """Open one's key with the password, and with what else is given."""
    return client.act("/trial", {"password": password, **more})


def nothing(house, client, time):
    time.advance(minutes=5)
    return client


def log_out(house, client, time):
    client.act("/sign-out")
    return house.signed_in("trainee")


def lock(house, client, time):
    client.act("/lock")
    client.act("/unlock", {"password": PASSWORD})
    return client


def stand_idle(house, client, time):
    time.advance(minutes=11)
    client.act("/unlock", {"password": PASSWORD})
    return client


def go_past_the_absolute_limit(house, client, time):
    for _ in range(13 * 12):
        time.advance(minutes=5)
        client.get("/account")
    return house.signed_in("trainee")


def get_a_role(house, client, time):
    with house.acting() as session:
        grant_role(
            session, house.person("trainee").id, Role.AUTHOR, operator_id=house.operator_id("ALPHA"), actor=FOUNDER
        )
    return client


def lose_a_role(house, client, time):
    get_a_role(house, client, time)
    sign(client, login="trainee")
    with house.acting() as session:
        held = current_memberships(session, house.person("trainee").id)
        author = next(one for one in held if one.role is Role.AUTHOR)
        end_role(session, author.id, actor=FOUNDER, reason="n'écrit plus")
    return client


def change_operator(house, client, time):
    with house.acting() as session:
        beta = house.operator_id("BETA")
        grant_role(session, house.person("trainee").id, Role.TRAINEE, operator_id=beta, actor=FOUNDER)
    sign(client, login="trainee")
    client.act("/account/operator", {"operator": house.operator_id("BETA")})
    client.act("/account/operator", {"operator": house.operator_id("ALPHA")})
    return client


def restart_the_server(house, client, time):
    """Serve the same installation by another application, to the same browser."""
    app = create_app(house.settings, house.storage)
    app.test_client_class = Tablet
    add_trial_pages(app)
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    again = Installation(app, house.storage, house.settings).client()
    with again.session_transaction() as cookie:
        cookie.update(kept)
    return again


BREAKERS: list[Callable[..., Any]] = [
    *(log_out, lock, stand_idle, go_past_the_absolute_limit),
    *(get_a_role, lose_a_role, change_operator, restart_the_server),
]


@pytest.fixture
def trial(house):
    """An installation in which a trainee has a key, and pages that open it."""
    add_trial_pages(house.app)
    give_key(house, "trainee")
    return house


@pytest.mark.requirement("ES-1", "C4", "P11.200(a)(1)(i)", "P11.200(a)(1)(ii)")
@pytest.mark.parametrize("breaker", BREAKERS, ids=lambda breaker: breaker.__name__)
def test_after_a_breaker_a_signature_takes_everything_again(trial, breaker):
    with clock.simulated(clock.now() + timedelta(minutes=1)) as time:
        client = trial.signed_in("trainee")
        sign(client, login="trainee")
        client = breaker(trial, client, time)

        answers = [sign(client), sign(client, login="trainee"), sign(client)]

    assert [answer.status_code for answer in answers] == [422, 200, 200]
    assert answers[2].json["factors"] == ["password"]


@pytest.mark.requirement("ES-1")
def test_in_an_unbroken_session_the_password_is_enough_and_always_needed(trial):
    with clock.simulated(clock.now() + timedelta(minutes=1)) as time:
        client = trial.signed_in("trainee")
        sign(client, login="trainee")
        client = nothing(trial, client, time)

        answers = [sign(client), sign(client, password="")]

    assert answers[0].json["factors"] == ["password"]
    assert answers[1].status_code == 403


@pytest.mark.requirement("ES-1", "KM-4")
def test_a_changed_password_breaks_every_session(trial):
    client = trial.signed_in("trainee")
    sign(client, login="trainee")
    fields = {"current_password": PASSWORD, "password": NEW_PASSWORD, "repeated_password": NEW_PASSWORD}
    client.act("/account/password", fields)

    ended = sign(client)
    again = trial.signed_in("trainee")
    answers = [sign(again, NEW_PASSWORD), sign(again, NEW_PASSWORD, login="trainee")]

    assert ended.status_code == 401
    assert [answer.status_code for answer in answers] == [422, 200]
