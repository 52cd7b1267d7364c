"""Erasing a person's values: two people decide, nothing is left of the values, and everything is proven as before."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from app.audit.models import CommittedText
from app.audit.verification import Code
from app.command import cahier
from app.identity.errors import HubOnly
from app.identity.models import Person
from app.identity.queries import login_key
from app.kernel import canonical
from app.kernel.actors import NotPermitted
from app.kernel.errors import NotFound
from app.privacy.errors import ErasureBlocked, NamesInDecision, NotOneselfErased, OnePersonOnly
from app.privacy.models import Erasure
from app.privacy.queries.reaching import obstacles, reach_of
from app.privacy.rules.erasing import ErasureState, Ground, Kept, Share
from app.privacy.services.erasing import confirm_erasure, propose_erasure, withdraw_erasure
from app.storage.errors import AppendOnlyViolation
from app.storage.tables import Base
from app.verifier.build import OUTPUT
from tests.attacks import behind, judged, url_of
from tests.benches import text_of
from tests.flows.erasing import DECISION, concluded, confirm, disable, erase, propose
from tests.unit.evidence.conftest import unpacked
from tests.unit.evidence.test_paper import words_of

NAMES = ("Léa Martin", "trainee")
"""The printed name and the login; the login is a word of the roles too, which no value of a person is."""


MOMENT = "2026-11-23T09:05:00.000Z"


def dump(house):
    """Return every value of every table as text, as somebody with the database's file reads it."""
    found = []
    with house.storage.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(text(f'SELECT * FROM "{table.name}"')):
                found += [(table.name, _plain(value)) for value in row if value is not None]
    return found


def _plain(value):
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def open_texts(house):
    """Return every text that opens, as whoever holds database and key store reads them."""
    with house.storage.reading() as session:
        return [kept.text for kept in session.query(CommittedText) if kept.text is not None]


@pytest.mark.requirement("GD-17(1),(3)", "PF-12")
def test_two_people_erase_in_one_act_and_the_line_names_what_went(house):
    concluded(house)
    person = disable(house)
    propose(house, person)
    before = house.all_lines()
    confirm(house, person)
    line = house.lines()[-1]
    with house.storage.reading() as session:
        texts = {one.commitment: one for one in session.query(CommittedText)}

    assert house.all_lines() == before + 1
    assert (line["action"], line["subject"]) == ("privacy:erasure:confirm", f"person:{person}")
    assert line["actor"] == house.actor("administrator").pseudonym
    assert texts[line["reason"]].text == DECISION
    assert sorted(line["after"]["commitments"]) == sorted(one for one, kept in texts.items() if kept.erased_at)
    assert all(kept.text is None and kept.salt is None for kept in texts.values() if kept.erased_at)
    assert line["after"]["article"] == "GDPR 17(1)(a)"
    assert judged(house).findings == ()


@pytest.mark.requirement("GD-17(1),(3)")
def test_nothing_goes_before_the_second_person_and_whoever_proposed_is_none(house):
    concluded(house)
    person = disable(house)
    propose(house, person)

    with pytest.raises(OnePersonOnly), house.acting() as session:
        confirm_erasure(session, person, pepper=house.settings.pepper, actor=house.actor("quality"))
    with house.storage.reading() as session:
        assert session.query(CommittedText).filter(CommittedText.erased_at.is_not(None)).count() == 0


@pytest.mark.requirement("GD-17(1),(3)", "P11.10(d)")
def test_only_those_who_may_decide_and_not_over_themselves_nor_over_another_operators(house):
    person = disable(house)
    decide = {"actor": None, "reason": DECISION}

    for login, refusal in (
        ("assessor", NotPermitted),
        ("trainee2", NotPermitted),
        ("beta_administrator", NotFound),
    ):
        with pytest.raises(refusal), house.acting() as session:
            propose_erasure(session, person, Ground.UNLAWFUL, tuple(Share), **decide | {"actor": house.actor(login)})
    own = house.person("quality").id
    with pytest.raises(NotOneselfErased), house.acting() as session:
        propose_erasure(session, own, Ground.UNLAWFUL, (), **decide | {"actor": house.actor("quality")})
    _share_with_beta(house, "trainee2")
    shared = house.person("trainee2").id
    with pytest.raises(HubOnly), house.acting() as session:
        propose_erasure(session, shared, Ground.UNLAWFUL, (), **decide | {"actor": house.actor("quality")})


