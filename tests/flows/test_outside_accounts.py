"""By which names other systems know people: linked, replaced, ended, erased, and never two people under one."""

import pytest

from app.identity.errors import AccountTaken
from app.identity.models import OutsideAccount
from app.identity.queries import account_in_use, accounts_of
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account, unlink_account
from app.kernel.errors import CahierError, Conflict, Invalid, NotFound
from tests.flows.erasing import confirm, disable, propose
from tests.installation import FOUNDER

MOODLE = "https://moodle.example"


def link(house, login, name="20261234", *, kind=AccountName.IDNUMBER, home_page=MOODLE, actor=None):
    """Link an account and return its id."""
    with house.acting() as session:
        person = house.person(login).id
        return link_account(session, person, home_page, kind, name, actor=actor or house.actor("administrator")).id


def names_of(house, login):
    """Return what a person is called elsewhere now."""
    with house.storage.reading() as session:
        found = accounts_of(session, house.person(login).id)
        return [(one.home_page, one.kind.value, one.name) for one in found]


def test_a_person_is_found_by_the_name_that_another_system_has_for_them(house):
    link(house, "trainee", home_page=f" {MOODLE}/ ")

    with house.storage.reading() as session:
        found = account_in_use(session, MOODLE, AccountName.IDNUMBER, "20261234")
    assert found is not None
    assert found.person_id == house.person("trainee").id


def test_a_new_name_ends_the_one_before_and_leaves_the_other_kinds(house):
    link(house, "trainee")
    link(house, "trainee", "lmartin", kind=AccountName.USERNAME)
    link(house, "trainee", "20269999")

    assert names_of(house, "trainee") == [(MOODLE, "username", "lmartin"), (MOODLE, "idnumber", "20269999")]


def test_one_name_is_never_two_people(house):
    link(house, "trainee")

    with pytest.raises(AccountTaken):
        link(house, "trainee2")
    with pytest.raises(Conflict):
        link(house, "trainee")


def test_a_name_that_was_ended_can_be_somebody_elses(house):
    account = link(house, "trainee")
    with house.acting() as session:
        unlink_account(session, account, actor=house.actor("administrator"), reason="Compte repris par une autre.")
    link(house, "trainee2")

    assert names_of(house, "trainee") == []
    assert names_of(house, "trainee2") == [(MOODLE, "idnumber", "20261234")]
    with pytest.raises(NotFound), house.acting() as session:
        unlink_account(session, account, actor=house.actor("administrator"), reason="Encore une fois.")


def test_everybody_links_their_own_and_nobody_that_of_others(house):
    link(house, "trainee", actor=house.actor("trainee"))

    assert names_of(house, "trainee") == [(MOODLE, "idnumber", "20261234")]
    with pytest.raises(CahierError) as refused:
        link(house, "trainee2", "1", actor=house.actor("trainee"))
    assert refused.value.code == "not-permitted"


@pytest.mark.parametrize(
    ("home_page", "name", "field"),
    [
        ("moodle.example", "1", "home_page"),
        ("ftp://moodle.example", "1", "home_page"),
        ("https://lea:secret@moodle.example", "1", "home_page"),
        (MOODLE, "  ", "name"),
        (MOODLE, "1\u202e2", "name"),
        (MOODLE, "1" * 255, "name"),
    ],
)
def test_what_is_no_address_or_no_name_is_refused(house, home_page, name, field):
    with pytest.raises(Invalid) as refused:
        link(house, "trainee", name, home_page=home_page)

    assert list(refused.value.fields) == [field]


@pytest.mark.requirement("GD-5(1)(c)")
def test_the_line_says_where_and_never_by_which_name(house):
    link(house, "trainee", "lea.martin@moodle", kind=AccountName.USERNAME)

    line = house.lines()[-1]
    assert line["action"] == "identity:account:link"
    assert line["after"] == {"home_page": MOODLE, "kind": "username"}


@pytest.mark.requirement("GD-17(1),(3)")
def test_the_names_go_with_the_person(house):
    account = link(house, "trainee", actor=FOUNDER)
    person = disable(house, "trainee")
    propose(house, person)
    confirm(house, person)

    with house.storage.reading() as session:
        row = session.get_one(OutsideAccount, account)
        left = (row.name, row.particulars, row.name_key, row.ended_at is not None)
    assert left == (None, None, None, True)
