"""Who gets a certificate, by whom, and what it is worth when it ends (KM-2, KM-4, KM-6, KM-7)."""

from datetime import timedelta

import pytest
from cryptography import x509
from sqlalchemy import select

from app.identity.models import Operator
from app.identity.services.people import NewPerson, activate_person, add_person, prepare_activation
from app.kernel import clock
from app.kernel.actors import Role
from app.kernel.errors import Conflict
from app.signatures.errors import CertificateOver, NoProofOfPossession, NotCertified, NotIndependent
from app.signatures.models import Certificate, KeyState, Revocation, RevocationList, SigningKey
from app.signatures.queries import chain_of
from app.signatures.rules import Proofing, RevocationReason, Standing
from app.signatures.services.accounts import accept_statement, disable_person
from app.signatures.services.ca import all_authorities, open_authority
from app.signatures.services.certifying import confirm_identity, is_authority_noted
from app.signatures.services.keys import make_key as new_key
from app.signatures.services.revoking import lists_due, publish_lists
from tests.flows.signing import (
    confirm_here,
    give_key,
    keys_of,
    make_key,
    opened,
    pepper_of,
    sign_something,
    standing_now,
    tamper_freely,
)
from tests.installation import FOUNDER, NOTICE, password_of
from tests.signers import confirm


def certificates_of(house, login):
    """Return a person's certificates as they are stored."""
    with house.storage.reading() as session:
        query = select(Certificate).where(Certificate.person_id == house.person(login).id)
        return session.scalars(query.order_by(Certificate.issued_at)).all()


def newest_list(house):
    """Return the newest list of the issuing authority."""
    issuer = open_authority(house.settings.keys).fingerprint
    with house.storage.reading() as session:
        query = select(RevocationList).where(RevocationList.issuer == issuer)
        return session.scalars(query.order_by(RevocationList.number.desc()).limit(1)).one()


def enter(house, login, roles, by):
    """Let somebody be added by somebody, who keeps the code and goes on as them: a puppet."""
    with house.acting() as session:
        alpha = session.scalars(select(Operator.id).where(Operator.code == "ALPHA")).one()
        new = NewPerson(login, f"Person {login}", "fr", roles)
        _, code = add_person(session, new, operator_id=alpha, pepper=house.settings.pepper, actor=by)
    with house.acting() as session:
        activate_person(session, prepare_activation(session, login, code, password_of(login)), notice=NOTICE)


@pytest.mark.requirement("KM-2")
def test_a_key_signs_only_after_somebody_else_confirmed_whose_it_is(house):
    make_key(house, "trainee")
    with pytest.raises(NotCertified):
        opened(house, "trainee")

    client, before = house.signed_in("trainee"), house.all_lines()
    waiting = client.get("/account/statement")
    answer = confirm_here(client, "assessor", password_of("assessor"))

    (certificate,), (key,) = certificates_of(house, "trainee"), keys_of(house, "trainee")
    line = house.lines()[-1]
    assert key.fingerprint in waiting.text
    assert (answer.status_code, house.all_lines()) == (303, before + 1)
    assert (line["action"], line["after"]["proofing"]) == ("signatures:identity:confirm", "identity-document")
    assert certificate.confirmed_by == house.person("assessor").id
    assert (key.state, opened(house, "trainee").certified.fingerprint) == (KeyState.VALID, certificate.fingerprint)
    assert house.person("trainee").name not in x509.load_pem_x509_certificate(certificate.pem.encode()).subject


@pytest.mark.requirement("KM-2")
@pytest.mark.parametrize(
    ("login", "status"),
    [("assessor", 303), ("quality", 303), ("administrator", 303), ("trainee", 403), ("auditor", 403), ("author", 403)],
)
def test_assessor_quality_and_administrator_confirm_from_the_page_of_the_person(house, login, status):
    make_key(house, "trainee2")
    path = f"/people/{house.person('trainee2').id}"
    client = house.signed_in(login)

    answer = client.act(f"{path}/identity", {"how": "known-in-person"})

    assert answer.status_code == status
    assert len(certificates_of(house, "trainee2")) == (status == 303)


@pytest.mark.requirement("KM-2", "AS-8.4.1")
def test_nobody_confirms_for_another_operator(house):
    make_key(house, "trainee")
    path = f"/people/{house.person('trainee').id}/identity"

    answer = house.signed_in("beta_assessor").act(path, {"how": "known-in-person"})

    assert answer.status_code == 404


@pytest.mark.requirement("KM-2")
def test_nobody_confirms_themselves_or_somebody_without_a_key(house):
    make_key(house, "assessor")

    with pytest.raises(NotIndependent):
        confirm(house, "assessor", by="assessor")
    with pytest.raises(Conflict):
        confirm(house, "trainee", by="assessor")


