"""Nobody is ever known under a name that was another's: logins, e-mail addresses, serial numbers of certificates."""

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from app.identity.errors import EmailTaken, LoginTaken
from app.identity.models import Person, UsedName
from app.identity.rules.people import bare_name
from app.identity.services.people import NewPerson, add_person
from app.kernel import canonical
from app.kernel.actors import Role
from app.signatures.models import Certificate
from app.signatures.services.accounts import disable_person
from app.storage.errors import AppendOnlyViolation, UnwitnessedChange
from tests.flows.erasing import confirm, disable, propose
from tests.signers import give_key

LOGIN, EMAIL = "Léa.Brun", "Léa.Brun@Exemple.be"
REFUSED = (AppendOnlyViolation, UnwitnessedChange, DBAPIError)
VARIANTS = ["lea.brun", "LÉA.BRUN", "Ｌｅａ.brun", " léa.brun ", "Le\u0301a.Brun"]


def add(house, login, email=None):
    """Add a trainee under a login and an address."""
    new = NewPerson(login, "Une Personne", "fr", (Role.TRAINEE,), email)
    with house.acting() as session:
        alpha, actor = house.operator_id("ALPHA"), house.actor("administrator")
        person, _ = add_person(session, new, operator_id=alpha, pepper=house.settings.pepper, actor=actor)
        return person.id


def erase_for_good(house, login):
    person = disable(house, login)
    propose(house, person)
    confirm(house, person)


@pytest.fixture
def gone(house):
    """An installation in which a person was added, disabled, and erased by two people."""
    add(house, LOGIN, EMAIL)
    erase_for_good(house, LOGIN)
    return house


@pytest.mark.requirement("P11.100(a)")
@pytest.mark.parametrize("login", VARIANTS)
def test_no_variant_of_the_login_of_somebody_erased_is_given_again(gone, login):
    with pytest.raises(LoginTaken):
        add(gone, login)


@pytest.mark.requirement("P11.100(a)")
@pytest.mark.parametrize("email", ["lea.brun@exemple.be", "LÉA.BRUN@EXEMPLE.BE", "léa.brun@ｅｘｅｍｐｌｅ.be"])
def test_the_address_of_somebody_erased_is_nobodys_address_and_nobodys_login(gone, email):
    with pytest.raises(EmailTaken):
        add(gone, "somebody.else", email)
    with pytest.raises(LoginTaken):
        add(gone, bare_name(email))


@pytest.mark.requirement("P11.100(a)")
def test_a_disabled_persons_names_stay_taken_and_each_others_too(house):
    person = add(house, LOGIN, EMAIL)
    with house.acting() as session:
        disable_person(session, person, actor=house.actor("administrator"), reason="Elle part.")

    for login, email, refusal in (
        ("lea.brun", None, LoginTaken),
        ("other", "lea.brun@exemple.be", EmailTaken),
        ("lea.brun@exemple.be", None, LoginTaken),
    ):
        with pytest.raises(refusal):
            add(house, login, email)


@pytest.mark.requirement("P11.100(a)", "GD-25-2")
def test_nobody_guesses_the_name_behind_a_code_without_the_pepper(gone):
    with gone.storage.reading() as session:
        codes = set(session.scalars(select(UsedName.code)))
    names = [bare_name(LOGIN), bare_name(EMAIL)]
    guesses = {canonical.digest(name.encode()) for name in names}
    guesses |= {canonical.digest(b"cahier.used-name.v1\x00" + name.encode()) for name in names}

    assert codes
    assert codes & guesses == set()


@pytest.mark.requirement("P11.100(a)")
def test_a_name_that_was_used_is_never_taken_out_of_the_list(house):
    for statement in (delete(UsedName), update(UsedName).values(code="0" * 64)):
        with (
            pytest.raises((AppendOnlyViolation, UnwitnessedChange, DBAPIError)),
            house.storage.transaction() as session,
        ):
            session.execute(statement)


@pytest.mark.requirement("P11.100(a)")
def test_two_people_cannot_be_given_one_name_even_past_the_check(house):
    person = house.person("trainee")
    with pytest.raises(DBAPIError), house.storage.engine.begin() as connection:
        connection.execute(update(Person).where(Person.id != person.id).values(login_key=person.login_key))


@pytest.mark.requirement("P11.100(a)")
def test_a_serial_number_is_certified_once(house):
    give_key(house, "trainee")
    with house.storage.reading() as session:
        held = session.scalars(select(Certificate)).first()
        assert held is not None
        values = {column.name: getattr(held, column.name) for column in Certificate.__table__.columns}

    with pytest.raises(DBAPIError), house.storage.engine.begin() as connection:
        connection.execute(insert(Certificate).values(values | {"fingerprint": "f" * 64}))
