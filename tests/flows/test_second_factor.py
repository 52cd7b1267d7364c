"""A second factor: enrolled with a trial, asked for where everything is, used up, removed when it is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.factory import create_app
from app.identity.models import Factor
from app.kernel import clock
from tests.authenticators import Passkey, code_of, give_authenticator
from tests.flows.signing import add_trial_pages, found_in, give_key
from tests.installation import Installation, Tablet, password_of

PASSWORD = password_of("trainee")
CHALLENGE, NEW = "/account/factors/passkey/challenge", "/account/factors/passkey/new"


@pytest.fixture
def trial(house):
    """An installation in which a trainee has a key, and pages that open it, at a time that stands still."""
    add_trial_pages(house.app)
    give_key(house, "trainee")
    with clock.simulated(clock.now() + timedelta(minutes=1)) as time:
        house.time = time
        yield house


def with_terms(house, terms):
    """Return the same installation with another setting for second factors."""
    settings = replace(house.settings, second_factor=terms)
    app = create_app(settings, house.storage)
    app.test_client_class = Tablet
    add_trial_pages(app)
    return Installation(app, house.storage, settings)


def sign(client, password=PASSWORD, **more):
    """Open one's key with the password, and with what else is given."""
    return client.act("/trial", {"password": password, **more})


def factors_in(house):
    """Return every factor, the oldest first."""
    with house.storage.reading() as session:
        return session.scalars(select(Factor).order_by(Factor.added_at)).all()


def enrol_authenticator(client, code=None, **more):
    """Enrol an authenticator as its page asks; return the secret and the answer."""
    page = client.get("/account/factors/authenticator")
    secret = found_in(r"data-secret>([A-Z2-7 ]+)<", page).group(1).replace(" ", "")
    sealed = found_in(r'name="sealed"[^>]*value="([^"]+)"', page).group(1)
    fields = {"sealed": sealed, "trial": code or code_of(secret), "password": PASSWORD, **more}
    return secret, client.act("/account/factors/authenticator", fields)


def enrol_passkey(client, passkey, **more):
    """Enrol a passkey as the browser does."""
    offer = client.get(NEW).json
    fields = {"made": passkey.make(offer["make"]), "answered": passkey.answer(offer["answer"]), "password": PASSWORD}
    return client.act("/account/factors/passkey", {**fields, **more})


@pytest.mark.requirement("ES-1", "P11.300(e)")
def test_enrolling_an_authenticator_takes_one_good_code_and_writes_one_line(trial):
    client, before = trial.signed_in("trainee"), len(trial.lines())

    wrong, refused = enrol_authenticator(client, "000000")
    secret, answer = enrol_authenticator(client)

    (factor,) = factors_in(trial)
    line = trial.lines()[-1]
    assert refused.status_code == 422
    assert wrong in refused.text.replace(" ", "")
    assert answer.status_code == 303
    assert (line["action"], line["after"]["kind"]) == ("identity:factor:add", "totp")
    assert len(trial.lines()) == before + 1
    assert secret not in (factor.sealed or "")


@pytest.mark.requirement("ES-1", "P11.200(a)(1)(i)")
def test_the_first_signature_takes_the_code_too_and_the_next_the_password_alone(trial):
    secret, _ = give_authenticator(trial, "trainee")
    client = trial.signed_in("trainee")

    without = sign(client, login="trainee")
    first = sign(client, login="trainee", factor_code=code_of(secret))
    second = sign(client)
    client.act("/lock")
    client.act("/unlock", {"password": PASSWORD})
    after_a_breaker = sign(client, login="trainee")

    assert without.status_code == 422
    assert first.json["factors"] == ["login", "password", "totp"]
    assert second.json["factors"] == ["password"]
    assert after_a_breaker.status_code == 422


@pytest.mark.requirement("ES-1", "P11.200(a)(1)")
def test_a_code_is_accepted_once_also_in_another_session(trial):
    secret, _ = give_authenticator(trial, "trainee")
    code = code_of(secret)

    first = sign(trial.signed_in("trainee"), login="trainee", factor_code=code)
    again = sign(trial.signed_in("trainee"), login="trainee", factor_code=code)
    trial.time.advance(seconds=30)
    next_one = sign(trial.signed_in("trainee"), login="trainee", factor_code=code_of(secret))

    assert [first.status_code, again.status_code, next_one.status_code] == [200, 403, 200]
    assert trial.lines()[-1]["action"] != "identity:factor:add"


