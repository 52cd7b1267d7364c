"""From an administrator's form to a person's own password: the code is shown once, works once, and not for long."""

import re

import pytest

from app.identity.errors import ActivationFailed
from app.identity.models import PersonState
from app.identity.services.people import NewPerson, activate_person, add_person, prepare_activation
from app.identity.services.sessions import check_password
from app.kernel import clock
from app.kernel.actors import Role
from app.signatures.services.accounts import disable_person
from tests.installation import NOTICE, password_of

CHOSEN = "vier losse woorden samen"


@pytest.fixture
def code(house):
    """The activation code of a new person, `new.comer`, of the operator Alpha."""
    with house.acting() as session:
        new = NewPerson("new.comer", "Émilie Renard", "fr", (Role.TRAINEE,))
        added = add_person(
            session,
            new,
            operator_id=house.operator_id("ALPHA"),
            pepper=house.settings.pepper,
            actor=house.actor("administrator"),
        )
    return added[1]


def activate(client, code, password=CHOSEN, login="new.comer", repeated=None):
    """Send the activation form."""
    fields = {"login": login, "code": code, "password": password, "repeated": repeated or password}
    return client.act("/activate", fields | {"notice": NOTICE.digest, "informed": "y"})


@pytest.mark.requirement("AS-6.4.6", "P11.200(a)(3)")
def test_the_code_is_shown_once_to_the_administrator_who_added_the_person(house):
    administrator = house.signed_in("administrator")
    fields = {
        "name": "  Émilie   Renard ",
        "login": "new.comer",
        "email": "",
        "language": "nl",
        "operator": house.operator_id("ALPHA"),
        "roles": ["trainee"],
        "idempotency_key": "k" * 32,
    }
    before = len(house.lines())

    first = administrator.act("/people/add", fields)
    second = administrator.act("/people/add", fields)

    (shown,) = re.findall(r"data-secret>([0-9a-f-]+)<", first.text)
    assert first.status_code == 200
    assert (second.status_code, second.location) == (303, "/people")
    assert "http://localhost/activate" in first.text
    assert [line["action"] for line in house.lines()[before:]] == ["identity:person:add"]
    assert activate(house.client(), shown).location == "/sign-in"
    assert house.person("new.comer").name == "Émilie Renard"
    assert house.client().act("/sign-in", {"login": "new.comer", "password": CHOSEN}).status_code == 303


def test_the_trail_holds_neither_code_nor_password_nor_name(house, code):
    activate(house.client(), code)

    written = str(house.lines())

    assert not [secret for secret in (code, code.replace("-", ""), CHOSEN, "Renard") if secret in written]


@pytest.mark.parametrize("typed", ["{code}", " {code} ", "{upper}", "{bare}"])
def test_a_code_is_read_however_it_is_typed(house, code, typed):
    given = typed.format(code=code, upper=code.upper(), bare=code.replace("-", " "))

    assert activate(house.client(), given).location == "/sign-in"


@pytest.mark.requirement("AS-6.4.1")
@pytest.mark.usefixtures("usual_cost")
def test_a_code_works_once(house, code):
    activate(house.client(), code)

    assert activate(house.client(), code, "vijf andere losse woorden").status_code == 403
    assert house.client().act("/sign-in", {"login": "new.comer", "password": CHOSEN}).status_code == 303


@pytest.mark.requirement("AS-6.4.1")
def test_a_code_works_for_three_days(house, code):
    with clock.simulated(clock.now()) as time:
        time.advance(hours=72, seconds=1)

        assert activate(house.client(), code).status_code == 403


def test_a_new_code_replaces_the_one_before(house, code):
    administrator = house.signed_in("administrator")
    answer = administrator.act(f"/people/{house.person('new.comer').id}/invitation")
    (renewed,) = re.findall(r"data-secret>([0-9a-f-]+)<", answer.text)

    assert activate(house.client(), code).status_code == 403
    assert activate(house.client(), renewed).status_code == 303


