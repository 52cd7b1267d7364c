"""After a second factor was lost, somebody else confirms anew who its person is, before they sign or enrol another."""

from datetime import timedelta

import pytest

from app.identity.errors import FactorLost
from app.kernel import clock
from app.signatures.errors import NotIndependent
from tests.authenticators import Passkey, code_of, give_authenticator
from tests.benches import said, text_of
from tests.flows.signing import add_trial_pages, confirm_here, give_key
from tests.flows.test_second_factor import CHALLENGE, enrol_authenticator, enrol_passkey, sign
from tests.installation import password_of

RECONFIRMED = "signatures:identity:reconfirm"


@pytest.fixture
def lost(house):
    """An installation in which an administrator just removed the authenticator that a trainee lost."""
    add_trial_pages(house.app)
    give_key(house, "trainee")
    with clock.simulated(clock.now() + timedelta(minutes=1)) as time:
        house.time = time
        _, factor = give_authenticator(house, "trainee")
        house.factor_id = factor.id
        remove(house, factor.id)
        yield house


def remove(house, factor_id, login="trainee"):
    """Let the administrator remove a factor that was lost."""
    address = f"/people/{house.person(login).id}/factors/{factor_id}/remove"
    removed = house.signed_in("administrator").act(address, {"reason": "Téléphone perdu."})
    assert removed.status_code == 303


def confirm_by(house, login):
    """Let somebody confirm on their own screen who the trainee is."""
    return house.signed_in(login).act(f"/people/{house.person('trainee').id}/identity", {"how": "known-in-person"})


@pytest.mark.requirement("P11.300(c)", "KM-7")
def test_who_lost_a_factor_signs_nothing_and_enrols_nothing_before_they_are_confirmed(lost):
    client = lost.signed_in("trainee")

    signed = sign(client, login="trainee")
    _, authenticator = enrol_authenticator(client)
    passkey = enrol_passkey(client, Passkey())

    assert [signed.status_code, authenticator.status_code, passkey.status_code] == [403, 403, 403]
    assert said(FactorLost.message) in text_of(authenticator)


@pytest.mark.requirement("P11.200(a)(3)", "P11.300(c)", "KM-7")
@pytest.mark.parametrize("login", ["administrator", "trainee"])
def test_neither_whoever_removed_it_nor_its_person_confirms(lost, login):
    answer = confirm_by(lost, login) if login != "trainee" else confirm_oneself(lost)

    assert answer.status_code == 403
    assert lost.lines()[-1]["action"] != RECONFIRMED
    assert (said(NotIndependent.message) in text_of(answer)) == (login == "administrator")
    assert sign(lost.signed_in("trainee"), login="trainee").status_code == 403


def confirm_oneself(house):
    client = house.signed_in("trainee")
    fields = {"how": "known-in-person", "login": "trainee", "confirming_password": password_of("trainee")}
    return client.act("/account/identity", fields)


@pytest.mark.requirement("P11.300(c)", "KM-7")
@pytest.mark.parametrize("where", ["on their own screen", "at the tablet"])
def test_somebody_else_confirms_with_one_line_and_the_person_enrols_and_signs_again(lost, where):
    client, lines = lost.signed_in("trainee"), len(lost.lines())

    if where == "at the tablet":
        answer = confirm_here(client, "assessor", password_of("assessor"))
    else:
        lines += 1  # the assessor signs in
        answer = confirm_by(lost, "assessor")
    line, written = lost.lines()[-1], len(lost.lines())
    secret, enrolled = enrol_authenticator(client)
    lost.time.advance(seconds=30)
    signed = sign(client, login="trainee", factor_code=code_of(secret))

    assert answer.status_code == 303
    assert (line["action"], line["after"]["factors"]) == (RECONFIRMED, [lost.factor_id])
    assert line["actor"] == f"person:{lost.person('assessor').id}"
    assert written == lines + 1
    assert enrolled.status_code == 303
    assert signed.json["factors"] == ["login", "password", "totp"]


@pytest.mark.requirement("P11.300(c)")
def test_another_factor_of_theirs_signs_nothing_either_until_then(lost):
    confirm_by(lost, "assessor")
    client, passkey = lost.signed_in("trainee"), Passkey()
    enrol_passkey(client, passkey)
    _, factor = give_authenticator(lost, "trainee")
    remove(lost, factor.id)
    lost.time.advance(seconds=5)
    client = lost.signed_in("trainee")

    signed = sign(client, login="trainee", passkey=passkey.answer(client.get(CHALLENGE).json))

    assert signed.status_code == 403


@pytest.mark.requirement("P11.300(c)", "KM-7")
def test_where_nothing_waits_there_is_nothing_to_confirm(lost):
    confirm_by(lost, "assessor")

    again = confirm_by(lost, "quality")

    assert again.status_code == 409


@pytest.mark.requirement("KM-7", "P11.300(c)")
def test_the_pages_say_what_waits_and_who_may_confirm_it(lost):
    own = text_of(lost.signed_in("trainee").get("/account"))
    statement = text_of(lost.signed_in("trainee").get("/account/statement"))
    theirs = text_of(lost.signed_in("assessor").get(f"/people/{lost.person('trainee').id}"))

    assert said("You lost a second factor") in own
    assert said("For the person who confirms") in statement
    assert said("A second factor was lost") in theirs
