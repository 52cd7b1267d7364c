"""Coming to sign: the accountability statement, the key, both parts of a first signature, a second person, a lost
password. The story that nobody, an administrator or whoever copies the database included, can sign for another.
"""

import re

import pytest
from flask import Blueprint, jsonify, request
from sqlalchemy import select, text

from app.audit.actions import Action
from app.audit.services import note
from app.identity.errors import WrongPassword
from app.identity.models import WebSession
from app.identity.services.people import activate_person, person_subject
from app.kernel import clock
from app.kernel.errors import Refused
from app.signatures.models import KeyState, Signature, SigningKey
from app.signatures.rules import STATEMENT, Meaning, Signable
from app.signatures.services.accounts import accept_statement, prepare_key, reset_credentials
from app.signatures.services.keys import open_key
from app.signatures.services.opening import open_own_key, open_second_person
from app.signatures.services.signing import sign
from app.signatures.services.verifying import is_genuine
from app.web.access import signed_in
from app.web.visitors import current_actor
from config.secrets import PEPPER, read_secret
from tests.installation import password_of

NEW_PASSWORD = "tout autre chose, quatre mots"
ZONE = "Europe/Brussels"


def pepper_of(house):
    """Return the installation's pepper."""
    return read_secret(house.settings.keys, PEPPER)


def give_key(house, login):
    """Let a person accept the statement, as its page does."""
    actor = house.actor(login)
    with house.storage.reading() as session:
        prepared = prepare_key(session, password_of(login), pepper_of(house), actor=actor)
    with house.acting() as session:
        accept_statement(session, prepared, STATEMENT, actor=actor)


def opened(house, login, password=None):
    """Open a person's key."""
    with house.storage.reading() as session:
        return open_key(session, house.person(login).id, password or password_of(login), pepper_of(house))


def keys_of(house, login):
    """Return a person's keys, oldest first."""
    with house.storage.reading() as session:
        query = select(SigningKey).where(SigningKey.person_id == house.person(login).id)
        return session.scalars(query.order_by(SigningKey.made_at)).all()


def sign_something(house, login, key=None, *, shown="d" * 64):
    """Sign a thing of no room, as part of an act, and return the signature."""
    actor = house.actor(login)
    thing = Signable("thing:1", house.operator_id("ALPHA"), "d" * 64)
    with house.acting() as session:
        key = key or opened(house, login)
        signature = sign(session, thing, Meaning.PERFORMED, key, actor=actor, shown_digest=shown, zone=ZONE)
        note(session, Action.STATEMENT_ACCEPTED, person_subject(house.person(login).id), actor=actor)
    return signature


