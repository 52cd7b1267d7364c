"""Proof files in one spelling, and logs written as tiles that other people's code reads (tlog-proof, tlog-tiles)."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pymerkle import InmemoryTree, verify_inclusion
from pymerkle.proof import MerkleProof
from sigstore._internal.rekor.checkpoint import SignedCheckpoint

from app.audit.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from app.audit.notes import Ed25519Signer, Ed25519Verifier, NoteUnverified
from app.audit.proof_files import (
    ProofFile,
    ProofFileMalformed,
    ProofOfAnotherLog,
    parse_proof_file,
    verify_proof_file,
)
from app.audit.proofs import ProofInvalid, inclusion_proof, root_at
from app.audit.publishing import NotPublished, prove_line, write_tiles
from app.audit.sealing import log_of_operator, seal_log
from app.audit.signer import CheckpointSigner
from app.audit.tree import leaf_hash, parse_tile_path
from tests.bench import biglog
from tests.installation import ORIGIN
from tests.unit.audit.small_logs import ENTRIES, LEAVES, ROOTS, TILES

LOG = "log.example/one"
SIGNER = Ed25519Signer(LOG, Ed25519PrivateKey.from_private_bytes(b"l" * 32))
ALPHA = f"{ORIGIN}/operator/alpha"
# The shape of the example in c2sp.org/tlog-proof, whose signatures the page cuts short.
EXAMPLE = """\
c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

— example.com/fancylog Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""


def proof_of(index, size, **more):
    """Return the proof that an entry is in the small log of a size."""
    note = sign_checkpoint(Checkpoint(LOG, size, ROOTS[size]), SIGNER)
    return ProofFile(index, tuple(inclusion_proof(TILES.at(size), index, size)), note, **more)


@pytest.mark.requirement("PF-1")
def test_the_example_of_the_specification_is_read_and_written_byte_for_byte():
    proof = parse_proof_file(EXAMPLE.encode())

    assert (proof.index, len(proof.proof), proof.extra) == (73894, 5, b"age-v1.2.1-darwin-arm64.tar.gz")
    assert proof.to_bytes().decode() == EXAMPLE


@pytest.mark.requirement("PF-1")
def test_every_entry_of_small_logs_is_proven_by_its_file_and_by_no_other():
    verifiers = [Ed25519Verifier(SIGNER.key)]
    for size in (1, 2, 3, 7, 64, 129):
        for index in range(0, size, 5):
            proof = parse_proof_file(proof_of(index, size, extra=ENTRIES[index]).to_bytes())

            verify_proof_file(proof, leaf_hash(proof.extra or b""), LOG, verifiers)
            with pytest.raises(ProofInvalid):
                verify_proof_file(proof, LEAVES[index + 1], LOG, verifiers)


@pytest.mark.requirement("PF-1")
def test_a_proof_of_another_log_or_by_another_key_proves_nothing():
    proof, stranger = proof_of(3, 7), Ed25519Signer(LOG, Ed25519PrivateKey.generate())

    with pytest.raises(ProofOfAnotherLog):
        verify_proof_file(proof, LEAVES[3], "log.example/two", [Ed25519Verifier(SIGNER.key)])
    with pytest.raises(NoteUnverified):
        verify_proof_file(proof, LEAVES[3], LOG, [Ed25519Verifier(stranger.key)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 73894", "index 073894"),
        ("index 73894\n", ""),
        ("index 73894", "index -1"),
        ("extra YWdl", "extra  YWdl"),
        ("extra YWdl", "more YWdl"),
        ("\n— ", "\n- "),
        ("5vk=\n\n", "5vk=\n"),
        ("5vk=", "5vl="),
        ("gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=", "gSKyXoYZ"),
        ("109482", "0109482"),
        ("\nindex", "\r\nindex"),
    ],
)
def test_another_spelling_is_refused(old, new):
    assert old in EXAMPLE

    with pytest.raises(ProofFileMalformed):
        parse_proof_file(EXAMPLE.replace(old, new, 1).encode())


@pytest.fixture
def sealed(house):
    """A house whose ALPHA's log has more than a tile, sealed."""
    log_id = biglog.grow(house.storage, 300, operator_id=house.operator_id("ALPHA"))
    seal_log(house.storage, CheckpointSigner(house.settings.keys), log_id)
    return house


def alpha(session, house):
    """Return ALPHA's log."""
    log = log_of_operator(session, house.operator_id("ALPHA"))
    assert log is not None
    return log


@pytest.fixture
def tiles(tmp_path):
    """Where a log is written to."""
    return tmp_path / "tiles"


@pytest.mark.requirement("PF-1")
def test_a_line_of_a_real_log_is_proven_by_pymerkle_too(sealed, tiles):
    with sealed.storage.reading() as session:
        log = alpha(session, sealed)
        proof = prove_line(session, log, 7)
        write_tiles(session, log, tiles)
        with pytest.raises(NotPublished):
            prove_line(session, log, log.size)
    entries = read_entries(tiles, log.size)
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    theirs = tree.prove_inclusion(8, log.size)

    verify_inclusion(tree.get_leaf(8), tree.get_root(log.size), theirs)
    assert isinstance(theirs, MerkleProof)
    assert leaf_hash(entries[7]) == tree.get_leaf(8)
    assert Checkpoint(ALPHA, log.size, tree.get_root(log.size)).to_text() == proof.checkpoint.text
    verify_proof_file(
        proof, tree.get_leaf(8), ALPHA, [Ed25519Verifier(CheckpointSigner(sealed.settings.keys).key(ALPHA))]
    )


@pytest.mark.requirement("PF-1", "PF-2")
def test_the_tiles_are_all_that_a_reader_needs_and_no_more(sealed, tiles):
    key = CheckpointSigner(sealed.settings.keys).key(ALPHA)
    with sealed.storage.reading() as session:
        log = alpha(session, sealed)
        count = write_tiles(session, log, tiles)
    written = {path.relative_to(tiles).as_posix() for path in tiles.rglob("*") if path.is_file()}
    checkpoint = open_checkpoint((tiles / "checkpoint").read_bytes(), ALPHA, [Ed25519Verifier(key)])
    theirs = SignedCheckpoint.from_text((tiles / "checkpoint").read_text())

    class Folder:
        def tiles(self, addresses):
            """Read tiles as a stranger does, by their paths."""
            return {address: (tiles / address.path()).read_bytes() for address in addresses}

    assert count == len(written) == 6
    assert written == {
        "checkpoint",
        "tile/0/000",
        f"tile/0/001.p/{log.size - 256}",
        "tile/1/000.p/1",
        "tile/entries/000",
        f"tile/entries/001.p/{log.size - 256}",
    }
    assert {parse_tile_path(path).level for path in written if path.startswith(("tile/0", "tile/1"))} == {0, 1}
    assert root_at(Folder(), log.size) == checkpoint.root
    assert (theirs.checkpoint.log_size, theirs.checkpoint.log_hash) == (checkpoint.size, checkpoint.root.hex())
    assert base64.b64encode(checkpoint.root).decode() in (tiles / "checkpoint").read_text()


def read_entries(folder, size):
    """Read the entries of a log as tlog-tiles says."""
    data = (folder / "tile/entries/000").read_bytes() + (folder / f"tile/entries/001.p/{size - 256}").read_bytes()
    entries = []
    while data:
        length = int.from_bytes(data[:2], "big")
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
    return entries