@pytest.mark.requirement("KM-7", "P11.200(a)(3)")
def test_one_administrator_with_accounts_of_their_own_making_certifies_nobody(house):
    administrator = house.actor("administrator")
    enter(house, "victim", (Role.TRAINEE,), administrator)
    enter(house, "puppet.assessor", (Role.ASSESSOR,), administrator)
    enter(house, "puppet.admin", (Role.ADMINISTRATOR,), administrator)
    enter(house, "puppets.puppet", (Role.QUALITY,), house.actor("puppet.admin"))
    make_key(house, "victim")

    for confirmer in ("administrator", "puppet.assessor", "puppet.admin", "puppets.puppet"):
        with pytest.raises(NotIndependent):
            confirm(house, "victim", by=confirmer)

    assert confirm(house, "victim", by="quality").confirmed_by == house.person("quality").id


@pytest.mark.requirement("KM-2")
def test_an_assessor_whom_somebody_independent_confirmed_confirms_those_of_the_same_administrator(house):
    administrator = house.actor("administrator")
    enter(house, "new.trainee", (Role.TRAINEE,), administrator)
    enter(house, "new.assessor", (Role.ASSESSOR,), administrator)
    make_key(house, "new.trainee")
    make_key(house, "new.assessor")

    confirm(house, "new.assessor", by="quality")

    assert confirm(house, "new.trainee", by="new.assessor").person_id == house.person("new.trainee").id


@pytest.mark.requirement("KM-2")
@pytest.mark.parametrize("request_of", ["nobody", "another key", "another person"])
def test_a_key_without_proof_of_possession_is_not_certified(house, request_of):
    person, pepper = house.person("trainee").id, pepper_of(house)
    key = new_key(person, password_of("trainee"), pepper)
    other = new_key(person if request_of == "another key" else "somebody-else", password_of("trainee"), pepper)
    key.request = None if request_of == "nobody" else other.request
    if request_of == "another person":
        key.public_key = other.public_key
    with house.acting() as session:
        accept_statement(session, key, "as shown", actor=house.actor("trainee"))

    with pytest.raises(NoProofOfPossession):
        confirm(house, "trainee")


@pytest.mark.requirement("KM-4")
def test_after_400_days_a_new_signature_needs_a_new_key_and_the_old_one_verifies(house):
    with clock.simulated(clock.now()) as time:
        give_key(house, "trainee")
        signature = sign_something(house, "trainee")
        time.advance(days=400)

        with pytest.raises(CertificateOver):
            opened(house, "trainee")
        make_key(house, "trainee")
        confirm(house, "trainee")
        again = sign_something(house, "trainee")

        old, new = certificates_of(house, "trainee")
        assert [standing_now(house, one) for one in (signature, again)] == [Standing.VALID, Standing.VALID]
        assert (signature.certificate, again.certificate) == (old.fingerprint, new.fingerprint)


@pytest.mark.requirement("KM-4", "KM-6")
def test_the_next_key_takes_over_only_when_it_is_confirmed(house):
    with clock.simulated(clock.now()) as time:
        give_key(house, "trainee")
        with pytest.raises(Conflict):
            make_key(house, "trainee")
        time.advance(days=320)
        make_key(house, "trainee")
        meanwhile = opened(house, "trainee").fingerprint
        confirm(house, "trainee")

        old, new = keys_of(house, "trainee")
        with house.storage.reading() as session:
            (revocation,) = session.scalars(select(Revocation)).all()
        assert (meanwhile, opened(house, "trainee").fingerprint) == (old.fingerprint, new.fingerprint)
        assert (old.state, old.wrapped) == (KeyState.SUPERSEDED, None)
        assert revocation.reason is RevocationReason.SUPERSEDED


@pytest.mark.requirement("KM-4")
def test_a_changed_password_leaves_the_certificate_as_it_was_and_wraps_a_waiting_key_too(house):
    with clock.simulated(clock.now()) as time:
        give_key(house, "trainee")
        time.advance(days=320)
        make_key(house, "trainee")
        client, before = house.signed_in("trainee"), certificates_of(house, "trainee")
        words = "tout autre chose, quatre mots"
        client.act(
            "/account/password",
            {"current_password": password_of("trainee"), "password": words, "repeated_password": words},
        )
        confirm(house, "trainee")

        assert [one.pem for one in certificates_of(house, "trainee")][:1] == [one.pem for one in before]
        assert opened(house, "trainee", words).certified.fingerprint != before[0].fingerprint


@pytest.mark.requirement("KM-6", "KM-8")
def test_who_leaves_is_on_a_list_at_once_with_the_reason(house):
    give_key(house, "trainee")
    signature = sign_something(house, "trainee")
    with house.acting() as session:
        authority, person = open_authority(house.settings.keys), house.person("trainee").id
        disable_person(session, person, actor=house.actor("administrator"), reason="left us", authority=authority)

    listed = x509.load_pem_x509_crl(newest_list(house).pem.encode())
    (entry,) = listed
    assert listed.is_signature_valid(authority.key.public_key())
    assert entry.serial_number == int(certificates_of(house, "trainee")[0].serial, 16)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.name == "cessation_of_operation"
    assert standing_now(house, signature) is Standing.VALID


