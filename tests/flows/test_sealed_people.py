"""Who people are, sealed: no name, login or address in the clear in any copy, and none after one key was destroyed."""

import hashlib

import pytest
from sqlalchemy import select, text

from app.identity.errors import LoginTaken
from app.identity.models import OutsideAccount, Person, Token
from app.identity.queries import account_in_use, login_key
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.identity.services.people import NewPerson, add_person
from app.identity.services.renaming import correct_name
from app.installation.backing_up import back_up
from app.installation.checking import check_installation
from app.installation.founding import FOUNDER
from app.kernel.actors import Permission, Role, system_actor
from app.privacy.services.sealing import seal_everything, sweep_bare
from tests.attacks import behind, judged, url_of
from tests.flows.copies import elsewhere_of, everything_in
from tests.flows.erasing import erase
from tests.flows.signing import tamper_freely
from tests.installation import PEOPLE
from xapi.models import LaunchActor
from xapi.services.actors import remember_launch

COMMAND = system_actor("command", Permission.PERSON_ADMINISTER)
LABEL = "Tablette de Léa Renard"
REGISTRATION = "0b1c7c1e-5a6e-4a8e-9a0e-2a7d3c1f0b55"
HOME, MAIL = "https://moodle.example", "lea.martin@ecole.example"


@pytest.mark.requirement("GD-25-1", "GD-25-2")
def test_who_people_are_stands_nowhere_in_the_clear_and_goes_with_one_key(house, request, tmp_path):
    with house.acting() as session:
        link_account(session, house.person("trainee").id, HOME, AccountName.EMAIL, MAIL, actor=COMMAND)
    with house.acting() as session:
        correct_name(session, house.person("trainee").id, "Léa Renard", actor=COMMAND, reason="Mariage.")
    with house.storage.transaction() as session:
        remember_launch(session, REGISTRATION, house.person("trainee").id, {"mbox": f"mailto:{MAIL}"})
    stolen = everything_in(house, house.settings.files)
    made = back_up(house.settings, tmp_path / "copies")
    person = erase(house)
    old = elsewhere_of(house, made, request, tmp_path)
    with old.storage.reading() as session:
        restored = session.get_one(Person, person)
        account = session.scalars(select(OutsideAccount).where(OutsideAccount.person_id == person)).one()
        launched = session.get_one(LaunchActor, (REGISTRATION, person))
        read = (restored.name, restored.login, restored.email, account.name, launched.agent)
        others = {one.name for one in session.query(Person) if one.id != person}
        sealed = restored.particulars
    faults = judged(old).findings
    old.storage.close()

    assert {one for one in (MAIL, "Léa Renard", "Léa Martin", "Tom Peeters") if one.encode() in stolen} == set()
    assert sealed is not None
    assert read == (None, None, None, None, None)
    assert "Tom Peeters" in others
    assert faults == ()


@pytest.mark.requirement("GD-25-2", "P11.100(a)")
def test_no_login_is_tried_against_the_database_without_the_key_store(house):
    with house.storage.reading() as session:
        kept = {one.login_key for one in session.query(Person)}
    logins = [login.encode() for login in PEOPLE]
    tried = {hash_of(one).hexdigest() for one in logins for hash_of in (hashlib.sha256, hashlib.sha1, hashlib.md5)}

    assert kept.isdisjoint(tried)
    assert kept == {login_key(house.storage.vault, login) for login in PEOPLE}