@pytest.mark.requirement("AS-6.3.1", "P11.300(d)")
def test_wrong_codes_close_the_door_as_wrong_passwords_do(trial):
    secret, _ = give_authenticator(trial, "trainee")
    client = trial.signed_in("trainee")

    answers = []
    for _ in range(trial.settings.lockout_failures):
        answers.append(sign(client, login="trainee", factor_code="000000").status_code)
        trial.time.advance(minutes=1)
    closed = sign(client, login="trainee", factor_code=code_of(secret))

    assert set(answers) == {403}
    assert closed.status_code == 429
    assert "identity:person:lock" in [line["action"] for line in trial.lines()]


@pytest.mark.requirement("ES-1", "AS-6.3.1")
def test_a_second_persons_right_password_forgets_no_wrong_code(trial):
    give_key(trial, "assessor")
    give_authenticator(trial, "assessor")
    client = trial.signed_in("trainee")
    fields = {"login": "assessor", "password": password_of("assessor"), "factor_code": "000000"}

    answers = []
    for _ in range(trial.settings.lockout_failures + 1):
        answers.append(client.act("/trial/second", fields).status_code)
        trial.time.advance(minutes=1)

    assert answers[-1] == 429


@pytest.mark.requirement("P11.200(a)(1)(ii)", "ES-1")
def test_a_second_person_gives_their_code_for_each_signature(trial):
    give_key(trial, "assessor")
    secret, _ = give_authenticator(trial, "assessor")
    client, fields = trial.signed_in("trainee"), {"login": "assessor", "password": password_of("assessor")}

    without = client.act("/trial/second", fields)
    given = client.act("/trial/second", {**fields, "factor_code": code_of(secret)})
    again = client.act("/trial/second", fields)

    assert [without.status_code, given.status_code, again.status_code] == [422, 200, 422]


@pytest.mark.requirement("ES-1")
def test_who_has_a_factor_changes_factors_only_with_it(trial):
    secret, factor = give_authenticator(trial, "trainee")
    client, address = trial.signed_in("trainee"), f"/account/factors/{factor.id}/remove"

    without = client.act(address, {"password": PASSWORD})
    other = enrol_passkey(client, Passkey())
    removed = client.act(address, {"password": PASSWORD, "factor_code": code_of(secret)})

    line = trial.lines()[-1]
    assert [without.status_code, other.status_code, removed.status_code] == [422, 422, 303]
    assert (line["action"], line["after"]["kind"]) == ("identity:factor:remove", "totp")
    assert [one.sealed for one in factors_in(trial)] == [None]
    assert sign(client, login="trainee").json["factors"] == ["login", "password"]


@pytest.mark.requirement("P11.300(c)")
def test_a_lost_factor_is_removed_by_another_with_a_reason_and_ends_the_sessions(trial):
    secret, factor = give_authenticator(trial, "trainee")
    client, other = trial.signed_in("trainee"), trial.signed_in("administrator")
    address = f"/people/{trial.person('trainee').id}/factors/{factor.id}/remove"

    without = other.act(address, {"reason": ""})
    not_their_right = trial.signed_in("assessor").act(address, {"reason": "perdu"})
    removed = other.act(address, {"reason": "Téléphone perdu dans le train."})
    line = trial.lines()[-1]

    assert [without.status_code, not_their_right.status_code, removed.status_code] == [422, 403, 303]
    assert line["action"] == "identity:factor:remove"
    assert line["reason"]
    assert sign(client, login="trainee", factor_code=code_of(secret)).status_code == 401


@pytest.mark.requirement("P11.300(e)", "ES-1")
def test_a_passkey_is_enrolled_with_a_trial_and_signs_with_the_password(trial):
    client, passkey, before = trial.signed_in("trainee"), Passkey(), len(trial.lines())

    enrolled = enrol_passkey(client, passkey)
    line, written = trial.lines()[-1], len(trial.lines())
    trial.time.advance(seconds=5)
    answer = passkey.answer(client.get(CHALLENGE).json)
    first = sign(client, login="trainee", passkey=answer)
    replayed = sign(trial.signed_in("trainee"), login="trainee", passkey=answer)

    assert enrolled.status_code == 303
    assert (line["action"], line["after"]["kind"]) == ("identity:factor:add", "passkey")
    assert written == before + 1
    assert first.json["factors"] == ["login", "password", "passkey"]
    assert replayed.status_code == 403