@pytest.mark.requirement("KM-6")
def test_without_the_issuing_key_a_person_is_disabled_all_the_same_and_the_list_follows(house):
    give_key(house, "trainee")
    with house.acting() as session:
        disable_person(session, house.person("trainee").id, actor=house.actor("administrator"), reason="left us")

    authorities = all_authorities(house.settings.keys)
    with house.storage.reading() as session:
        due = lists_due(session, authorities)
    with house.acting() as session:
        publish_lists(session, due, actor=FOUNDER)
    with house.storage.reading() as session:
        still_due = lists_due(session, authorities)

    assert (len(due), still_due) == (1, [])
    assert len(list(x509.load_pem_x509_crl(newest_list(house).pem.encode()))) == 1


@pytest.mark.requirement("KM-6")
def test_a_list_is_due_after_a_day(house):
    authorities = all_authorities(house.settings.keys)
    with house.storage.reading() as session:
        last = newest_list(house).this_update
        with clock.simulated(last + timedelta(hours=23)):
            early = lists_due(session, authorities)
        with clock.simulated(last + timedelta(hours=24)):
            late = lists_due(session, authorities)

    assert (early, late) == ([], authorities)


@pytest.mark.requirement("KM-1", "KM-6")
def test_authorities_and_lists_are_in_the_trail(house):
    with house.storage.reading() as session:
        noted = is_authority_noted(session, house.settings.keys)

    line = house.lines()[1]
    assert noted
    assert line["action"] == "signatures:authority:note"
    assert [kind for kind, _ in line["after"]["certificates"]] == ["root", "issuing", "seal"]
    assert [row[0] for row in line["rows"]] == ["certificate"] * 3 + ["revocation_list"] * 2


@pytest.mark.requirement("PF-8")
def test_the_chain_of_a_signature_is_what_a_stranger_needs(house):
    give_key(house, "trainee")
    signature = sign_something(house, "trainee")

    with house.storage.reading() as session:
        chain = chain_of(session, signature)

    assert len(chain.certificates) == 3
    assert chain.certificates[1].encode() == (house.settings.keys / "ca" / "issuing.crt").read_bytes()
    assert chain.certificates[2].encode() == (house.settings.keys / "ca" / "root.crt").read_bytes()
    assert len(chain.revocation_lists) == 2


@pytest.mark.requirement("PF-8")
@pytest.mark.parametrize(
    ("statement", "standing"),
    [
        ("UPDATE certificate SET issuer = NULL WHERE kind = 'personal'", Standing.INDETERMINATE),
        ("DELETE FROM certificate WHERE kind = 'root'", Standing.INDETERMINATE),
        ("DELETE FROM revocation_list", Standing.INDETERMINATE),
        ("UPDATE revocation_list SET pem = REPLACE(pem, 'A', 'B')", Standing.INDETERMINATE),
        ("UPDATE certificate SET pem = REPLACE(pem, 'A', 'B') WHERE kind = 'personal'", Standing.INVALID),
        ("UPDATE certificate SET pem = 'nothing' WHERE kind = 'issuing'", Standing.INVALID),
        ("UPDATE signature SET certificate = NULL", Standing.INVALID),
        ("UPDATE signature SET level = 'simple'", Standing.INVALID),
    ],
)
def test_missing_evidence_is_no_pass_and_altered_evidence_fails(house, statement, standing):
    give_key(house, "trainee")
    signature = sign_something(house, "trainee")
    tamper_freely(house, statement)

    with house.storage.reading() as session:
        stored = session.get_one(type(signature), signature.id)

    assert standing_now(house, stored) is standing


@pytest.mark.requirement("PF-8")
def test_a_swapped_key_with_the_manifest_signed_again_has_no_certificate_of_the_hub(house):
    give_key(house, "trainee")
    give_key(house, "trainee2")
    signature = sign_something(house, "trainee")
    (foreign,) = keys_of(house, "trainee2")
    tamper_freely(house, f"UPDATE signing_key SET public_key = '{foreign.public_key}' WHERE id = '{signature.key_id}'")

    with house.storage.reading() as session:
        assert session.get_one(SigningKey, signature.key_id).public_key == foreign.public_key
    assert standing_now(house, signature) is Standing.INVALID


@pytest.mark.requirement("KM-2")
def test_confirming_takes_a_word_of_how_one_knows(house):
    make_key(house, "trainee")
    page = house.signed_in("assessor").act(f"/people/{house.person('trainee').id}/identity", {"how": "because"})

    assert page.status_code == 422
    assert [proofing.value for proofing in Proofing if proofing.value not in page.text] == []


def test_only_confirm_identity_certifies(house):
    make_key(house, "trainee")
    with house.acting() as session:
        authority = open_authority(house.settings.keys)
        actor, person = house.actor("quality"), house.person("trainee").id
        row = confirm_identity(session, person, Proofing.KNOWN, actor=actor, authority=authority)

    assert row.level is not None
    assert row.not_after - row.not_before == timedelta(days=365)
