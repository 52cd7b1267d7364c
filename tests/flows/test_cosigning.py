"""A passkey signs what the signer's key signs: the digest of the manifest is its challenge."""

import json

import pytest
from sqlalchemy import select

from app.kernel import clock
from app.notebook.rules.words import RecordState
from app.signatures.models import PasskeySignature, Signature
from app.signatures.queries import block_of
from tests.authenticators import Passkey
from tests.benches import said, shown_in, text_of
from tests.flows.signing import tamper_freely
from tests.flows.test_second_factor import enrol_passkey
from tests.signers import give_key

COSIGNED, BROKEN = "Co-signed by a passkey", "The passkey's co-signature does not hold"


@pytest.fixture
def bearer(bench, house):
    """A record that waits for its signature, in the hands of a trainee with a passkey, at a time that stands still."""
    give_key(house, "trainee")
    bench.execute()
    with clock.simulated(clock.now()) as time:
        bench.passkey, bench.time = Passkey(), time
        enrol_passkey(bench.trainee, bench.passkey)
        time.advance(seconds=5)
        yield bench


def cosign(bench, drafted, **more):
    """Let the passkey answer a draft, and send the form again with it."""
    fields = {"cosign": drafted["draft"], "passkey": bench.passkey.answer(drafted["options"])}
    return bench.sign(**(fields | more))


def stored(bench):
    """Return the signature of the record and what the passkey made beside it."""
    with bench.house.storage.reading() as session:
        signature = session.scalars(
            select(Signature).where(Signature.subject == f"record:{bench.record_id}", Signature.part.is_(None))
        ).one()
        return signature, session.get(PasskeySignature, signature.id)


def cosigned_now(house, signature):
    """Return whether what is stored beside a signature holds."""
    with house.storage.reading() as session:
        return block_of(session, signature, lambda *_: signature.subject_digest).cosigned


@pytest.mark.requirement("ES-1", "ES-3")
def test_asking_for_the_draft_records_nothing(bearer):
    lines = len(bearer.lines())

    drafted = bearer.sign(cosign="ask")

    assert set(drafted.json) == {"draft", "options"}
    assert bearer.record().state is RecordState.IN_PROGRESS
    assert len(bearer.lines()) == lines


@pytest.mark.requirement("ES-1", "ES-3", "ES-8")
def test_the_passkey_signs_the_digest_of_the_manifest_and_is_shown_with_the_signature(bearer):
    drafted = bearer.sign(cosign="ask").json
    lines = len(bearer.lines())

    answer = cosign(bearer, drafted)

    signature, kept = stored(bearer)
    assert answer.status_code == 303
    assert len(bearer.lines()) == lines + 1
    assert ["passkey_signature", signature.id] in [row[:2] for row in bearer.lines()[-1]["rows"]]
    assert json.loads(signature.manifest)["factors"] == ["login", "password", "passkey"]
    assert kept is not None
    assert cosigned_now(bearer.house, signature)
    assert said(COSIGNED) in bearer.page()
    assert said(COSIGNED) in text_of(bearer.trainee.get(f"/signatures/{signature.id}"))


@pytest.mark.requirement("ES-3", "ER-27")
def test_what_changed_since_the_draft_is_not_signed(bearer):
    drafted = bearer.sign(cosign="ask").json
    shown = shown_in(bearer.trainee.get(f"{bearer.path}/sign"))
    bearer.change("correct", "masses-1", "100,2")

    answer = cosign(bearer, drafted, shown=shown)

    assert answer.status_code == 403
    assert bearer.record().state is RecordState.IN_PROGRESS


@pytest.mark.requirement("ES-1")
@pytest.mark.parametrize("fault", ["too late", "another draft", "no draft", "another passkey"])
def test_only_the_passkeys_timely_answer_to_this_very_draft_counts(bearer, fault):
    drafted, more = bearer.sign(cosign="ask").json, {}
    if fault == "too late":
        bearer.time.advance(minutes=3)
    elif fault == "another draft":
        bearer.time.advance(seconds=1)
        more = {"cosign": bearer.sign(cosign="ask").json["draft"]}
    elif fault == "no draft":
        more = {"cosign": "bm90IGEgZHJhZnQ="}
    else:
        bearer.passkey = Passkey(credential_id=bearer.passkey.credential_id)

    answer = cosign(bearer, drafted, **more)

    assert answer.status_code == 403
    assert bearer.record().state is RecordState.IN_PROGRESS


@pytest.mark.requirement("ES-8", "PF-8")
def test_a_cosignature_that_was_changed_is_shown_as_one_that_does_not_hold(bearer):
    cosign(bearer, bearer.sign(cosign="ask").json)
    signature, _ = stored(bearer)
    tamper_freely(bearer.house, "UPDATE passkey_signature SET client_data = 'e30='")

    assert cosigned_now(bearer.house, signature) is False
    assert said(BROKEN) in bearer.page()
