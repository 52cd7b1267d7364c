"""What a key survives and what it does not: a changed password, a lost one, a copied database, altered rows."""

import pytest
from sqlalchemy import select

from app.audit.actions import Action
from app.audit.services import note
from app.identity.errors import WrongPassword
from app.identity.models import Credential
from app.identity.services.people import activate_person, prepare_activation
from app.kernel.errors import Refused
from app.signatures.errors import NotCertified
from app.signatures.models import KeyState, Signature
from app.signatures.rules import Meaning, Signable, Standing
from app.signatures.services.accounts import disable_person, reset_credentials
from app.signatures.services.ca import open_authority
from app.signatures.services.signing import sign
from app.signatures.services.verifying import is_genuine
from tests.flows.signing import (
    NEW_PASSWORD,
    ZONE,
    accept,
    confirm_here,
    found_in,
    give_key,
    keys_of,
    opened,
    sign_something,
    standing_now,
    tamper,
)
from tests.installation import NOTICE, password_of


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
        activate_person(session, prepare_activation(session, "trainee", code, NEW_PASSWORD), notice=NOTICE)
    person = house.signed_in("trainee")
    accept(person, NEW_PASSWORD)
    confirmed_here = [
        confirm_here(person, "administrator", password_of("administrator")),
        confirm_here(person, "trainee", NEW_PASSWORD),
    ]
    confirmed_there = admin.act(f"/people/{house.person('trainee').id}/identity", {"how": "known-in-person"})

    old, new = keys_of(house, "trainee")
    assert [page.status_code for page in (*confirmed_here, confirmed_there)] == [403, 403, 403]
    assert (old.state, old.wrapped, new.state) == (KeyState.SUPERSEDED, None, KeyState.PENDING)
    with pytest.raises(NotCertified):
        opened(house, "trainee", NEW_PASSWORD)


@pytest.mark.requirement("KM-7")
def test_a_lost_password_gives_a_new_certificate_after_a_confirmation_and_old_signatures_stay_valid(house):
    give_key(house, "trainee")
    signature = sign_something(house, "trainee")
    with house.acting() as session:
        authority = open_authority(house.settings.keys)
        administrator, person = house.actor("administrator"), house.person("trainee").id
        code = reset_credentials(session, person, actor=administrator, reason="oublié", authority=authority)
    with house.acting() as session:
        activate_person(session, prepare_activation(session, "trainee", code, NEW_PASSWORD), notice=NOTICE)

    client = house.signed_in("trainee")
    accept(client, NEW_PASSWORD)
    answer = confirm_here(client, "assessor", password_of("assessor"))

    old, new = keys_of(house, "trainee")
    line = house.lines()[-1]
    assert answer.status_code == 303
    assert (old.state, new.state) == (KeyState.SUPERSEDED, KeyState.VALID)
    assert is_genuine(signature, old)
    assert not is_genuine(signature, new)
    assert standing_now(house, signature) is Standing.VALID
    assert (line["action"], line["actor"]) == ("signatures:identity:confirm", f"person:{house.person('assessor').id}")


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

    items = ["Léa Martin", "trainee", "Apprenant", "PERFORMED", ZONE, "Signature électronique avancée", "Valable"]
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


@pytest.mark.requirement("KM-8")
def test_disabling_a_person_destroys_their_key_and_what_they_signed_stays_good(house):
    give_key(house, "trainee")
    signature, before = sign_something(house, "trainee"), len(house.lines())

    done = house.signed_in("administrator").act(f"/people/{house.person('trainee').id}/disable", {"reason": "left us"})

    (key,) = keys_of(house, "trainee")
    (line,) = house.lines()[before + 1 :]  # after the administrator's sign-in
    assert done.status_code == 303
    assert (key.state, key.wrapped) == (KeyState.SUPERSEDED, None)
    assert key.ended_at is not None
    assert (line["action"], line["before"]["keys"], line["after"]["keys"]) == (
        "signatures:person:disable",
        [key.fingerprint],
        [],
    )
    assert is_genuine(signature, key)
    assert standing_now(house, signature) is Standing.VALID


@pytest.mark.requirement("KM-8")
def test_the_password_of_somebody_who_was_disabled_is_not_kept(house):
    person = house.person("trainee").id
    with house.acting() as session:
        disable_person(session, person, actor=house.actor("administrator"), reason="left us")

    with house.storage.reading() as session:
        credential = session.get_one(Credential, person)
    assert (credential.password_hash, credential.activation_hash) == (None, None)
