"""What passkeys signed leaves with the bundle: the performer's, and the second person's at the same tablet."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from sqlalchemy import select

from app.evidence.services.trusting import hub_trust, means_of
from app.identity.errors import NoPasskey
from app.kernel import clock
from app.notebook.rules.sheet import StepState
from app.signatures.models import PasskeySignature, Signature
from app.signatures.rules import Meaning
from app.verifier import verify_bytes
from tests.authenticators import Passkey, give_authenticator
from tests.benches import said, text_of
from tests.benches.pages import MASSES
from tests.flows.test_second_factor import CHALLENGE, enrol_passkey
from tests.installation import password_of
from tests.signers import give_key
from tests.unit.evidence.conftest import take_away, unpacked


@pytest.fixture
def weighed(bench, house):
    """A weighing that waits for its check; performer and second person have a passkey each, of different kinds."""
    give_key(house, "trainee")
    with clock.simulated(clock.now()) as time:
        bench.time, bench.passkeys = time, {}
        for login, private in (("trainee", ed25519.Ed25519PrivateKey.generate()), ("trainee2", rsa_key())):
            bench.passkeys[login] = Passkey(private=private)
            enrolled = enrol_passkey(house.signed_in(login), bench.passkeys[login], password=password_of(login))
            assert enrolled.status_code == 303, text_of(enrolled)
        time.advance(seconds=5)
        check_with_passkey(bench, "instrument_check", prepare=True)
        for number, mass in MASSES.items():
            bench.enter("weighing", f"masses-{number}", mass)
        bench.complete("weighing")
        time.advance(seconds=5)
        yield bench


def rsa_key():
    return rsa.generate_private_key(65537, 2048)


def check_with_passkey(bench, step, *, prepare=False, **more):
    """Let the second person check a step, and their passkey sign the draft of it."""
    if prepare:
        bench.prepare_to_check()
    drafted = bench.check(step, cosign="ask")
    assert drafted.status_code == 200, text_of(drafted)
    return bench.check(step, **(answered(bench, "trainee2", drafted.json) | more))


def answered(bench, login, drafted):
    return {"cosign": drafted["draft"], "passkey": bench.passkeys[login].answer(drafted["options"])}


def signatures_in(house, meaning):
    """Return the signatures with a meaning, each with what a passkey made beside it."""
    with house.storage.reading() as session:
        found = session.scalars(select(Signature).where(Signature.meaning == meaning).order_by(Signature.signed_at))
        return [(one, session.get(PasskeySignature, one.id)) for one in found]


@pytest.mark.requirement("ES-1", "P11.200(a)(1)(ii)", "A11d-13.7")
def test_the_second_persons_passkey_signs_the_manifest_at_the_performers_tablet(weighed):
    lines = len(weighed.lines())

    drafted = weighed.check("weighing", cosign="ask")
    unrecorded = len(weighed.lines())
    answer = weighed.check("weighing", **answered(weighed, "trainee2", drafted.json))

    signature, kept = signatures_in(weighed.house, Meaning.VERIFIED)[-1]
    assert (answer.status_code, unrecorded, len(weighed.lines())) == (303, lines, lines + 1)
    assert json.loads(signature.manifest)["factors"] == ["login", "password", "passkey"]
    assert kept is not None
    assert weighed.sheet().step("weighing").state is StepState.COMPLETE


@pytest.mark.requirement("ES-1", "ES-6")
def test_the_performers_passkey_signs_nothing_for_the_second_person(weighed):
    drafted = weighed.check("weighing", cosign="ask").json

    answer = weighed.check("weighing", **answered(weighed, "trainee", drafted))

    assert answer.status_code == 403
    assert weighed.sheet().step("weighing").state is StepState.CHECK_NEEDED


@pytest.mark.requirement("ES-1")
def test_a_passkey_that_only_answers_signs_no_check(weighed):
    options = weighed.trainee.get(f"{CHALLENGE}?anybody=1").json

    answer = weighed.check("weighing", passkey=weighed.passkeys["trainee2"].answer(options))

    assert answer.status_code == 403
    assert weighed.sheet().step("weighing").state is StepState.CHECK_NEEDED


@pytest.mark.requirement("ES-1")
def test_who_has_no_passkey_is_told_so_and_signs_nothing(weighed):
    give_key(weighed.house, "quality")
    give_authenticator(weighed.house, "quality")

    answer = weighed.check("weighing", "quality", cosign="ask")

    assert answer.status_code == 422
    assert said(NoPasskey.message) in text_of(answer)
    assert weighed.sheet().step("weighing").state is StepState.CHECK_NEEDED


@pytest.mark.requirement("PF-8", "PF-9", "PF-10")
def test_the_verifier_judges_what_the_passkeys_signed_from_the_bundle_alone(weighed):
    check_with_passkey(weighed, "weighing")
    weighed.finish()
    drafted = weighed.sign(cosign="ask").json
    weighed.time.advance(seconds=5)
    signed = weighed.sign(**answered(weighed, "trainee", drafted))
    taken = take_away(weighed.house, weighed.record())

    report = verify_bytes(taken.bundle, hub_trust(weighed.house.storage, means_of(weighed.house.settings)))
    answers = {one["id"]: one["answer"] for one in report["statements"]}
    said_of_passkeys = [reason["code"] for one in report["statements"] for reason in one["reasons"]]
    files = unpacked(taken.bundle)

    assert signed.status_code == 303
    assert {answers[one] for one in ("PF-8", "PF-9", "PF-10")} == {"PASS"}, report["statements"]
    assert said_of_passkeys.count("passkey-present") == 3
    assert sum(b'"passkey":' in data for path, data in files.items() if "/signatures/" in path) == 3
