"""The demonstration: made by acts under a clock that never goes back, with people who can sign in, in an empty
installation only. Made once for all tests here: it takes some seconds.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from app.audit.models import CommittedText, Line, Log
from app.audit.services import read_body
from app.competencies.models import Decision
from app.identity.models import Credential, Operator, Person
from app.identity.queries import current_memberships, person_by_login
from app.identity.rules.doors import check_password
from app.identity.rules.roles import ROLE_LABELS
from app.identity.services.sessions import check_password as open_with
from app.installation.demonstration.accounts import (
    Account,
    list_accounts,
    new_password,
    read_accounts,
    write_accounts,
)
from app.installation.demonstration.making import is_unfinished, make_demonstration
from app.installation.founding import found_installation
from app.kernel import clock
from app.kernel.errors import Conflict
from app.notebook.models import Record, RecordException
from app.notebook.queries import sheet_of, signature_blocks
from app.notebook.rules.filetypes import CSV, JPEG
from app.notebook.rules.words import OPEN_STATES
from app.notebook.services.keeping import faults_of_files, named_files
from app.signatures.models import SigningKey
from app.signatures.rules import Coverage, Meaning, Standing
from app.storage import Storage
from app.storage.files import files_at
from app.storage.vault import vault_at
from config.settings import Settings
from tests.flows.commands import Shell

VERIFIER = Path(__file__).parents[3] / "app" / "verifier" / "cahier_verify.py"


def settings_in(folder):
    """Return the settings of an installation of its own."""
    var = folder / "var"
    return Settings(var=var, database_url=f"sqlite:///{var / 'cahier.sqlite'}")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """The settings of an installation that holds the demonstration."""
    settings = settings_in(tmp_path_factory.mktemp("demonstration"))
    settings_told.extend(make_demonstration(settings, told.append))
    return settings


told: list[str] = []
settings_told: list[Account] = []


@pytest.fixture
def storage(settings):
    """Its database."""
    opened = Storage.open(settings.database_url, vault_at(settings))
    yield opened
    opened.close()


SIGNED_BY_ROOMS = {Meaning.PERFORMED, Meaning.VERIFIED, Meaning.REVIEWED, Meaning.APPROVED, Meaning.REJECTED}


def lines_of(storage):
    """Return the lines of each log, in order."""
    with storage.reading() as session:
        logs = session.scalars(select(Log.id)).all()
        query = select(Line.body).order_by(Line.index)
        return {log: [read_body(body) for body in session.scalars(query.where(Line.log_id == log))] for log in logs}


def test_there_are_records_in_every_state_somebody_may_want_to_see(storage):
    with storage.reading() as session:
        states = Counter(record.state.value for record in session.scalars(select(Record)))

    assert states == {
        "approved": 4,
        "in-progress": 3,
        "issued": 1,
        "returned": 1,
        "completed": 1,
        "rejected": 1,
        "aborted": 1,
        "voided": 1,
    }


def test_every_role_is_played_for_the_first_operator_and_nobody_administers_and_trains(storage):
    with storage.reading() as session:
        people = session.scalars(select(Person)).all()
        roles = [{membership.role for membership in current_memberships(session, person.id)} for person in people]

    assert set().union(*roles) == set(ROLE_LABELS)
    assert all(len(held) == 1 for held in roles)


@pytest.mark.requirement("AS-8.4.1")
def test_two_operators_have_people_and_records_of_their_own(storage):
    with storage.reading() as session:
        operators = dict(session.execute(select(Operator.code, Operator.id)).all())
        numbers = {
            code: set(session.scalars(select(Record.number).where(Record.operator_id == operator_id)))
            for code, operator_id in operators.items()
        }

    assert operators.keys() == {"DEMO", "MEUSE"}
    assert numbers["MEUSE"] == {
        next(number for number in numbers["DEMO"] if number.endswith("-0001") and "PIP" in number)
    }


@pytest.mark.requirement("PF-7")
def test_times_in_a_log_never_go_back_lie_in_the_past_and_say_that_they_are_simulated(storage):
    now = clock.to_text(clock.now())
    for lines in lines_of(storage).values():
        times = [line["time"] for line in lines]

        assert times == sorted(times)
        assert times[-1] < now
        assert {line["clock"] for line in lines} == {"simulated"}


@pytest.mark.requirement("P11.10(e)-1")
def test_what_is_shown_was_done_by_acts_of_the_people_themselves(storage):
    lines = [line for log in lines_of(storage).values() for line in log]
    deeds = Counter(line["action"].split(":")[0] for line in lines if line["actor"].startswith("person:"))

    assert deeds["notebook"] > 400
    assert deeds["assessment"] > 10
    assert deeds["signatures"] == 2 * 9  # a statement accepted, an identity confirmed
    assert not [line for line in lines if line["action"].startswith("notebook") and line["actor"].startswith("system")]


@pytest.mark.requirement("A11d-13.8")
def test_every_signature_is_genuine_and_covers_what_it_signed(storage):
    with storage.reading() as session:
        blocks = [
            block
            for record in session.scalars(select(Record)).all()
            for block in signature_blocks(session, record, sheet_of(session, record))
        ]

    assert {block.coverage for block in blocks} == {Coverage.COVERS}
    assert {block.standing for block in blocks} == {Standing.VALID}
    assert {block.meaning for block in blocks} == SIGNED_BY_ROOMS


@pytest.mark.requirement("ER-17", "ER-18")
def test_a_value_outside_its_limits_was_explained_and_corrected(storage):
    with storage.reading() as session:
        found = session.scalars(select(RecordException)).all()
        comments = {session.get_one(CommittedText, one.comment).text for one in found if one.comment}
        open_ones = set(session.scalars(select(Record.id).where(Record.state.in_(OPEN_STATES))))

    assert len(found) >= 5
    assert [one for one in found if not one.comment and one.record_id not in open_ones] == []
    assert "Faute de frappe, vue aussitôt et corrigée ; la pesée elle-même était bonne." in comments


@pytest.mark.requirement("CO-1", "CO-3")
def test_competencies_were_decided_and_one_of_three_passes_awards_nothing_yet(storage):
    with storage.reading() as session:
        awards = {(one.competency_code, one.awards) for one in session.scalars(select(Decision))}

    assert ("PIP-VER", True) in awards
    assert ("PIP-VER", False) in awards
    assert {awarded for code, awarded in awards if code == "GOW-B"} == {False}


@pytest.mark.requirement("AS-6.4.1")
def test_everyone_can_sign_in_with_the_password_that_was_written_down(settings, storage):
    accounts = read_accounts(settings.var)
    first, *_ = [account for account in accounts if "trainee" in account.roles]
    with storage.reading() as session:
        person = open_with(session, first.login, first.password)
        everybody = {found.name for account in accounts if (found := person_by_login(session, account.login))}

    assert person.name == first.name
    assert len(everybody) == len(accounts) == 13
    for account in accounts:
        check_password(account.password, words=(account.login, *account.name.split()))


@pytest.mark.requirement("P11.10(j)")
def test_those_who_sign_have_accepted_the_statement_and_the_others_have_no_key(storage):
    with storage.reading() as session:
        keys = session.scalars(select(SigningKey.person_id)).all()
        logins = ("anne.collard", "dirk.hermans")
        administrators = {found.id for login in logins if (found := person_by_login(session, login))}

    assert len(keys) == 9
    assert len(administrators) == 2
    assert not set(keys) & administrators


def test_passwords_are_told_when_they_are_new_and_the_file_is_its_owners_alone(settings):
    (path,) = settings.var.glob("demo-people.json")
    accounts = read_accounts(settings.var)
    new, old = list_accounts(settings.var, accounts, with_passwords=True), list_accounts(settings.var, accounts)

    assert oct(path.stat().st_mode)[-3:] == "600"
    assert accounts == settings_told
    assert not any(account.password in "".join(told) for account in accounts)
    assert all(account.password in new and account.login in old for account in accounts)
    assert not any(account.password in old for account in accounts)


@pytest.mark.requirement("AS-16.2.5")
def test_no_password_stands_in_the_database(settings, storage):
    passwords = [account.password for account in read_accounts(settings.var)]
    stored = (settings.var / "cahier.sqlite").read_bytes()
    with storage.reading() as session:
        hashes = session.scalars(select(Credential.password_hash)).all()

    assert [password for password in passwords if password.encode() in stored] == []
    assert all(stored.startswith("$argon2id$") for stored in hashes if stored)


@pytest.mark.requirement("ER-15")
def test_one_record_shows_photos_of_a_display_and_an_export(storage, settings):
    with storage.reading() as session:
        named = list(named_files(session))
        record = session.get_one(Record, named[0].record_id)
        files = sheet_of(session, record).files

    assert {one.record_id for one in named} == {record.id}
    assert [one.facts.media_type for one in named] == [JPEG, JPEG, CSV]
    assert [file.withdrawn is not None for file in files] == [True, False, False]
    assert faults_of_files(storage, files_at(settings)) == []


def test_a_second_demonstration_is_refused_and_changes_nothing(settings, storage):
    before = {log: len(lines) for log, lines in lines_of(storage).items()}

    with pytest.raises(Conflict, match=r"has 13 people.*CAHIER_VAR"):
        make_demonstration(settings, told.append)

    assert {log: len(lines) for log, lines in lines_of(storage).items()} == before


def test_an_installation_that_is_founded_is_not_filled(tmp_path):
    settings = settings_in(tmp_path)
    assert list(found_installation(settings))

    with pytest.raises(Conflict, match="is founded"):
        make_demonstration(settings, told.append)

    assert not is_unfinished(settings)


@pytest.mark.requirement("PF-1", "PF-8", "A11-8.1")
def test_every_closed_record_leaves_with_evidence_that_one_file_verifies_alone(settings, tmp_path):
    shell, out = Shell(Path(shutil.copytree(settings.var, tmp_path / "var"))), tmp_path / "out"
    taken = shell.json("record", "export", "--all-demo", "--to", str(out))["records"]
    alone = shutil.copy(VERIFIER, tmp_path / "cahier_verify.py")
    ended = {
        one["number"]: subprocess.run(
            [sys.executable, "-I", alone, one["bundle"], "--trust", out / "trust.json"], check=False
        ).returncode
        for one in taken
    }

    assert len(ended) == 7
    assert set(ended.values()) == {0}
    assert {one["seal"] for one in taken} == {"B-B"}


class InterruptedAt(BaseException):
    """Stands for Ctrl-C."""


def interrupt_at(word):
    """Return what is told until a word comes, and interrupts then."""
    heard = []

    def tell(text):
        heard.append(text)
        if word in text:
            raise InterruptedAt

    return heard, tell


def test_an_interrupted_demonstration_begins_again_by_itself(tmp_path):
    settings, (heard, tell) = settings_in(tmp_path), interrupt_at("keys of 1 log")
    for _ in range(2):
        with pytest.raises(InterruptedAt):
            make_demonstration(settings, tell)

    assert is_unfinished(settings)
    assert "The demonstration was interrupted last time; it begins again." in heard
    assert len([text for text in heard if "log of the hub" in text]) == 2


def test_passwords_are_random_and_can_be_typed():
    passwords = {new_password() for _ in range(1000)}

    assert len(passwords) == 1000
    assert all(
        set(password) <= set("abcdefghjkmnpqrstuvwxyz23456789-") and len(password) == 19 for password in passwords
    )


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"people": [{"login": "x"}]}'])
def test_a_file_of_people_that_somebody_changed_is_as_good_as_none(tmp_path, content):
    (tmp_path / "demo-people.json").write_text(content)

    assert read_accounts(tmp_path) == []


def test_writing_the_people_again_replaces_the_file(settings, tmp_path):
    accounts = read_accounts(settings.var)
    write_accounts(tmp_path, accounts)

    path = write_accounts(tmp_path, accounts[:1])

    assert [person["login"] for person in json.loads(path.read_text())["people"]] == [accounts[0].login]
