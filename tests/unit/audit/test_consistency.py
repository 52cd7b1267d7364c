"""Proofs that a log only grew, and each way such a proof can be false: all pairs of small sizes."""

import pytest
from pymerkle import InmemoryTree

from app.audit.proofs import OutsideTree, ProofInvalid, consistency_proof, verify_consistency
from app.audit.tree import EMPTY_ROOT, NotAHash, TreeHasher
from tests.unit.audit.small_logs import CT_LEAVES, ENTRIES, LEAVES, ROOTS, TILES, Tiles, falsified, flipped, subproof


@pytest.mark.parametrize(
    ("old", "new", "proof"),
    [
        (1, 1, []),
        (
            1,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ],
)
def test_consistency_proofs_are_those_certificate_transparency_knows(old, new, proof):
    made = consistency_proof(Tiles(CT_LEAVES).at(new), old, new)

    assert [sibling.hex() for sibling in made] == proof


@pytest.mark.requirement("PF-2")
@pytest.mark.parametrize("new", range(1, 41))
def test_each_small_tree_is_proven_to_have_grown_from_each_smaller_one(new):
    for old in range(1, new + 1):
        proof = consistency_proof(TILES.at(new), old, new)
        verify_consistency(old, ROOTS[old], new, ROOTS[new], proof)

        assert proof == subproof(old, LEAVES[:new], True), old


@pytest.mark.parametrize("new", range(1, 41))
def test_consistency_proofs_are_those_pymerkle_makes(new):
    oracle = InmemoryTree(algorithm="sha256")
    oracle.append_entries(ENTRIES[:new])
    for old in range(1, new):
        theirs = oracle.prove_consistency(old, new)
        if theirs.subset[0]:  # elsewhere pymerkle goes on to the last leaf before it stops, and its path is another
            path = theirs.path if old & (old - 1) else theirs.path[1:]

            assert consistency_proof(TILES.at(new), old, new) == path, old


@pytest.mark.requirement("PF-2")
@pytest.mark.parametrize("new", range(1, 41))
def test_a_falsified_consistency_proof_is_refused(new):
    for old in range(1, new + 1):
        proof = consistency_proof(TILES.at(new), old, new)
        for wrong in falsified(proof):
            with pytest.raises(ProofInvalid):
                verify_consistency(old, ROOTS[old], new, ROOTS[new], wrong)


@pytest.mark.requirement("PF-2")
@pytest.mark.parametrize("new", range(1, 41))
def test_a_consistency_proof_holds_for_its_two_roots_only(new):
    for old in range(1, new + 1):
        proof = consistency_proof(TILES.at(new), old, new)
        with pytest.raises(ProofInvalid):
            verify_consistency(old, flipped(ROOTS[old]), new, ROOTS[new], proof)
        with pytest.raises(ProofInvalid):
            verify_consistency(old, ROOTS[old], new, flipped(ROOTS[new]), proof)
        for other in set(range(1, new + 1)) - {old}:
            with pytest.raises(ProofInvalid):
                verify_consistency(other, ROOTS[other], new, ROOTS[new], proof)
        for other in set(range(old, 66)) - {new}:
            with pytest.raises(ProofInvalid):
                verify_consistency(old, ROOTS[old], other, ROOTS[other], proof)


@pytest.mark.requirement("PF-2")
@pytest.mark.parametrize("new", range(2, 41))
def test_no_proof_hides_a_forged_prefix(new):
    for old in range(1, new):
        forged = TreeHasher()
        forged.extend([*LEAVES[: old - 1], flipped(LEAVES[old - 1])])
        proof = consistency_proof(TILES.at(new), old, new)

        with pytest.raises(ProofInvalid):
            verify_consistency(old, forged.root(), new, ROOTS[new], proof)


@pytest.mark.requirement("PF-2")
@pytest.mark.parametrize("new", [0, 1, 2, 7, 40])
def test_every_log_has_grown_from_the_empty_one(new):
    assert consistency_proof(TILES.at(new), 0, new) == []
    verify_consistency(0, EMPTY_ROOT, new, ROOTS[new], [])
    with pytest.raises(ProofInvalid):
        verify_consistency(0, flipped(EMPTY_ROOT), new, ROOTS[new], [])
    with pytest.raises(ProofInvalid):
        verify_consistency(0, EMPTY_ROOT, new, ROOTS[new], [EMPTY_ROOT])


@pytest.mark.requirement("PF-2")
@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 40])
def test_a_log_of_the_same_size_is_the_same_log(size):
    assert consistency_proof(TILES.at(size), size, size) == []
    verify_consistency(size, ROOTS[size], size, ROOTS[size], [])
    with pytest.raises(ProofInvalid):
        verify_consistency(size, ROOTS[size], size, flipped(ROOTS[size]), [])
    with pytest.raises(ProofInvalid):
        verify_consistency(size, ROOTS[size], size, ROOTS[size], [ROOTS[size]])


def test_the_empty_log_has_one_root():
    with pytest.raises(ProofInvalid):
        verify_consistency(0, ROOTS[1], 0, ROOTS[1], [])


@pytest.mark.requirement("PF-2")
def test_a_log_never_shrinks():
    with pytest.raises(ProofInvalid):
        verify_consistency(8, ROOTS[8], 7, ROOTS[7], consistency_proof(TILES.at(8), 7, 8))
    with pytest.raises(ProofInvalid):
        verify_consistency(-1, EMPTY_ROOT, 7, ROOTS[7], [])
    with pytest.raises(
        ProofInvalid
    ):  # the way up from six leaves and from five is the same: the sizes must be compared
        verify_consistency(6, ROOTS[2], 5, ROOTS[2], [LEAVES[1], LEAVES[0]])
    for old, new in [(8, 7), (-1, 7), (0, -1)]:
        with pytest.raises(OutsideTree):
            consistency_proof(TILES.at(8), old, new)


def test_what_is_not_a_hash_is_no_part_of_a_consistency_proof():
    proof = consistency_proof(TILES.at(8), 6, 8)
    moved = [proof[0] + proof[1][:1], proof[1][1:], proof[2]]

    with pytest.raises(NotAHash):
        verify_consistency(6, ROOTS[6], 8, ROOTS[8], moved)
    with pytest.raises(NotAHash):
        verify_consistency(6, ROOTS[6][1:], 8, ROOTS[8], proof)