def tamper(house, statement):
    """Change a stored value with SQL, behind the application's back and past its triggers."""
    with house.storage.engine.begin() as connection:
        if house.storage.is_sqlite:
            for name in ("signature_no_update", "signing_key_no_delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        else:
            connection.execute(text("ALTER TABLE signature DISABLE TRIGGER ALL"))
        connection.execute(text(statement))


def found_in(pattern, page):
    """Return what a page has of a pattern, which must be there."""
    found = re.search(pattern, page.text, re.DOTALL)
    assert found is not None, f"no {pattern} in the page"
    return found


def shown_in(page):
    """Return the digest of the statement that a page carries."""
    return found_in(r'name="shown"[^>]*value="([^"]+)"', page).group(1)


def accept(client, password, **more):
    """Send the form that accepts the statement."""
    shown = shown_in(client.get("/account/statement"))
    return client.act("/account/statement", {"password": password, "shown": shown, **more})


@pytest.fixture
def trial(house):
    """Two addresses that sign nothing, but open keys as every signing page does."""
    pages = Blueprint("trial", __name__)

    @pages.post("/trial")
    @signed_in
    def own():
        key = open_own_key(request.form["password"], request.form.get("login", ""))
        return jsonify(person=key.person_id, factors=key.factors)

    @pages.post("/trial/second")
    @signed_in
    def second():
        actor, key, person = open_second_person(request.form["login"], request.form["password"])
        return jsonify(person=person.id, key=key.person_id, operator=actor.operator_id, host=current_actor().person_id)

    house.app.register_blueprint(pages)
    return house


@pytest.mark.requirement("P11.10(j)", "KM-2")
def test_accepting_the_statement_makes_the_key_once_and_writes_one_line(house):
    client, before = house.signed_in("trainee"), len(house.lines())

    first = accept(client, password_of("trainee"), next="/account")
    again = client.get("/account/statement")

    line = house.lines()[-1]
    (key,) = keys_of(house, "trainee")
    assert (first.status_code, first.headers["Location"]) == (303, "/account")
    assert key.fingerprint in again.text
    assert line["action"] == "signatures:statement:accept"
    assert line["after"] == {"key": key.fingerprint, "language": "fr", "statement": "1"}
    assert len(house.lines()) == before + 1


def test_the_statement_is_shown_in_the_readers_language(house):
    client = house.signed_in("trainee")
    client.act("/language", {"language": "de", "next": "/account"})

    assert "handschriftliche" in client.get("/account/statement").text


def test_a_statement_that_was_shown_in_another_language_is_not_accepted(house):
    client = house.signed_in("trainee")
    shown = shown_in(client.get("/account/statement"))
    client.act("/language", {"language": "nl", "next": "/account"})

    answer = client.act("/account/statement", {"password": password_of("trainee"), "shown": shown})

    assert answer.status_code == 403
    assert keys_of(house, "trainee") == []


@pytest.mark.requirement("P11.200(a)(1)", "P11.300(d)")
def test_a_wrong_password_makes_no_key_and_is_kept_as_a_refusal(house):
    answer = accept(house.signed_in("trainee"), "not my password at all")

    assert answer.status_code == 403
    assert keys_of(house, "trainee") == []
    assert house.lines()[-1]["action"] == "web:request:refuse"
    assert house.lines()[-1]["after"]["code"] == "wrong-password"


def test_a_role_that_signs_nothing_gets_no_key(house):
    client = house.signed_in("administrator")
    page = client.get("/account/statement")
    answer = client.act("/account/statement", {"password": password_of("administrator"), "shown": shown_in_or(page)})

    assert "signe rien" in page.text
    assert answer.status_code == 403
    assert keys_of(house, "administrator") == []


def shown_in_or(page):
    """Return the digest a page carries, or that of nothing."""
    found = re.search(r'name="shown"[^>]*value="([^"]+)"', page.text)
    return found.group(1) if found else ""


@pytest.mark.requirement("P11.200(a)(1)(i)", "ES-1")
def test_the_first_signature_of_a_session_takes_login_and_password_and_the_next_the_password(trial):
    give_key(trial, "trainee")
    client, password = trial.signed_in("trainee"), password_of("trainee")

    without = client.act("/trial", {"password": password})
    first = client.act("/trial", {"password": password, "login": "Trainee"})
    second = client.act("/trial", {"password": password})

    assert without.status_code == 422
    assert first.json == {"person": trial.person("trainee").id, "factors": ["login", "password"]}
    assert second.json["factors"] == ["password"]


@pytest.mark.requirement("P11.200(a)(1)(i)", "ES-1")
def test_after_a_lock_a_signature_takes_both_parts_again(trial):
    give_key(trial, "trainee")
    client, password = trial.signed_in("trainee"), password_of("trainee")
    client.act("/trial", {"password": password, "login": "trainee"})

    client.act("/lock")
    client.act("/unlock", {"password": password})

    assert client.act("/trial", {"password": password}).status_code == 422


@pytest.mark.requirement("P11.200(a)(1)(ii)")
def test_another_session_of_the_same_person_takes_both_parts_of_its_own(trial):
    give_key(trial, "trainee")
    trial.signed_in("trainee").act("/trial", {"password": password_of("trainee"), "login": "trainee"})

    answer = trial.signed_in("trainee").act("/trial", {"password": password_of("trainee")})

    assert answer.status_code == 422


@pytest.mark.requirement("ES-5", "P11.200(a)(2)")
def test_a_wrong_login_and_a_wrong_password_get_the_same_words(trial):
    give_key(trial, "trainee")
    client = trial.signed_in("trainee")

    answers = [
        client.act("/trial", {"login": "trainee2", "password": password_of("trainee")}),
        client.act("/trial", {"login": "trainee", "password": "not my password at all"}),
    ]

    words = {re.sub(r"nonce|[0-9a-f]{10,}", "", found_in(r"<main.*</main>", page).group(0)) for page in answers}
    assert [page.status_code for page in answers] == [403, 403]
    assert len(words) == 1


@pytest.mark.requirement("P11.300(d)", "ES-5")
def test_failed_signings_close_the_persons_door_and_the_line_says_so(trial):
    give_key(trial, "trainee")
    client = trial.signed_in("trainee")
    with clock.simulated(clock.now()) as time:
        for _ in range(6):
            client.act("/trial", {"login": "trainee", "password": "not my password at all"})
            time.advance(seconds=10)
        closed = client.act("/trial", {"login": "trainee", "password": password_of("trainee")})

    actions = [line["action"] for line in trial.lines()]
    assert closed.status_code == 429
    assert actions.count("web:request:refuse") == 6
    assert "identity:person:lock" in actions


def test_without_a_key_a_person_is_told_what_to_do_first(trial):
    answer = trial.signed_in("trainee").act("/trial", {"login": "trainee", "password": password_of("trainee")})

    assert answer.status_code == 403
    assert "déclaration de responsabilité" in answer.text


@pytest.mark.requirement("A11-6", "P11.200(a)(2)")
def test_a_second_person_opens_their_own_key_and_leaves_the_session_whose_it_was(trial):
    give_key(trial, "assessor")
    client = trial.signed_in("trainee")

    answer = client.act("/trial/second", {"login": "assessor", "password": password_of("assessor")})

    host, second = trial.person("trainee").id, trial.person("assessor").id
    assert answer.json == {"person": second, "key": second, "operator": trial.operator_id("ALPHA"), "host": host}
    assert "Léa Martin" in client.get("/account").text
    with trial.storage.reading() as session:
        assert session.scalars(select(WebSession.person_id)).all() == [host]


@pytest.mark.requirement("ES-5", "AS-8.4.1")
@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("nobody.here", "whatever it may be"),
        ("assessor", "not the password at all"),
        ("beta_assessor", password_of("beta_assessor")),
    ],
)
def test_a_second_person_who_is_not_one_gets_the_same_words_whatever_was_wrong(trial, login, password):
    give_key(trial, "beta_assessor")
    answer = trial.signed_in("trainee").act("/trial/second", {"login": login, "password": password})

    refusal = trial.lines("ALPHA")[-1:] + trial.lines()[-1:]
    assert answer.status_code == 403
    assert "identifiant ou le mot de passe" in answer.text.lower() or "name or password" in answer.text
    assert refusal[-1]["actor"] == f"person:{trial.person('trainee').id}"
    assert refusal[-1]["after"]["code"] == "wrong-password"