def _share_with_beta(house, login):
    from app.identity.services.people import grant_role
    from app.kernel.actors import Role
    from tests.installation import FOUNDER

    with house.acting() as session:
        grant_role(session, house.person(login).id, Role.TRAINEE, operator_id=house.operator_id("BETA"), actor=FOUNDER)


@pytest.mark.requirement("GD-17(1),(3)")
def test_while_a_record_is_open_or_the_person_can_sign_in_it_is_refused_with_reasons(house, bench):
    person = house.person("trainee")
    with house.storage.reading() as session:
        reasons = obstacles(session, person)

    assert len(reasons) == 2
    assert any(reason.numbers for reason in reasons)
    with pytest.raises(ErasureBlocked):
        propose(house, person.id)


@pytest.mark.requirement("GD-17(1),(3)")
def test_a_decision_that_names_the_person_is_refused(house):
    person = disable(house)

    with pytest.raises(NamesInDecision), house.acting() as session:
        propose_erasure(
            session, person, Ground.UNLAWFUL, (), actor=house.actor("quality"), reason="Demande de léa martin"
        )


@pytest.mark.requirement("GD-17(1),(3)")
def test_a_proposal_is_withdrawn_and_nothing_was_erased(house):
    concluded(house)
    person = disable(house)
    propose(house, person)
    with house.acting() as session:
        withdraw_erasure(session, person, actor=house.actor("quality"), reason="Demande retirée.")
    with house.storage.reading() as session:
        states = [one.state for one in session.query(Erasure)]

    assert states == [ErasureState.WITHDRAWN]
    assert house.lines()[-1]["action"] == "privacy:erasure:withdraw"
    with pytest.raises(NotFound):
        confirm(house, person)


@pytest.mark.requirement("GD-25-2", "GD-17(1),(3)")
def test_no_table_holds_the_name_nor_any_text_of_theirs_any_more(house):
    concluded(house)
    _leave_copies(house)
    with house.storage.reading() as session:
        person = house.person("trainee")
        reach = reach_of(session, person)
        gone = [
            kept.text for kept in session.query(CommittedText) if kept.commitment in reach.commitments(tuple(Share))
        ]
    # What is sealed or kept as it came (statements of other programs) is tried elsewhere.
    before = dump(house)
    erase(house)
    after = dump(house)

    assert [(table, value) for table, value in before if "Léa Martin" in value] == []
    assert {"Plateau essuyé, 試料 🧪", "Virgule mal placée", "Léa Martin"} <= set(gone)
    assert [(table, value) for table, value in after if "Léa Martin" in value] == []
    long = {words for words in gone if len(words) > 7}
    assert [(table, value) for table, value in after if value in long] == []


def _leave_copies(house):
    """Let the person leave a session, failures at the door, a token and answers behind."""
    client = house.signed_in("trainee")
    client.act("/account/tokens", {"label": "Portable de Léa Martin", "scopes": ["read"], "days": "30"})
    house.client().act("/sign-in", {"login": "trainee", "password": "not this one at all"})


@pytest.mark.requirement("GD-25-2")
def test_no_dictionary_finds_a_value_behind_what_is_left(house):
    concluded(house)
    _leave_copies(house)
    with house.storage.reading() as session:
        kept = {one.commitment: (one.text, one.salt) for one in session.query(CommittedText)}
        own_salt = house.person("trainee").told().salt
    erase(house)
    values = [value for _, value in dump(house)]
    guesses = {*NAMES, "trainee@example.org", *(words for words, _ in kept.values())}
    with house.storage.reading() as session:
        erased = {one.commitment for one in session.query(CommittedText) if one.erased_at}
    # All that is left, of others too, for somebody who has the database and the key store.
    salts = {part for value in values for part in _salts_in(value)} | _salts_opened(house)
    salts_left = salts & ({kept[one][1] for one in erased & kept.keys()} | {own_salt})
    own = {*NAMES, *(kept[one][0] for one in erased & kept.keys())}
    digests_left = {canonical.digest(guess.encode()) for guess in own} | {login_key(house.storage.vault, "trainee")}
    whole = "\n".join(values)
    opened = {canonical.commitment(guess, salt) for guess in guesses for salt in salts} & erased

    assert len(erased) > 5
    assert salts
    assert opened == set()
    assert salts_left == set()
    assert {one for one in digests_left if one in whole} == set()


