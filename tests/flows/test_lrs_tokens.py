"""OAuth 2: a credential gives a token that works for an hour, and for no more than the credential is worth."""

import pytest

from app.kernel import clock
from tests.flows.lrs import AGENT_PROFILE, COMMAND, STATE, Program
from tests.unit.xapi.trail import statement
from xapi.services.credentials import Scope, revoke_credential

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def program(house):
    """A program that may do everything."""
    return Program.of(house)


def ask_token(program, **form):
    """Ask for a token."""
    return program.ask("POST", "/xapi/oauth/token", data=GRANT | form)


def with_token(program, **form):
    """Return the same program, which shows a token instead of its password."""
    token = ask_token(program, **form).get_json()["access_token"]
    return Program(program.house, program.headers | {"Authorization": f"Bearer {token}"})


def test_a_token_opens_what_the_credential_opens(program):
    answer = ask_token(program)
    bearer = with_token(program)
    sent = statement()

    assert answer.headers["Cache-Control"] == "no-store"
    assert {name: answer.get_json()[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "all",
    }
    assert bearer.post(sent).status_code == 200
    assert bearer.document("PUT", STATE, "{}").status_code == 204
    assert bearer.ids() == [sent["id"]]


def test_a_token_needs_no_version_to_be_asked_for(program):
    del program.headers["X-Experience-API-Version"]

    assert ask_token(program).status_code == 200


def test_a_token_may_be_worth_less_than_the_credential(program):
    bearer = with_token(program, scope="statements/read state")

    assert bearer.get().status_code == 200
    assert bearer.document("PUT", STATE, "{}").status_code == 204
    assert bearer.post(statement()).status_code == 403
    assert bearer.document("GET", AGENT_PROFILE).status_code == 403


@pytest.mark.parametrize(
    ("held", "asked", "status"),
    [
        ((Scope.STATEMENTS_READ,), "statements/read", 200),
        ((Scope.ALL_READ,), "statements/read", 200),
        ((Scope.ALL_READ,), "all", 400),
        ((Scope.ALL_READ,), "statements/write", 400),
        ((Scope.STATEMENTS_READ,), "all/read", 400),
        ((Scope.STATEMENTS_READ,), "statements/read state", 400),
        ((Scope.ALL,), "everything", 400),
    ],
)
def test_a_token_is_never_worth_more_than_the_credential(house, held, asked, status):
    answer = ask_token(Program.of(house, scopes=held), scope=asked)

    assert answer.status_code == status
    assert status == 200 or answer.get_json() == {"error": "invalid_scope"}


def test_a_token_ends_after_an_hour(program):
    with clock.simulated(clock.now()) as passing:
        bearer = with_token(program)
        passing.advance(minutes=59)
        before = bearer.get().status_code
        passing.advance(minutes=2)

        assert (before, bearer.get().status_code) == (200, 401)


def test_a_token_ends_with_its_credential(house, program):
    bearer = with_token(program)
    with house.storage.transaction() as session:
        revoke_credential(session, "program", actor=COMMAND)

    assert bearer.get().status_code == 401
    assert ask_token(program).status_code == 401


def test_a_token_makes_no_other_token(program):
    assert ask_token(with_token(program)).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "\x00", "e30.aSbAIg.x", "null"])
def test_what_is_no_token_opens_nothing(house, program, token):
    stranger = Program(house, program.headers | {"Authorization": f"Bearer {token}"})

    assert stranger.get().status_code == 401


def test_a_token_that_was_changed_opens_nothing(house, program):
    token = ask_token(program).get_json()["access_token"]
    for place in (0, len(token) // 2, len(token) - 5):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        stranger = Program(house, program.headers | {"Authorization": f"Bearer {changed}"})

        assert stranger.get().status_code == 401


@pytest.mark.parametrize("form", [{}, {"grant_type": "password"}, {"grant_type": "authorization_code"}])
def test_no_other_grant_is_given(program, form):
    answer = program.ask("POST", "/xapi/oauth/token", data=form)

    assert (answer.status_code, answer.get_json()) == (400, {"error": "unsupported_grant_type"})


@pytest.mark.parametrize("shown", [None, "Basic eDp5", "Basic !", "Bearer x", "Digest x", "Basic AHg6eQ=="])
def test_a_stranger_gets_no_token(house, shown):
    headers = {"Authorization": shown} if shown else {}

    assert house.client().post("/xapi/oauth/token", data=GRANT, headers=headers).status_code == 401