def test_nobody_makes_a_code_for_a_person_who_has_a_password(house):
    answer = house.signed_in("administrator").act(f"/people/{house.person('trainee').id}/invitation")

    assert answer.status_code == 409


def test_a_wrong_code_an_unknown_login_and_a_disabled_person_get_the_same_answer(house, code):
    person = house.person("new.comer").id
    wrong = activate(house.client(), "0000-0000-0000-0000-0000")
    unknown = activate(house.client(), code, login="nobody.here")
    with house.acting() as session:
        disable_person(session, person, actor=house.actor("administrator"), reason="never came")
    disabled = activate(house.client(), code)

    texts = {re.sub(r'(name="(csrf_token|idempotency_key)"|name="login") value="[^"]*"', "", page.text) for page in
             (wrong, unknown, disabled)}  # fmt: skip
    assert {wrong.status_code, unknown.status_code, disabled.status_code} == {403}
    assert len({re.findall(r'class="error-summary.*?</div>', text, re.DOTALL)[0] for text in texts}) == 1


def test_guessing_codes_is_throttled(house, code):
    with clock.simulated(clock.now()) as time:
        answers = []
        for _ in range(7):
            answers.append(activate(house.client(), "0000-0000-0000-0000-0000").status_code)
            time.advance(seconds=10)

    assert answers == [403] * 6 + [429]


@pytest.mark.requirement("AS-6.2.1-6.2.12", "A11d-11.5")
@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "thirteen char",
        "password123456",
        "new.comer new.comer",
        "Émilie Renard 2026",
        "cahier biotech",
        "a" * 20,
    ],
)
def test_a_password_that_can_be_guessed_is_refused_with_what_to_do(house, code, weak):
    answer = activate(house.client(), code, weak)

    assert answer.status_code == 422
    assert "au moins 14 caractères" in answer.text
    assert weak not in answer.text.replace("caractères", "")
    assert activate(house.client(), code).location == "/sign-in"


@pytest.mark.requirement("AS-6.2.1-6.2.12")
@pytest.mark.parametrize(
    "strong", ["ça va très bien ici, merci !", "密碼由四個詞組成的很長的句子", "x9$ kdm.Wq2;paLz " * 12]
)
def test_any_characters_and_great_length_are_welcome(house, code, strong):
    assert activate(house.client(), code, strong).status_code == 303
    assert house.client().act("/sign-in", {"login": "new.comer", "password": strong}).status_code == 303


def test_a_password_typed_on_a_keyboard_that_decomposes_accents_still_opens(house, code):
    activate(house.client(), code, "cafe\u0301 glace\u0301 tre\u0300s fort")

    answer = house.client().act("/sign-in", {"login": "new.comer", "password": "caf\u00e9 glac\u00e9 tr\u00e8s fort"})

    assert answer.status_code == 303


def test_two_different_passwords_are_no_choice(house, code):
    answer = activate(house.client(), code, CHOSEN, repeated=CHOSEN + "x")

    assert answer.status_code == 422
    assert "ne sont pas identiques" in answer.text


@pytest.mark.requirement("AS-6.3.2")
def test_nobody_has_a_password_before_they_chose_one(house, code):
    for guess in ("", "admin", code, password_of("new.comer")):
        assert house.client().act("/sign-in", {"login": "new.comer", "password": guess}).status_code in (403, 422)


@pytest.mark.requirement("AS-6.4.1")
def test_of_two_passwords_prepared_with_one_code_only_the_first_is_taken(house, code):
    with house.storage.reading() as session:
        first = prepare_activation(session, "new.comer", code, CHOSEN)
        second = prepare_activation(session, "new.comer", code, "quatre autres mots libres")
    with house.acting() as session:
        activate_person(session, first, notice=NOTICE)

    with pytest.raises(ActivationFailed), house.acting() as session:
        activate_person(session, second, notice=NOTICE)

    with house.storage.reading() as session:
        assert check_password(session, "new.comer", CHOSEN).state is PersonState.ACTIVE
