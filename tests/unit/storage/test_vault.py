"""The key store: what was sealed opens with its own key alone, and never again once that is destroyed (GD-25-1)."""

import multiprocessing

import pytest

from app.storage.branching import LABEL, KeyTree, TreeMalformed
from app.storage.errors import KeyDestroyed, KeyMissing, SealedAltered, VaultClosed
from app.storage.vault import Mark, Vault, mark_of
from tests.installation import vault_in

OWNER, BOUND, WORDS = "somebody", "text|1", "Plateau essuyé".encode()
PLACES = (0, 1, 5, 2**32, 2**63, 2**64 - 1)


@pytest.fixture
def vault(tmp_path):
    """A key store in which nobody has a key yet."""
    return vault_in(tmp_path)


@pytest.mark.requirement("GD-25-1")
def test_cutting_a_leaf_takes_that_key_and_no_other():
    tree = KeyTree.planted()
    before = {place: tree.key(place) for place in PLACES}

    for cut in PLACES:
        left = tree.without({cut: bytes(LABEL)})
        assert left.key(cut) is None
        assert {place: left.key(place) for place in PLACES if place != cut} == {
            place: key for place, key in before.items() if place != cut
        }
    assert len(set(before.values())) == len(PLACES)


@pytest.mark.requirement("GD-25-1")
def test_what_is_left_of_a_tree_holds_no_node_on_the_way_to_what_was_cut():
    tree = KeyTree.planted().without(dict.fromkeys(PLACES, bytes(LABEL)))

    ways = {(level, place >> (64 - level)) for place in PLACES for level in range(65)}
    assert ways & tree.nodes.keys() == set()
    assert [tree.key(place) for place in PLACES] == [None] * len(PLACES)


@pytest.mark.requirement("GD-25-1")
@pytest.mark.parametrize("others", [2, 40], ids=["few", "many"])
def test_trees_that_are_planted_together_are_as_those_planted_alone_and_replace_none(vault, others):
    owners = [f"q{number}" for number in range(1, others + 1)]
    sealed = vault.seal(OWNER, b"before", BOUND)
    stale = vault.folder / "q2.keys.new"
    stale.write_bytes(b"left by a crash")
    stale.chmod(0o644)
    vault.plant([OWNER, *owners])
    other = vault.seal("q2", b"after", BOUND)
    modes = {path.stat().st_mode & 0o777 for path in vault.folder.glob("*.keys")}

    assert vault.open(OWNER, sealed, BOUND) == b"before"
    assert vault.open("q2", other, BOUND) == b"after"
    assert set(vault.owners()) == {*owners, OWNER}
    assert modes == {0o600}
    assert list(vault.folder.glob("*.new")) == []


def test_neighbours_that_are_cut_together_cost_little():
    tree = KeyTree.planted()

    assert len(tree.without(dict.fromkeys(range(4096, 8192), bytes(LABEL))).nodes) < 64


def test_a_tree_comes_back_from_its_bytes_as_it_was():
    tree = KeyTree.planted().without(dict.fromkeys(PLACES, b"a label of 16 by"))
    again = KeyTree.from_bytes(tree.to_bytes())

    assert (again.root, again.nodes, again.gone) == (tree.root, tree.nodes, tree.gone)
    for damaged in (b"", tree.to_bytes()[:-1], tree.to_bytes()[:-49]):
        with pytest.raises(TreeMalformed):
            KeyTree.from_bytes(damaged)


@pytest.mark.requirement("GD-25-1")
def test_what_was_sealed_opens_for_the_same_owner_and_place_alone(vault):
    sealed = vault.seal(OWNER, WORDS, BOUND)
    other = vault.seal("another", WORDS, BOUND)

    assert vault.open(OWNER, sealed, BOUND) == WORDS
    assert WORDS not in sealed
    for owner, bound, data in ((OWNER, "text|2", sealed), (OWNER, BOUND, sealed[:-1] + b"x"), (OWNER, BOUND, b"")):
        with pytest.raises(SealedAltered):
            vault.open(owner, data, bound)
    with pytest.raises(KeyMissing):
        vault.open(OWNER, other, BOUND)


@pytest.mark.requirement("GD-25-1")
def test_a_destroyed_key_opens_nothing_and_its_neighbours_open_as_before(vault):
    sealed = {f"text|{number}": vault.seal(OWNER, WORDS, f"text|{number}") for number in range(20)}
    vault.destroy(OWNER, [(mark_of(sealed["text|7"]), "text|7")])
    vault.destroy(OWNER, [(mark_of(sealed["text|7"]), "text|7")])

    with pytest.raises(KeyDestroyed):
        vault.open(OWNER, sealed["text|7"], "text|7")
    assert {vault.open(OWNER, data, bound) for bound, data in sealed.items() if bound != "text|7"} == {WORDS}
    assert vault.open(OWNER, vault.seal(OWNER, b"after", "text|21"), "text|21") == b"after"


@pytest.mark.requirement("GD-25-1")
def test_a_key_that_was_destroyed_for_one_thing_does_not_excuse_the_loss_of_another(vault):
    gone, other = vault.seal(OWNER, WORDS, BOUND), "text|2"
    vault.destroy(OWNER, [(mark_of(gone), BOUND)])

    with pytest.raises(KeyMissing):
        vault.open(OWNER, gone, other)


def test_another_process_stops_opening_at_once(vault, tmp_path):
    sealed = vault.seal(OWNER, WORDS, BOUND)
    before = vault.open(OWNER, sealed, BOUND)
    elsewhere = multiprocessing.get_context("spawn").Process(target=destroy, args=(tmp_path, mark_of(sealed)))
    elsewhere.start()
    elsewhere.join()

    assert before == WORDS
    with pytest.raises(KeyDestroyed):
        vault.open(OWNER, sealed, BOUND)


def destroy(var, mark):
    """Destroy a key in a process of its own."""
    vault_in(var).destroy(OWNER, [(mark, BOUND)])


def test_no_two_things_get_one_key(vault, tmp_path):
    other = vault_in(tmp_path)
    marks = [mark_of(store.seal(OWNER, WORDS, BOUND)) for store in (vault, other) for _ in range(500)]

    assert len(set(marks)) == 1000
    assert {Mark.from_text(str(mark)) for mark in marks} == set(marks)


@pytest.mark.requirement("GD-25-1", "AS-13.3.1")
def test_the_files_of_the_store_are_for_their_owner_alone_and_hold_no_key_in_the_clear(vault):
    vault.seal(OWNER, WORDS, BOUND)
    (path,) = vault.folder.glob("*.keys")
    tree = vault._tree(OWNER)

    assert path.stat().st_mode & 0o077 == 0
    assert vault.folder.stat().st_mode & 0o077 == 0
    assert not any(node in path.read_bytes() for node in tree.nodes.values())


def test_without_its_master_key_or_with_another_the_store_is_closed(vault, tmp_path):
    sealed = vault.seal(OWNER, WORDS, BOUND)
    (tmp_path / "another").write_bytes(bytes(32))

    for master in (tmp_path / "nothing", tmp_path / "another"):
        with pytest.raises(VaultClosed):
            Vault(vault.folder, master).open(OWNER, sealed, BOUND)


def test_a_tree_that_was_lost_is_no_erasure(vault, tmp_path):
    sealed = vault.seal(OWNER, WORDS, BOUND)
    vault.remove(OWNER)
    with pytest.raises(KeyMissing):
        vault.open(OWNER, sealed, BOUND)
    vault.seal(OWNER, b"a new tree", "text|9")

    with pytest.raises(KeyMissing):
        vault.open(OWNER, sealed, BOUND)
