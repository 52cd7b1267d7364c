"""What a signature names as its lower bound in time: the newest anchored checkpoint of its log, and its token."""

import hashlib
import json

import pytest

from app.audit.anchors import Stamp, log_token
from app.audit.checkpoints import parse_checkpoint
from app.audit.models import Checkpoint
from app.audit.notes import parse_note
from app.audit.sealing import log_of_operator, seal_log
from app.audit.signer import CheckpointSigner
from app.identity.services.operators import add_cohort
from app.kernel import clock
from app.kernel.actors import system_actor
from tests.flows.signing import sign_something
from tests.signers import give_key


def anchor(house):
    """Seal ALPHA's log and keep a token over it; return the checkpoint."""
    with house.storage.reading() as session:
        log = log_of_operator(session, house.operator_id("ALPHA"))
    assert log is not None
    with house.acting() as session:
        add_cohort(session, "Automne", operator_id=house.operator_id("ALPHA"), actor=house.actor("assessor"))
    sealed = seal_log(house.storage, CheckpointSigner(house.settings.keys), log.id)
    with house.acting() as session:
        stored = session.get_one(Checkpoint, (log.id, sealed.size))
        stamp = Stamp("https://tsa.example", b"token", clock.now())
        log_token(session, log, stored, stamp, actor=system_actor("worker"))
    return parse_checkpoint(parse_note(stored.note).text)


@pytest.mark.requirement("PF-6")
def test_a_signature_names_the_newest_token_or_nothing_where_there_is_none(house):
    give_key(house, "trainee")
    before = json.loads(sign_something(house, "trainee").manifest)
    checkpoint = anchor(house)
    after = json.loads(sign_something(house, "trainee").manifest)

    assert before["freshness"] is None
    assert after["freshness"] == {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "token": hashlib.sha256(b"token").hexdigest(),
    }