@pytest.mark.requirement("P11.300(e)")
def test_a_passkey_that_counts_back_is_refused_and_put_out_of_use_in_the_trail(trial):
    client, passkey = trial.signed_in("trainee"), Passkey()
    enrol_passkey(client, passkey)
    trial.time.advance(seconds=5)
    sign(client, login="trainee", passkey=passkey.answer(client.get(CHALLENGE).json))
    client.act("/lock")
    client.act("/unlock", {"password": PASSWORD})
    trial.time.advance(seconds=5)

    passkey.counter = 0
    copied = sign(client, login="trainee", passkey=passkey.answer(client.get(CHALLENGE).json))
    trial.time.advance(seconds=5)
    passkey.counter = 50
    afterwards = sign(client, login="trainee", passkey=passkey.answer(client.get(CHALLENGE).json))

    actions = [line["action"] for line in trial.lines()]
    assert [copied.status_code, afterwards.status_code] == [403, 403]
    assert actions.count("identity:factor:suspect") == 1


@pytest.mark.requirement("ES-1")
@pytest.mark.parametrize("passkey", [Passkey("https://evil.example"), "not an answer", '{"id": []}', "[" * 5000])
def test_what_no_passkey_of_ours_answered_opens_nothing(trial, passkey):
    client, own = trial.signed_in("trainee"), Passkey()
    enrol_passkey(client, own)
    trial.time.advance(seconds=5)
    options = client.get(CHALLENGE).json
    if isinstance(passkey, Passkey):
        own.origin = passkey.origin
        passkey = own.answer(options)

    assert sign(client, login="trainee", passkey=passkey).status_code == 403


@pytest.mark.requirement("ES-1")
def test_a_challenge_of_another_session_or_of_long_ago_counts_for_nothing(trial):
    client, passkey = trial.signed_in("trainee"), Passkey()
    enrol_passkey(client, passkey)
    trial.time.advance(seconds=5)
    foreign = trial.signed_in("trainee").get(CHALLENGE).json
    old = client.get(CHALLENGE).json
    trial.time.advance(minutes=6)

    answers = [sign(client, login="trainee", passkey=passkey.answer(options)) for options in (foreign, old)]

    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.requirement("A11d-11.6", "ES-1")
def test_where_a_factor_is_required_nobody_signs_without_one(trial):
    house = with_terms(trial, "required")
    client = house.signed_in("trainee")

    before = sign(client, login="trainee")
    secret, _ = enrol_authenticator(client)
    trial.time.advance(seconds=30)
    after = sign(client, login="trainee", factor_code=code_of(secret))

    assert before.status_code == 403
    assert after.json["factors"] == ["login", "password", "totp"]


@pytest.mark.requirement("ES-1")
def test_where_factors_are_off_nobody_is_asked_and_nobody_enrols(trial):
    give_authenticator(trial, "trainee")
    client = with_terms(trial, "off").signed_in("trainee")

    assert sign(client, login="trainee").json["factors"] == ["login", "password"]
    assert client.get("/account/factors/authenticator").status_code == 404


@pytest.mark.requirement("P11.300(c)", "KM-8")
def test_disabling_a_person_ends_their_factors(trial):
    give_authenticator(trial, "trainee")
    trial.signed_in("administrator").act(f"/people/{trial.person('trainee').id}/disable", {"reason": "Elle part."})

    assert [(one.state.value, one.sealed) for one in factors_in(trial)] == [("removed", None)]


@pytest.mark.requirement("KM-11")
def test_a_lost_key_of_secrets_stops_codes_and_nothing_else(trial):
    secret, _ = give_authenticator(trial, "trainee")
    (trial.settings.keys / "factors").write_bytes(b"x" * 32)
    client = with_terms(trial, "offered").signed_in("trainee")

    answer = sign(client, login="trainee", factor_code=code_of(secret))

    assert answer.status_code == 409
    assert client.get("/account").status_code == 200
