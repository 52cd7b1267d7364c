"""The witness against its specification: every answer of `add-checkpoint`, and a memory that only moves forward."""

import base64
import shutil
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.checkpoints import Checkpoint, CosignatureVerifier, cosignature_time, sign_checkpoint
from app.audit.notes import Ed25519Signer, parse_note, parse_signature_line, verify_note
from app.audit.proofs import consistency_proof
from app.audit.tree import EMPTY_ROOT
from app.audit.witness import (
    SIZE_TYPE,
    RequestMalformed,
    WitnessStateLost,
    open_witness,
    parse_submission,
    witness_app,
    write_submission,
)
from app.kernel import clock
from tests.unit.audit.small_logs import ROOTS, TILES, flipped

ORIGIN = "log.example/one"
KEY = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"l" * 32))
STRANGER = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"s" * 32))

# The example request of c2sp.org/tlog-witness.
EXAMPLE = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""  # noqa: E501


@pytest.fixture
def witness(tmp_path):
    """A witness that knows one log and never saw it."""
    return open_witness(tmp_path / "state", "w.example", [KEY.key])


def note_of(size, root=None, signer=KEY, origin=ORIGIN):
    """Return a signed checkpoint."""
    return sign_checkpoint(Checkpoint(origin, size, root or ROOTS[size]), signer).to_bytes()


def submit(witness, old, size, *, proof=None, **how):
    """Submit a checkpoint of the small log, with its true proof unless told otherwise."""
    if proof is None:
        proof = consistency_proof(TILES.at(size), old, size) if old <= size else []
    return witness.add_checkpoint(write_submission(old, proof, note_of(size, **how)))


@pytest.mark.requirement("PF-11")
def test_what_continues_is_cosigned_and_remembered(witness):
    before = int(clock.now().timestamp())
    replies = [submit(witness, old, size) for old, size in ((0, 5), (5, 5), (5, 100), (100, 129))]

    for reply, size in zip(replies, (5, 5, 100, 129), strict=True):
        note = parse_note(note_of(size)).with_signatures(parse_signature_line(reply.body))
        (signature,) = verify_note(note, [CosignatureVerifier(witness.key)])
        assert (reply.status, signature.name) == (200, "w.example")
        assert before <= cosignature_time(signature.signature) <= before + 60
    assert witness.remembered(ORIGIN) == Checkpoint(ORIGIN, 129, ROOTS[129])


def test_an_empty_log_may_be_cosigned(witness):
    assert submit(witness, 0, 0, root=EMPTY_ROOT).status == 200
    assert submit(witness, 0, 0, root=ROOTS[1]).status == 422


def test_a_log_that_is_not_known_is_not_found(witness):
    other = Ed25519Signer("log.example/two", Ed25519PrivateKey.generate())

    assert submit(witness, 0, 5, signer=other, origin="log.example/two").status == 404


def test_without_the_signature_of_the_log_it_is_forbidden(witness):
    false = note_of(5).replace(b"\n5\n", b"\n6\n", 1)

    assert submit(witness, 0, 5, signer=STRANGER).status == 403
    assert witness.add_checkpoint(write_submission(0, [], false)).status == 403


def test_signatures_of_others_are_passed_over(witness):
    note = parse_note(note_of(5)).with_signatures(*parse_note(note_of(5, signer=STRANGER)).signatures)

    assert witness.add_checkpoint(write_submission(0, [], note.to_bytes())).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 1\n",
        b"old 01\n\n" + note_of(5),
        b"old -1\n\n" + note_of(5),
        b"old\n\n" + note_of(5),
        b"old 0\n" + note_of(5),
        b"old 0\n\nnot a checkpoint\n",
        b"old 0\nAAAA\n\n" + note_of(5),
        b"old 0\n" + b"A" * 43 + b"B\n\n" + note_of(5),
        b"old 0\r\n\n" + note_of(5),
        b"old 0\n" + (base64.b64encode(EMPTY_ROOT) + b"\n") * 64 + b"\n" + note_of(5),
        b"old 6\n\n" + note_of(5),
        b"old 9999999999999999999\n\n" + note_of(5),
        b"old 0\n\n" + b"x" * 70_000,
    ],
)
def test_what_has_not_the_form_is_a_bad_request(witness, body):
    assert witness.add_checkpoint(body).status == 400