@pytest.mark.requirement("P11.300(d)")
def test_a_failed_second_person_is_kept_with_both_identities(trial):
    trial.signed_in("trainee").act("/trial/second", {"login": "assessor", "password": "not the password at all"})

    line = trial.lines()[-1]
    assert line["actor"] == f"person:{trial.person('trainee').id}"
    assert line["subject"] == f"person:{trial.person('assessor').id}"


@pytest.mark.requirement("KM-4", "AS-7.4.3")
def test_a_changed_password_keeps_the_key_and_ends_every_session(house):
    give_key(house, "trainee")
    client, elsewhere = house.signed_in("trainee"), house.signed_in("trainee")
    (before,) = keys_of(house, "trainee")

    answer = client.act(
        "/account/password",
        {"current_password": password_of("trainee"), "password": NEW_PASSWORD, "repeated_password": NEW_PASSWORD},
    )

    (key,) = keys_of(house, "trainee")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert [page.get("/account").status_code for page in (client, elsewhere)] == [303, 303]
    assert (key.id, key.fingerprint) == (before.id, before.fingerprint)
    assert key.wrapped != before.wrapped
    assert opened(house, "trainee", NEW_PASSWORD).key_id == key.id
    with pytest.raises(WrongPassword):
        opened(house, "trainee")
    assert house.lines()[-1]["action"] == "signatures:password:change"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"current_password": "not my password at all"}, 403),
        ({"password": "too short", "repeated_password": "too short"}, 422),
        ({"repeated_password": "not the same words again"}, 422),
    ],
)
def test_a_password_that_cannot_be_changed_stays(house, fields, status):
    client = house.signed_in("trainee")
    whole = {"current_password": password_of("trainee"), "password": NEW_PASSWORD, "repeated_password": NEW_PASSWORD}

    answer = client.act("/account/password", {**whole, **fields})

    assert answer.status_code == status
    assert client.get("/account").status_code == 200


