"""The store of files: each under its SHA-256, read only as it was written, gone only when nobody names it."""

import hashlib

import pytest

from app.kernel import clock
from app.storage.errors import FileAltered, FileMissing
from app.storage.files import SEALED, FileStore
from tests.installation import vault_in

CONTENT = b"a photo"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path):
    """A store with one file in it."""
    made = FileStore(tmp_path / "files", vault_in(tmp_path))
    made.put(CONTENT)
    return made


def stored(store):
    """Return where the file of the store stands."""
    name = store.name_of(DIGEST)
    return store.folder / SEALED / name[:2] / name


@pytest.mark.requirement("ER-15")
def test_a_file_is_found_by_what_is_in_it(store):
    assert store.put(CONTENT) == DIGEST
    assert store.read(DIGEST) == CONTENT
    assert list(store.names()) == [store.name_of(DIGEST)]


def test_nobody_else_on_the_machine_reads_it(store):
    assert stored(store).stat().st_mode & 0o077 == 0
    assert store.folder.stat().st_mode & 0o077 == 0


@pytest.mark.requirement("ER-15", "A11-7.1")
def test_a_swapped_file_is_never_handed_out(store):
    stored(store).write_bytes(b"another")

    with pytest.raises(FileAltered):
        store.read(DIGEST)
    with pytest.raises(FileAltered):
        store.check(DIGEST)


def test_a_missing_file_says_so(store):
    stored(store).unlink()

    with pytest.raises(FileMissing):
        store.read(DIGEST)
    with pytest.raises(FileMissing):
        store.check(DIGEST)


def test_a_damaged_file_that_comes_again_is_good_again(store):
    stored(store).write_bytes(b"another")
    store.put(CONTENT)

    assert store.read(DIGEST) == CONTENT


@pytest.mark.parametrize("name", ["../../etc/passwd", "", DIGEST.upper(), DIGEST + "0"])
def test_nothing_but_a_digest_leads_to_a_file(store, name):
    with pytest.raises(FileMissing):
        store.read(name)


def test_what_came_lately_is_not_cleared_away(store):
    assert not store.discard(store.name_of(DIGEST), unless_younger=60)
    assert store.read(DIGEST) == CONTENT


def test_what_was_made_from_a_file_goes_with_it(store):
    store.keep_made(DIGEST, "small.jpg", b"small")
    before = store.made(DIGEST, "small.jpg")
    with clock.simulated(clock.now()) as simulation:
        simulation.advance(hours=2)
        gone = store.discard(store.name_of(DIGEST), unless_younger=3600)

    assert before == b"small"
    assert gone
    assert list(store.names()) == []
    assert store.made(DIGEST, "small.jpg") is None


def test_nothing_is_kept_of_a_file_that_is_gone(store):
    stored(store).unlink()
    store.keep_made(DIGEST, "small.jpg", b"small")

    assert store.made(DIGEST, "small.jpg") is None


def test_a_file_put_again_counts_as_new(store):
    with clock.simulated(clock.now()) as simulation:
        simulation.advance(hours=2)
        store.put(CONTENT)
        gone = store.discard(store.name_of(DIGEST), unless_younger=3600)

    assert not gone