@pytest.mark.parametrize("old", [0, 4, 6])
def test_another_old_size_is_a_conflict_that_says_the_size(witness, old):
    submit(witness, 0, 5)

    reply = submit(witness, old, 100)

    assert (reply.status, reply.body, reply.content_type) == (409, "5\n", SIZE_TYPE)


@pytest.mark.requirement("PF-2", "PF-11")
def test_what_does_not_continue_is_not_processed_and_not_remembered(witness):
    submit(witness, 0, 5)
    proof = consistency_proof(TILES.at(100), 5, 100)
    replies = [
        submit(witness, 5, 100, root=flipped(ROOTS[100])),
        submit(witness, 5, 100, proof=proof[:-1]),
        submit(witness, 5, 100, proof=[*proof, EMPTY_ROOT]),
        submit(witness, 5, 5, root=flipped(ROOTS[5])),
        submit(witness, 5, 5, proof=[EMPTY_ROOT]),
    ]

    assert [reply.status for reply in replies] == [422] * 5
    assert witness.remembered(ORIGIN).size == 5


def test_a_proof_from_nothing_is_not_processed(witness):
    assert submit(witness, 0, 5, proof=[EMPTY_ROOT]).status == 422


@pytest.mark.requirement("PF-11")
def test_a_shorter_log_is_never_cosigned_again(witness):
    submit(witness, 0, 100)

    assert submit(witness, 0, 50).status == 409
    assert submit(witness, 100, 50).status == 400
    assert submit(witness, 50, 50).status == 409


@pytest.mark.requirement("PF-11")
def test_of_two_forks_submitted_at_the_same_moment_one_is_cosigned(tmp_path):
    folder = tmp_path / "state"
    witnesses = [open_witness(folder, "w.example", [KEY.key]) for _ in range(2)]
    roots = [ROOTS[5], flipped(ROOTS[5])]
    replies, start = [], threading.Barrier(8)

    def race(number):
        start.wait()
        replies.append((number % 2, submit(witnesses[number % 2], 0, 5, root=roots[number % 2]).status))

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([status for _, status in replies if status == 200]) == 1
    assert {status for _, status in replies} == {200, 409}


@pytest.mark.requirement("PF-11")
def test_a_memory_that_was_altered_or_lost_its_key_is_not_gone_on_with(witness, tmp_path):
    submit(witness, 0, 5)
    folder = tmp_path / "state"
    (memory,) = folder.glob("log-*.checkpoint")
    whole = memory.read_bytes()
    memory.write_bytes(whole.replace(b"\n5\n", b"\n3\n", 1))
    with pytest.raises(WitnessStateLost):
        open_witness(folder, "w.example", [KEY.key])
    memory.write_bytes(whole)
    (folder / "witness.key").unlink()

    with pytest.raises(WitnessStateLost, match="is gone"):
        open_witness(folder, "w.example", [KEY.key])


def test_key_and_memory_are_for_their_owner_alone(witness, tmp_path):
    submit(witness, 0, 5)

    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "state").iterdir() if path.suffix != ".lock"} == {0}
    shutil.rmtree(tmp_path / "state")


def test_the_example_of_the_specification_is_read():
    wanted = parse_submission(EXAMPLE.encode())

    assert (wanted.old_size, wanted.checkpoint.size, len(wanted.proof)) == (20852014, 20852163, 4)
    assert write_submission(wanted.old_size, wanted.proof, wanted.note.to_bytes()).decode() == EXAMPLE
    with pytest.raises(RequestMalformed):
        parse_submission(EXAMPLE.replace("old ", "old  ").encode())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", "200 OK"), ("GET", "/add-checkpoint", "405 Method Not Allowed"), ("POST", "/other", "404 Not Found")],
)
def test_the_application_answers_only_what_it_is_for(witness, method, path, status):
    said = []
    body = witness_app(witness)(
        {"PATH_INFO": path, "REQUEST_METHOD": method}, lambda status, headers: said.append(status)
    )

    assert said == [status]
    assert (witness.key.to_text() in body[0].decode()) == (path == "/")