@pytest.mark.requirement("KM-7", "P11.200(a)(3)")
def test_an_administrator_who_resets_a_password_cannot_sign_for_the_person(house):
    give_key(house, "trainee")
    admin = house.signed_in("administrator")
    path = f"/people/{house.person('trainee').id}/reset"
    page = admin.act(path, {"reason": "Mot de passe oublié, carte vérifiée"})
    code = found_in(r"\b[0-9a-f]{4}(?:-[0-9a-f]{4}){4}\b", page).group(0)

    # The administrator keeps the code and goes on as the person.
    with house.acting() as session:
        activate_person(session, "trainee", code, NEW_PASSWORD)
    alone = accept(house.signed_in("trainee"), NEW_PASSWORD)
    with_the_administrator = accept(
        house.signed_in("trainee"),
        NEW_PASSWORD,
        login="administrator",
        witness_password=password_of("administrator"),
    )
    with_themselves = accept(house.signed_in("trainee"), NEW_PASSWORD, login="trainee", witness_password=NEW_PASSWORD)

    (key,) = keys_of(house, "trainee")
    assert (key.state, key.wrapped) == (KeyState.SUPERSEDED, None)
    assert [page.status_code for page in (alone, with_the_administrator, with_themselves)] == [403, 403, 403]
    assert "signatures:credentials:reset" in [line["action"] for line in house.lines()]


@pytest.mark.requirement("KM-7")
def test_a_lost_password_gives_a_new_key_before_a_witness_and_old_signatures_stay_genuine(house):
    give_key(house, "trainee")
    give_key(house, "assessor")
    signature = sign_something(house, "trainee")
    with house.acting() as session:
        code = reset_credentials(
            session, house.person("trainee").id, actor=house.actor("administrator"), reason="oublié, vu sur place"
        )
    with house.acting() as session:
        activate_person(session, "trainee", code, NEW_PASSWORD)

    answer = accept(
        house.signed_in("trainee"), NEW_PASSWORD, login="assessor", witness_password=password_of("assessor")
    )

    old, new = keys_of(house, "trainee")
    assert answer.status_code == 303
    assert (old.state, new.state) == (KeyState.SUPERSEDED, KeyState.VALID)
    assert is_genuine(signature, old)
    assert not is_genuine(signature, new)
    assert house.lines()[-1]["after"]["witness"] == f"person:{house.person('assessor').id}"


@pytest.mark.requirement("P11.200(a)(3)", "KM-11")
def test_whoever_copies_the_database_and_the_settings_cannot_sign(house):
    give_key(house, "trainee")
    (key,) = keys_of(house, "trainee")

    # Everything that the database holds, the right password even, but not the pepper beside it.
    with house.storage.reading() as session, pytest.raises(WrongPassword):
        open_key(session, key.person_id, password_of("trainee"), b"\0" * 32)
    # Everything, the pepper too, but no password: the stored hash is not one.
    with house.storage.reading() as session:
        stored = session.execute(text("SELECT password_hash FROM credential")).scalars().all()
    with house.storage.reading() as session:
        for guess in stored:
            with pytest.raises(WrongPassword):
                open_key(session, key.person_id, guess, pepper_of(house))
    dump = repr(vars(key))
    assert "PRIVATE" not in dump