@pytest.mark.requirement("GD-25-1", "A11-4.8", "P11.100(a)")
def test_who_people_are_is_sealed_in_an_act_where_a_release_before_wrote_it_down(house):
    with house.acting() as session:
        link_account(session, house.person("trainee").id, HOME, AccountName.EMAIL, MAIL, actor=COMMAND)
    make_token(house)
    names, was = _tell_openly(house), house.all_lines()
    told = next(one for one in check_installation(house.settings) if one.name == "key store")
    sealed = seal_everything(house.storage, house.files, "cahier.test", house.settings.pepper, actor=FOUNDER)
    sweep_bare(house.storage)
    again = seal_everything(house.storage, house.files, "cahier.test", house.settings.pepper, actor=FOUNDER)
    stolen = everything_in(house, house.settings.files)
    with house.storage.reading() as session:
        account = account_in_use(session, HOME, AccountName.EMAIL, MAIL)
        found = {one.name for one in session.query(Person)}

    assert (told.is_well, f"{len(PEOPLE) + 2} texts, files and rows" in told.text) == (False, True)
    assert (sealed.rows, again.rows) == (len(PEOPLE) + 2, 0)
    assert house.lines()[-1]["after"] == {"people": len(PEOPLE), "accounts": 1, "tokens": 1}
    assert house.all_lines() == was + 1
    assert house.signed_in("trainee").get("/").status_code == 200
    assert account is not None
    assert found == names
    assert {name for name in names if name.encode() in stolen} == set()
    assert judged(house).findings == ()


@pytest.mark.requirement("P11.100(a)", "A11-4.8")
def test_names_of_a_release_that_kept_no_list_of_them_are_never_given_again_either(house):
    _tell_openly(house, accounts=False)
    tamper_freely(house, "DELETE FROM used_name")
    seal_everything(house.storage, house.files, "cahier.test", house.settings.pepper, actor=FOUNDER)
    taken = NewPerson("Trainee", "Somebody Else", "fr", (Role.TRAINEE,))

    with pytest.raises(LoginTaken), house.acting() as session:
        add_person(session, taken, operator_id=None, pepper=house.settings.pepper, actor=COMMAND)
    erase(house)
    with pytest.raises(LoginTaken), house.acting() as session:
        add_person(session, taken, operator_id=None, pepper=house.settings.pepper, actor=COMMAND)


@pytest.mark.requirement("PF-12", "GD-25-1")
@pytest.mark.parametrize(
    ("put", "fault"),
    [
        (lambda own, other: None, "text-missing"),
        (lambda own, other: own[:-1] + bytes([own[-1] ^ 1]), "text-altered"),
        (lambda own, other: other, "text-missing"),
    ],
    ids=["nothing", "altered", "another's"],
)
def test_a_name_that_was_taken_away_or_replaced_is_found_and_shown_to_nobody(house, put, fault):
    victim, other = house.person("trainee"), house.person("trainee2")
    with behind(url_of(house)) as connection:
        change = text("UPDATE person SET particulars = :sealed WHERE id = :id")
        connection.execute(change, {"id": victim.id, "sealed": put(victim.particulars, other.particulars)})
    with house.storage.reading() as session:
        shown = session.get_one(Person, victim.id).name

    assert [(one.code, victim.id in one.where) for one in judged(house).findings] == [(fault, True)]
    assert shown is None


def make_token(house):
    """Let the trainee make a token that names somebody."""
    made = house.signed_in("trainee").act("/account/tokens", {"label": LABEL, "scopes": ["read"], "days": "30"})
    assert made.status_code == 200


def _tell_openly(house, *, accounts=True):
    """Put who people are as a release before kept it, in lines that say so, behind the fences; return the names."""
    with house.storage.reading() as session:
        rows = [*session.query(Person), *session.query(OutsideAccount), *session.query(Token)]
        told = [(row.__tablename__, {"id": row.id} | row.told().values) for row in rows]
    with behind(url_of(house)) as connection:
        for table, values in told:
            columns = {("year_of_birth" if name == "birth_year" else name): value for name, value in values.items()}
            change = ", ".join(f"{name} = :{name}" for name in columns if name != "id")
            connection.execute(text(f"UPDATE {table} SET {change}, particulars = NULL WHERE id = :id"), columns)
        connection.execute(text("UPDATE outside_account SET name_key = NULL"))
    assert {table for table, _ in told} == ({"person", "outside_account", "token"} if accounts else {"person"})
    return {values["name"] for table, values in told if table == "person"}