def _salts_opened(house):
    with house.storage.reading() as session:
        told = [person.told() for person in session.query(Person)]
        return {one.salt for one in session.query(CommittedText) if one.salt} | {one.salt for one in told if one}


def _salts_in(value):
    return [value] if len(value) == 32 and all(one in "0123456789abcdef" for one in value) else []


@pytest.mark.requirement("GD-assessor", "GD-17(1),(3)")
def test_what_an_assessor_signed_and_judged_stays_while_their_profile_goes(house):
    concluded(house)
    with house.storage.reading() as session:
        kept = reach_of(session, house.person("assessor")).kept
    person = erase(house, "assessor")
    values = open_texts(house)

    assert kept[Kept.OWN_IN_OTHERS] > 0
    assert "Hervé Dubois" in values
    assert "Vu et noté" in values
    with house.storage.reading() as session:
        erased = session.get_one(Person, person)
        assert (erased.name, erased.login) == (None, None)
        assert reach_of(session, erased).shares[Share.PRINTED_NAMES] == ()


@pytest.mark.requirement("GD-17(1),(3)")
def test_a_share_that_was_not_chosen_stays(house):
    concluded(house)
    erase(house, "trainee", Share.TEXTS)
    values = open_texts(house)

    assert "Léa Martin" in values
    assert "Virgule mal placée" not in values


@pytest.mark.requirement("A11d-12.3", "GD-17(1),(3)")
def test_a_committed_text_changes_in_no_other_way(house):
    concluded(house)
    changes: list[dict[str, str | bytes | None]] = [
        {"text": "Autre"},
        {"salt": "0" * 32},
        {"sealed": None},
        {"sealed": b"sealed anew"},
        {"erased_at": "2026-11-23T09:05:00.000Z"},
    ]

    for change in changes:
        names = ", ".join(f"{name} = :{name}" for name in change)
        with pytest.raises(Exception, match="record"), house.storage.engine.begin() as connection:
            connection.execute(text(f"UPDATE committed_text SET {names}"), change)
    with house.storage.reading() as session:
        session.query(CommittedText).first().sealed = b"sealed anew"
        with pytest.raises(AppendOnlyViolation):
            session.flush()


@pytest.mark.requirement("GD-17(1),(3)")
def test_what_was_erased_does_not_come_back(house):
    concluded(house)
    erase(house)
    salt = "0" * 32

    for change in ("committed_text SET text = 'x', salt = :salt", "person SET name = 'x', salt = :salt"):
        with pytest.raises(Exception, match="record"), house.storage.engine.begin() as connection:
            connection.execute(text(f"UPDATE {change} WHERE erased_at IS NOT NULL"), {"salt": salt})


@pytest.mark.requirement("GD-17(1),(3)", "A11d-12.3")
def test_each_step_is_one_line_and_says_no_word_of_the_person(house):
    concluded(house)
    person = disable(house)
    before = house.all_lines()
    propose(house, person)
    confirm(house, person)
    said = json.dumps(house.lines()[-2:], ensure_ascii=False)

    assert house.all_lines() == before + 2
    assert not any(name in said for name in ("Léa", "Martin", DECISION))


