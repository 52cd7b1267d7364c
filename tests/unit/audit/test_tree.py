"""The tree against RFC 9162, the test vectors of Certificate Transparency, and pymerkle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from app.audit.tree import (
    EMPTY_ROOT,
    TILE_WIDTH,
    Frontier,
    NotAHash,
    TileAddress,
    TileMalformed,
    TreeHasher,
    leaf_hash,
    node_hash,
    parse_tile_path,
    tile_root,
    tiles_between,
)

# The eight entries that Certificate Transparency's implementations test with, and the roots of the trees over the first
# n of them (certificate-transparency, merkle_tree_test; the same in github.com/transparency-dev/merkle).
CT_ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

LEAVES = [leaf_hash(b"line %d" % number) for number in range(2_000)]


def frontier_of(leaves):
    frontier = Frontier.empty()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier


def test_leaves_and_nodes_hash_with_different_prefixes():
    left, right = leaf_hash(b""), leaf_hash(b"\x00")

    assert left.hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert right.hex() == "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
    assert node_hash(left, right).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize("size", range(9))
def test_the_root_is_the_one_certificate_transparency_knows(size):
    leaves = [leaf_hash(entry) for entry in CT_ENTRIES[:size]]

    assert frontier_of(leaves).root().hex() == CT_ROOTS[size]


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert Frontier.empty().root() == EMPTY_ROOT == TreeHasher().root()
    assert EMPTY_ROOT.hex() == CT_ROOTS[0]


def test_every_root_is_the_one_pymerkle_finds():
    oracle = InmemoryTree(algorithm="sha256")
    frontier = Frontier.empty()
    for size in range(1, 301):
        oracle.append_entry(b"line %d" % (size - 1))
        frontier = frontier.append(LEAVES[size - 1])

        assert frontier.root() == oracle.get_root(), size


@given(st.integers(0, 2_000), st.integers(0, 40))
def test_a_frontier_that_was_stored_grows_as_if_it_never_was(size, more):
    stored = frontier_of(LEAVES[:size]).to_bytes()
    grown = Frontier.from_bytes(size, stored)
    for leaf in LEAVES[size : size + more]:
        grown = grown.append(leaf)

    assert grown == frontier_of(LEAVES[: size + more])


def test_a_frontier_takes_thirty_two_bytes_a_peak():
    assert len(frontier_of(LEAVES[:1_000]).to_bytes()) == 32 * 6  # 1000 = 512 + 256 + 128 + 64 + 32 + 8


@pytest.mark.parametrize(
    ("size", "length"), [(1, 0), (1, 31), (1, 33), (1, 64), (3, 32), (0, 32), (-1, 32), (-3, 64), (4, 31)]
)
def test_a_stored_frontier_that_does_not_fit_its_size_is_refused(size, length):
    with pytest.raises(TileMalformed):
        Frontier.from_bytes(size, bytes(length))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_only_hashes_are_appended(length):
    with pytest.raises(NotAHash):
        Frontier.empty().append(bytes(length))
    with pytest.raises(NotAHash):
        TreeHasher().extend([bytes(length)])


def test_a_byte_that_moves_from_one_hash_to_its_neighbour_is_noticed():
    tile = LEAVES[:TILE_WIDTH]
    moved = [tile[0] + tile[1][:1], tile[1][1:], *tile[2:]]

    with pytest.raises(NotAHash):
        TreeHasher().extend(moved)


@given(st.lists(st.integers(0, 600), max_size=8))
def test_hashing_in_batches_of_any_size_is_appending_one_by_one(batches):
    hasher, roots = TreeHasher(), []
    for batch in batches:
        start = hasher.size
        roots += hasher.extend(iter(LEAVES[start : start + batch]))

        assert hasher.root() == frontier_of(LEAVES[: hasher.size]).root()

    full = hasher.size // TILE_WIDTH
    tiles = [b"".join(LEAVES[i * TILE_WIDTH : (i + 1) * TILE_WIDTH]) for i in range(full)]
    assert hasher.frontier() == frontier_of(LEAVES[: hasher.size])
    assert roots == [tile_root(tile) for tile in tiles]


@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_hashing_goes_on_from_a_stored_frontier(size, more):
    hasher = TreeHasher(frontier_of(LEAVES[:size]))
    hasher.extend(LEAVES[size : size + more])

    assert hasher.size == size + more
    assert hasher.frontier() == frontier_of(LEAVES[: size + more])


def test_the_roots_of_tiles_are_the_leaves_of_the_level_above():
    below, above = TreeHasher(), TreeHasher()
    above.extend(below.extend(LEAVES[:1_792]))  # seven full tiles

    assert above.size == 7
    assert above.root() == below.root()


def test_the_root_of_a_full_tile_is_the_root_of_a_tree_of_256():
    tile = b"".join(LEAVES[:TILE_WIDTH])

    assert tile_root(tile) == frontier_of(LEAVES[:TILE_WIDTH]).root()


@pytest.mark.parametrize("hashes", [0, 1, 128, 255, 257, 512])
def test_only_a_full_tile_has_a_root(hashes):
    with pytest.raises(TileMalformed):
        tile_root(bytes(hashes * 32))


@pytest.mark.parametrize(
    ("address", "path"),
    [
        (TileAddress(0, 0), "tile/0/000"),
        (TileAddress(0, 999), "tile/0/999"),
        (TileAddress(1, 1000), "tile/1/x001/000"),
        (TileAddress(0, 1234067), "tile/0/x001/x234/067"),  # the example of the specification
        (TileAddress(3, 1234067, 8), "tile/3/x001/x234/067.p/8"),
        (TileAddress(63, 5, 255), "tile/63/005.p/255"),
    ],
)
def test_a_tile_has_the_path_of_the_specification(address, path):
    assert address.path() == path
    assert parse_tile_path(path) == address


@given(st.integers(0, 63), st.integers(0, 2**55), st.integers(1, TILE_WIDTH))
def test_a_path_names_one_tile(level, index, width):
    address = TileAddress(level, index, width)

    assert parse_tile_path(address.path()) == address


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/000",  # an element that says nothing
        "tile/0/x01/000",
        "tile/0/001/000",  # without its x
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/08",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/٠٠٠",  # digits, but not these
        "tile/entries/000",
        "tile/0/../000",
        "tile/0/" + "x001/" * 2_000 + "000",
    ],
)
def test_a_path_of_any_other_form_is_refused(path):
    with pytest.raises(TileMalformed):
        parse_tile_path(path)


@pytest.mark.parametrize(("level", "index", "width"), [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_cannot_be_has_no_address(level, index, width):
    with pytest.raises(TileMalformed):
        TileAddress(level, index, width)


def test_the_entries_behind_a_tile_have_a_path_too():
    assert TileAddress(0, 1234067, 8).entries_path() == "tile/entries/x001/x234/067.p/8"
    with pytest.raises(TileMalformed):
        TileAddress(1, 0).entries_path()


def test_a_tree_has_the_tiles_of_the_specification():
    tiles = list(tiles_between(0, 70_000))

    # "A tree of size 70,000": 273 full tiles at level 0 and one of 112; one full at level 1 and one of 17; one of 1.
    assert [tile for tile in tiles if tile.level == 0] == [
        *(TileAddress(0, i) for i in range(273)),
        TileAddress(0, 273, 112),
    ]
    assert [tile for tile in tiles if tile.level > 0] == [
        TileAddress(1, 0),
        TileAddress(1, 1, 17),
        TileAddress(2, 0, 1),
    ]
    assert list(tiles_between(0, 256)) == [TileAddress(0, 0), TileAddress(1, 0, 1)]
    assert list(tiles_between(0, 0)) == []


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_new_tiles_are_those_that_the_smaller_tree_had_not(one, other):
    old, new = sorted((one, other))

    assert set(tiles_between(old, new)) == set(tiles_between(0, new)) - set(tiles_between(0, old))
