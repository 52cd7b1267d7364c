"""Proofs that a line is in a log, each way such a proof can be false, and both kinds of proof in logs of many tiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from sigstore._internal import merkle as sigstore_merkle

from app.audit.proofs import (
    OutsideTree,
    ProofInvalid,
    consistency_proof,
    inclusion_proof,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from app.audit.tree import NotAHash, TileMalformed, TreeHasher, leaf_hash
from tests.unit.audit.small_logs import CT_LEAVES, ENTRIES, LEAVES, ROOTS, TILES, Tiles, falsified, flipped


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1,
            5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ],
)
def test_inclusion_proofs_are_those_certificate_transparency_knows(index, size, proof):
    made = inclusion_proof(Tiles(CT_LEAVES).at(size), index, size)

    assert [sibling.hex() for sibling in made] == proof


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize("size", range(1, 65))
def test_each_leaf_is_proven_in_each_small_tree(size):
    oracle = InmemoryTree(algorithm="sha256")
    oracle.append_entries(ENTRIES[:size])
    reader = TILES.at(size)
    for index in range(size):
        proof = inclusion_proof(reader, index, size)
        verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])

        assert proof == oracle.prove_inclusion(index + 1, size).path[1:], index


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33, 64])
def test_a_verifier_that_is_not_ours_accepts_our_inclusion_proofs(size):
    for index in range(size):
        proof = inclusion_proof(TILES.at(size), index, size)
        inner, border = sigstore_merkle._decomp_inclusion_proof(index, size)
        below = sigstore_merkle._chain_inner(LEAVES[index], proof[:inner], index)

        assert len(proof) == inner + border
        assert sigstore_merkle._chain_border_right(below, proof[inner:]) == ROOTS[size]


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize("size", range(1, 65))
def test_a_falsified_inclusion_proof_is_refused(size):
    for index in range(size):
        proof = inclusion_proof(TILES.at(size), index, size)
        for wrong in falsified(proof):
            with pytest.raises(ProofInvalid):
                verify_inclusion(LEAVES[index], index, size, wrong, ROOTS[size])


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize("size", range(1, 65))
def test_an_inclusion_proof_holds_for_one_leaf_index_and_root_only(size):
    for index in range(size):
        proof = inclusion_proof(TILES.at(size), index, size)
        for other in {*range(size), -1, size, size + 1} - {index}:
            with pytest.raises(ProofInvalid):
                verify_inclusion(LEAVES[index], other, size, proof, ROOTS[size])
        for wrong in (LEAVES[index + 1], ROOTS[0]):
            with pytest.raises(ProofInvalid):
                verify_inclusion(wrong, index, size, proof, ROOTS[size])
        with pytest.raises(ProofInvalid):
            verify_inclusion(LEAVES[index], index, size, proof, flipped(ROOTS[size]))


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize("size", [1, 2, 5, 8, 21, 32, 33])
def test_an_inclusion_proof_does_not_serve_a_tree_of_another_size(size):
    for index in range(size):
        proof = inclusion_proof(TILES.at(size), index, size)
        for other in set(range(66)) - {size}:
            with pytest.raises(ProofInvalid):
                verify_inclusion(LEAVES[index], index, other, proof, ROOTS[other])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (5, 3), (0, -1)])
def test_no_proof_is_made_for_a_leaf_outside_the_tree(index, size):
    with pytest.raises(OutsideTree):
        inclusion_proof(TILES.at(8), index, size)


def test_what_is_not_a_hash_is_no_part_of_an_inclusion_proof():
    proof = inclusion_proof(TILES.at(8), 3, 8)
    moved = [proof[0] + proof[1][:1], proof[1][1:], proof[2]]

    for leaf, path, root in [(LEAVES[3], moved, ROOTS[8]), (LEAVES[3][:-1], proof, ROOTS[8]), (LEAVES[3], proof, b"")]:
        with pytest.raises(NotAHash):
            verify_inclusion(leaf, 3, 8, path, root)


# Trees of many tiles


@pytest.mark.requirement("PF-1", "PF-2")
@given(st.data())
def test_proofs_hold_in_trees_of_several_tiles(data):
    new = data.draw(st.integers(1, 2_000))
    old = data.draw(st.integers(0, new))
    index = data.draw(st.integers(0, new - 1))
    reader = TILES.at(new)
    old_tree, new_tree = TreeHasher(), TreeHasher()
    old_tree.extend(LEAVES[:old])
    new_tree.extend(LEAVES[:new])

    assert root_at(reader, new) == new_tree.root()
    verify_inclusion(LEAVES[index], index, new, inclusion_proof(reader, index, new), new_tree.root())
    verify_consistency(old, old_tree.root(), new, new_tree.root(), consistency_proof(reader, old, new))


@pytest.fixture(scope="module")
def large():
    """A log of three levels of tiles."""
    return Tiles([leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)])


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 65_792, 70_000])
@pytest.mark.parametrize("index", [0, 255, 256, 40_000, 65_534])
def test_a_proof_in_a_large_log_reads_two_tiles_a_level(large, index, size):
    whole = TreeHasher()
    whole.extend(large.levels[0][:size])
    proof = inclusion_proof(large.at(size), index, size)

    verify_inclusion(large.levels[0][index], index, size, proof, whole.root())
    assert len(proof) <= 17
    assert len(large.read) == len(set(large.read)) <= 6
    assert root_at(large, size) == whole.root()


@pytest.mark.requirement("PF-2")
@pytest.mark.parametrize("old", [1, 255, 256, 257, 65_535, 65_536, 65_537, 69_999])
def test_consistency_in_a_large_log_reads_two_tiles_a_level(large, old):
    before, after = TreeHasher(), TreeHasher()
    before.extend(large.levels[0][:old])
    after.extend(large.levels[0])
    proof = consistency_proof(large.at(70_000), old, 70_000)

    verify_consistency(old, before.root(), 70_000, after.root(), proof)
    assert len(large.read) == len(set(large.read)) <= 6


def test_a_tile_of_the_wrong_length_is_not_used():
    class Short:
        def tiles(self, addresses):
            return {address: bytes(32 * address.width - 1) for address in addresses}

    with pytest.raises(TileMalformed):
        root_at(Short(), 5)


def test_no_tree_has_fewer_leaves_than_none():
    with pytest.raises(OutsideTree):
        root_at(TILES, -1)