@pytest.mark.requirement("ES-6")
def test_the_key_of_one_person_does_not_sign_for_another(house):
    give_key(house, "trainee2")
    key = opened(house, "trainee2")

    with pytest.raises(Refused):
        sign_something(house, "trainee", key)

    with house.storage.reading() as session:
        assert session.scalars(select(Signature)).all() == []


@pytest.mark.requirement("ES-3", "ER-27")
def test_what_was_not_shown_as_it_is_stored_is_not_signed(house):
    give_key(house, "trainee")

    with pytest.raises(Refused):
        sign_something(house, "trainee", shown="e" * 64)


@pytest.mark.requirement("ES-7")
def test_a_role_that_has_ended_signs_no_more(house):
    give_key(house, "trainee")
    key, actor = opened(house, "trainee"), house.actor("trainee")
    thing = Signable("thing:1", house.operator_id("ALPHA"), "d" * 64)
    for permission in list(actor.grants):
        del actor.grants[permission]

    with house.storage.reading() as session, pytest.raises(Refused):
        sign(session, thing, Meaning.PERFORMED, key, actor=actor, shown_digest="d" * 64, zone=ZONE)


@pytest.mark.requirement("ES-8", "P11.50")
def test_the_page_of_a_signature_shows_its_seven_items_and_that_it_is_genuine(house):
    give_key(house, "trainee")
    signature = sign_something(house, "trainee")

    page = house.signed_in("trainee").get(f"/signatures/{signature.id}").text

    items = ["Léa Martin", "trainee", "Apprenant", "PERFORMED", ZONE, "Aucun niveau juridique", "Authentique"]
    assert [item for item in items if item not in page] == []
    assert signature.manifest_digest in page
    assert signature.subject_digest in page


@pytest.mark.requirement("PF-9", "A11d-13.8")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signature SET subject = 'thing:2'",
        "UPDATE signature SET meaning = 'APPROVED'",
        "UPDATE signature SET manifest = REPLACE(manifest, 'thing:1', 'thing:2'), subject = 'thing:2'",
        "UPDATE signature SET signer_name = signer_login",
    ],
)
def test_a_signature_changed_behind_the_applications_back_is_shown_as_not_genuine(house, statement):
    give_key(house, "trainee")
    signature = sign_something(house, "trainee")

    tamper(house, statement)
    page = house.signed_in("trainee").get(f"/signatures/{signature.id}").text

    assert "pas authentique" in page


@pytest.mark.requirement("AS-8.4.1")
@pytest.mark.parametrize(
    ("login", "status"),
    [("trainee", 200), ("auditor", 200), ("hub_administrator", 404), ("administrator", 404), ("beta_assessor", 404)],
)
def test_a_signature_is_shown_to_its_signer_and_to_readers_of_the_same_trail(house, login, status):
    give_key(house, "trainee")
    signature = sign_in_the_operators_log(house)

    assert house.signed_in(login).get(f"/signatures/{signature.id}").status_code == status


def sign_in_the_operators_log(house):
    """Sign a thing in an act of the operator's own log, as records are."""
    from app.audit.services import Subject

    actor, key = house.actor("trainee"), opened(house, "trainee")
    operator = house.operator_id("ALPHA")
    with house.acting() as session:
        thing = Signable("thing:1", operator, "d" * 64)
        signature = sign(session, thing, Meaning.PERFORMED, key, actor=actor, shown_digest="d" * 64, zone=ZONE)
        note(session, Action.RECORD_COMPLETED, Subject("thing", "1", operator), actor=actor)
    return signature


def test_an_unknown_signature_is_not_found(house):
    answer = house.signed_in("auditor").get("/signatures/00000000-0000-4000-8000-000000000000")

    assert answer.status_code == 404