@pytest.mark.requirement("PF-12", "GD-17(1),(3)")
def test_the_bundle_of_an_erased_record_is_redacted_by_the_decision_and_all_else_is_as_before(house, tmp_path):
    record = concluded(house)
    judgement(house, record, tmp_path / "first")  # the checkpoint with which later ones must be consistent (PF-2)
    before = judgement(house, record, tmp_path / "before")
    erase(house)
    after = judgement(house, record, tmp_path / "after")
    reasons = next(one for one in after["statements"] if one["id"] == "PF-12")["reasons"]
    answers = {one["id"]: one["answer"] for one in before["statements"]}

    assert answers["PF-12"] == "PASS"
    assert {one["id"]: one["answer"] for one in after["statements"]} == answers | {"PF-12": "REDACTED"}
    assert after["exit"] == before["exit"]
    assert any(DECISION in one["text"] for one in reasons)
    paper = words_of((tmp_path / "after" / f"{record.number}.pdf").read_bytes(), tmp_path)
    files = unpacked((tmp_path / "after" / f"{record.number}.eln").read_bytes())
    assert "[effacé par décision du" in paper
    assert "Léa Martin" not in paper
    assert [name for name, content in files.items() if "Léa Martin".encode() in content] == []


def judgement(house, record, folder):
    """Take a record away by the command, and judge the bundle with the verifier that a stranger has."""
    environment = {
        "CAHIER_VAR": str(house.settings.var),
        "CAHIER_DATABASE_URL": house.settings.database_url,
        "CAHIER_ORIGIN": house.settings.origin,
    }
    written = CliRunner().invoke(cahier, ["record", "export", record.number, "--to", str(folder)], env=environment)
    assert written.exit_code == 0, written.output
    said = subprocess.run(
        [sys.executable, OUTPUT, folder / f"{record.number}.eln", "--trust", folder / "trust.json", "--json"],
        capture_output=True,
        check=False,
    )
    return json.loads(said.stdout) | {"exit": said.returncode}


@pytest.mark.requirement("GD-17(1),(3)", "PF-12", "LANG-1")
def test_on_the_pages_two_people_decide_and_every_mark_says_by_which_decision(house):
    record = concluded(house)
    person = disable(house)
    page, quality, administrator = f"/people/{person}/erasure", *map(house.signed_in, ("quality", "administrator"))
    shown = text_of(quality.get(page))
    fields = {"ground": "not-needed", "shares": ["printed-names", "texts", "texts-about"], "reason": DECISION}
    nameless = quality.act(page, fields | {"reason": "Léa Martin le demande"})
    proposed = quality.act(page, fields)
    alone = quality.act(f"{page}/confirm")
    confirmed = administrator.act(f"{page}/confirm")
    mark = "[effacé par décision du"

    assert "Ce qui est conservé, et pourquoi" in shown
    assert (nameless.status_code, proposed.status_code) == (422, 303)
    assert (alone.status_code, confirmed.status_code) == (403, 303)
    assert mark in text_of(administrator.get(f"/people/{person}"))
    assert DECISION in text_of(administrator.get(f"/people/{person}"))
    whole = text_of(house.signed_in("assessor").get(f"/records/{record.id}"))
    assert whole.count(mark) > 4
    assert "Léa Martin" not in whole
    assert mark in text_of(house.signed_in("assessor").get(f"/records/{record.id}/trail"))


@pytest.mark.requirement("GD-17(1),(3)")
def test_the_page_says_what_must_end_first(house, bench):
    page = text_of(house.signed_in("quality").get(f"/people/{house.person('trainee').id}/erasure"))

    assert "Désactivez-la d'abord" in page
    assert "TST-2026-0001" in page
    assert "Proposer l'effacement" not in page


@pytest.mark.requirement("PF-12", "GD-17(1),(3)")
def test_an_erased_text_that_reappears_is_a_finding(house):
    concluded(house)
    with house.storage.reading() as session:
        before = {one.commitment: (one.text, one.salt) for one in session.query(CommittedText)}
    erase(house)
    with house.storage.reading() as session:
        erased = [one.commitment for one in session.query(CommittedText) if one.erased_at]
    back = next(one for one in erased if one in before)
    with behind(url_of(house)) as connection:
        words, salt = before[back]
        values = {"words": words, "salt": salt, "back": back}
        connection.execute(
            text("UPDATE committed_text SET text = :words, salt = :salt WHERE commitment = :back"), values
        )

    assert {finding.code for finding in judged(house).findings} == {Code.TEXT_KEPT}
