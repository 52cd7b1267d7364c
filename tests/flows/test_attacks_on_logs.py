"""Changing lines, tree, head and checkpoints with SQL behind the application's back: verification names what was
changed, or which seal shows that it was.
"""

import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import make_url

from app.audit.checkpoints import Checkpoint as SignedHead
from app.audit.checkpoints import sign_checkpoint
from app.audit.errors import SignerRefuses
from app.audit.models import Checkpoint, Line, Log, Tile
from app.audit.notes import Ed25519Signer
from app.audit.sealing import seal_log
from app.audit.tree import leaf_hash, tile_root
from app.audit.verification import Code
from app.storage.tables import table_of
from tests.attacks import behind, forge, judged, line, mend_head, named, put, remove, rows_of, seal, url_of
from tests.bench import biglog

ALPHA = "cahier.test/operator/alpha"
LONG = 600
LINES, LOGS, TILES, CHECKPOINTS = (table_of(model) for model in (Line, Log, Tile, Checkpoint))
pytestmark = pytest.mark.requirement("PF-1", "PF-2", "A11d-12.3")


@pytest.fixture
def alpha(populated):
    """The number of the log of an operator, whose lines were sealed."""
    seal(populated)
    with behind(url_of(populated), fenced=True) as connection:
        return next(log["id"] for log in rows_of(connection, LOGS) if log["origin"] == ALPHA)


@pytest.fixture
def size(populated, alpha):
    """The number of its lines."""
    with behind(url_of(populated), fenced=True) as connection:
        return sum(row["log_id"] == alpha for row in rows_of(connection, LINES))


@pytest.fixture
def long(populated):
    """The same, grown past two tiles and sealed."""
    biglog.grow(populated.storage, LONG, operator_id=populated.operator_id("ALPHA"))
    seal(populated)
    with behind(url_of(populated), fenced=True) as connection:
        return next(log["id"] for log in rows_of(connection, LOGS) if log["origin"] == ALPHA)


def codes(verdict):
    """Return the kinds of what was found."""
    return {finding.code for finding in verdict.findings}


def test_a_grown_and_sealed_log_holds(populated, long):
    verdict = judged(populated)

    assert verdict.findings == ()
    assert [(log.size, log.sealed) for log in verdict.logs if log.origin == ALPHA] == [(LONG, LONG)]


@pytest.mark.parametrize("index", [3, 300, LONG - 1])
def test_altering_the_bytes_of_a_line_names_the_line(populated, long, index):
    with behind(url_of(populated)) as connection:
        stored = line(connection, long, index)
        put(connection, LINES, stored, body=stored["body"].replace(b'"actor":"person:', b'"actor":"person:0'))

    verdict = judged(populated, whole=False)

    (finding,) = verdict.findings
    assert (finding.code, finding.log, finding.index) == (Code.LINE_ALTERED, ALPHA, index)
    assert finding.action.count(":") == 2


@pytest.mark.parametrize("index", [3, 300])
def test_altering_the_stored_hash_of_a_line_names_it(populated, long, index):
    with behind(url_of(populated)) as connection:
        stored = line(connection, long, index)
        put(connection, LINES, stored, leaf_hash=leaf_hash(b"something else"))

    (finding,) = judged(populated, whole=False).findings

    assert (finding.code, finding.index) == (Code.LINE_HASH_ALTERED, index)


def test_altering_a_line_and_its_hash_names_the_line_by_its_tile(populated, long):
    with behind(url_of(populated)) as connection:
        stored = line(connection, long, 300)
        body = stored["body"].replace(b'"net-mass"', b'"nett-mass"')
        put(connection, LINES, stored, body=body, leaf_hash=leaf_hash(body))

    found = named(judged(populated, whole=False), Code.LINE_ALTERED)

    assert [finding.index for finding in found] == [300]


def test_altering_a_line_with_hash_tile_and_head_contradicts_the_seals(populated, long):
    with behind(url_of(populated)) as connection:
        forge(connection, long, 300, role="nobody")
        tile = next(row for row in rows_of(connection, TILES) if (row["log_id"], row["tile_index"]) == (long, 1))
        hashes = b"".join(line(connection, long, index)["leaf_hash"] for index in range(256, 512))
        put(connection, TILES, tile, hashes=hashes, root=tile_root(hashes))

    found = codes(judged(populated, whole=False))

    assert found == {Code.CHECKPOINT_CONTRADICTED, Code.SIGNER_CONTRADICTED}


def test_a_rewritten_line_breaks_the_chain_of_its_subject(populated, long):
    with behind(url_of(populated)) as connection:
        forge(connection, long, LONG - 5, role="nobody")

    found = named(judged(populated), Code.CHAIN_BROKEN)

    assert [finding.index for finding in found] == [LONG - 4]


@pytest.mark.requirement("PF-3")
@pytest.mark.parametrize("index", [0, 7, 300])
def test_removing_a_line_from_the_middle_names_it(populated, long, index):
    with behind(url_of(populated)) as connection:
        remove(connection, LINES, line(connection, long, index))

    found = named(judged(populated, whole=False), Code.LINE_MISSING)

    assert [finding.index for finding in found] == [index]


def test_removing_the_last_lines_is_named(populated, alpha, size):
    with behind(url_of(populated)) as connection:
        for index in range(12, size):
            remove(connection, LINES, line(connection, alpha, index))

    verdict = judged(populated, whole=False)

    assert named(verdict, Code.LINE_MISSING)[0].index == 12
    assert {Code.CHECKPOINT_AHEAD, Code.SIGNER_AHEAD} <= codes(verdict)


def test_removing_the_last_lines_with_head_and_checkpoint_leaves_the_signers_memory(populated, alpha, size):
    with behind(url_of(populated)) as connection:
        for index in range(12, size):
            remove(connection, LINES, line(connection, alpha, index))
        mend_head(connection, alpha)
        for checkpoint in rows_of(connection, CHECKPOINTS):
            remove(connection, CHECKPOINTS, checkpoint)

    (finding,) = judged(populated, whole=False).findings

    assert (finding.code, finding.log, finding.expected, finding.found) == (Code.SIGNER_AHEAD, ALPHA, str(size), "12")


def test_the_signer_refuses_a_shortened_log(populated, alpha, size):
    signer = seal(populated)
    with behind(url_of(populated)) as connection:
        remove(connection, LINES, line(connection, alpha, size - 1))
        mend_head(connection, alpha)

    with pytest.raises(SignerRefuses, match="lines are gone"):
        seal_log(populated.storage, signer, alpha)


def test_the_signer_refuses_a_rewritten_log_that_grew(populated, alpha):
    signer = seal(populated)
    with behind(url_of(populated)) as connection:
        forge(connection, alpha, 5, role="nobody")
    biglog.grow(populated.storage, 40, operator_id=populated.operator_id("ALPHA"))

    with pytest.raises(SignerRefuses, match="does not continue"):
        seal_log(populated.storage, signer, alpha)


def test_the_signer_refuses_a_rewritten_log_also_when_it_signed_that_size_already(populated, alpha):
    signer = seal(populated)
    with behind(url_of(populated)) as connection:
        forge(connection, alpha, 5, role="nobody")
        mend_head(connection, alpha)

    with pytest.raises(SignerRefuses, match="does not continue"):
        seal_log(populated.storage, signer, alpha)


def test_the_signer_refuses_a_shortened_log_also_when_a_checkpoint_of_that_size_is_stored(populated, alpha, size):
    signer = seal(populated)
    biglog.grow(populated.storage, size + 13, operator_id=populated.operator_id("ALPHA"))
    seal_log(populated.storage, signer, alpha)
    with behind(url_of(populated)) as connection:
        for index in range(size, size + 13):
            remove(connection, LINES, line(connection, alpha, index))
        mend_head(connection, alpha)

    with pytest.raises(SignerRefuses, match=f"has {size} lines, but {size + 13} were signed"):
        seal_log(populated.storage, signer, alpha)


def test_inserting_a_line_out_of_time_is_named(populated, alpha, size):
    with behind(url_of(populated)) as connection:
        forge(connection, alpha, size - 1, time="2020-01-01T00:00:00.000Z", clock="server")

    verdict = judged(populated)

    assert named(verdict, Code.TIME_BACKWARDS)[0].index == size - 1
    assert Code.SIGNER_CONTRADICTED in codes(verdict)


def test_renumbering_lines_is_named(populated, alpha):
    with behind(url_of(populated)) as connection:
        first, second = line(connection, alpha, 4), line(connection, alpha, 5)
        put(connection, LINES, first, line_index=99)
        put(connection, LINES, second, line_index=4)
        put(connection, LINES, first | {"line_index": 99}, line_index=5)

    found = named(judged(populated), Code.LINE_MISPLACED)

    assert [finding.index for finding in found] == [4, 5]


def test_an_index_beyond_all_reason_is_named_and_ends(populated, alpha, size):
    with behind(url_of(populated)) as connection:
        put(connection, LINES, line(connection, alpha, size - 1), line_index=2**50)
        head = next(log for log in rows_of(connection, LOGS) if log["id"] == alpha)
        put(connection, LOGS, head, size=2**50 + 1)

    found = codes(judged(populated))

    assert {Code.LINE_MISPLACED, Code.LINE_MISSING} & found


@pytest.mark.parametrize(
    ("column", "value"), [("subject", "record:another"), ("subject_sequence", 77), ("body", b"{}"), ("body", b"\xff")]
)
def test_what_a_line_is_found_by_must_be_what_it_says(populated, alpha, column, value):
    with behind(url_of(populated)) as connection:
        put(connection, LINES, line(connection, alpha, 8), **{column: value})

    found = judged(populated).findings

    assert 8 in {finding.index for finding in found}


@pytest.mark.parametrize("column", ["hashes", "root"])
def test_altering_a_tile_names_it(populated, long, column):
    with behind(url_of(populated)) as connection:
        tile = next(row for row in rows_of(connection, TILES) if row["log_id"] == long)
        put(connection, TILES, tile, **{column: tile[column][:-1] + bytes([tile[column][-1] ^ 1])})

    (finding,) = judged(populated, whole=False).findings

    assert (finding.code, finding.table, finding.key) == (Code.TILE_ALTERED, "tile", "0/0")


def test_removing_and_inventing_tiles_is_named(populated, long):
    with behind(url_of(populated)) as connection:
        tile = next(row for row in rows_of(connection, TILES) if row["log_id"] == long)
        put(connection, TILES, tile, tile_index=9)

    found = judged(populated, whole=False).findings

    assert {(finding.code, finding.key) for finding in found} == {
        (Code.TILE_MISSING, "0/0"),
        (Code.TILE_UNEXPLAINED, "0/9"),
    }


@pytest.mark.parametrize("changed", ["shorter", "longer", "another frontier"])
def test_altering_the_head_of_a_log_is_named(populated, alpha, size, changed):
    altered = {"shorter": {"size": size - 1}, "longer": {"size": size + 1}}.get(changed, {"frontier": bytes(64)})
    with behind(url_of(populated)) as connection:
        head = next(log for log in rows_of(connection, LOGS) if log["id"] == alpha)
        put(connection, LOGS, head, **altered)

    found = named(judged(populated, whole=False), Code.HEAD_ALTERED)

    assert [finding.log for finding in found] == [ALPHA]


def test_giving_a_log_to_another_operator_is_named(populated, alpha):
    with behind(url_of(populated)) as connection:
        head = next(log for log in rows_of(connection, LOGS) if log["id"] == alpha)
        put(connection, LOGS, head, operator_id=None)

    found = named(judged(populated, whole=False), Code.LOG_ALTERED)

    assert [finding.log for finding in found] == [ALPHA]


@pytest.mark.requirement("PF-4")
def test_removing_a_whole_log_is_named(populated, alpha):
    with behind(url_of(populated)) as connection:
        for table in (LINES, CHECKPOINTS):
            for row in rows_of(connection, table):
                if row["log_id"] == alpha:
                    remove(connection, table, row)
        remove(connection, LOGS, next(log for log in rows_of(connection, LOGS) if log["id"] == alpha))

    found = judged(populated).findings

    assert {finding.log for finding in found if finding.code is Code.LOG_MISSING} == {ALPHA}
    assert named(judged(populated), Code.ROW_UNEXPLAINED) != []


def test_altering_a_checkpoint_is_named(populated, alpha, size):
    with behind(url_of(populated)) as connection:
        checkpoint = next(row for row in rows_of(connection, CHECKPOINTS) if row["log_id"] == alpha)
        said, forged = (f"\n{number}\n".encode() for number in (size, size - 1))
        put(connection, CHECKPOINTS, checkpoint, note=checkpoint["note"].replace(said, forged))

    (finding,) = judged(populated, whole=False).findings

    assert (finding.code, finding.log, finding.index) == (Code.CHECKPOINT_INVALID, ALPHA, size)


def test_a_checkpoint_signed_by_another_key_is_named(populated, alpha, size):
    forger = Ed25519Signer(ALPHA, Ed25519PrivateKey.generate())
    with behind(url_of(populated)) as connection:
        checkpoint = next(row for row in rows_of(connection, CHECKPOINTS) if row["log_id"] == alpha)
        note = sign_checkpoint(SignedHead(ALPHA, size, bytes(32)), forger)
        put(connection, CHECKPOINTS, checkpoint, note=note.to_bytes())

    (finding,) = judged(populated, whole=False).findings

    assert finding.code is Code.CHECKPOINT_INVALID


def test_restoring_an_old_copy_and_going_on_is_named_and_not_signed(populated, alpha, size, tmp_path):
    if not populated.storage.is_sqlite:
        return  # the copy of a file; what follows is the same on both
    path = make_url(url_of(populated)).database or ""
    signer = seal(populated)
    populated.storage.close()
    old = shutil.copy(path, tmp_path / "old.sqlite")
    biglog.grow(populated.storage, size + 13, operator_id=populated.operator_id("ALPHA"))
    signer = seal(populated)
    populated.storage.close()
    shutil.copy(old, path)

    (finding,) = judged(populated, signer, whole=False, origin=ALPHA).findings
    biglog.grow(populated.storage, size + 3, operator_id=populated.operator_id("ALPHA"))
    with pytest.raises(SignerRefuses, match="an old copy was restored"):
        seal_log(populated.storage, signer, alpha)

    assert (finding.code, finding.expected, finding.found) == (Code.SIGNER_AHEAD, str(size + 13), str(size))


def test_a_verification_reads_one_moment_while_others_write(populated, alpha, size):
    operator_id, sizes = populated.operator_id("ALPHA"), []

    def write_meanwhile(done, total):
        sizes.append(biglog.grow(populated.storage, size + done, operator_id=operator_id))

    verdict = judged(populated, progress=write_meanwhile)

    assert verdict.findings == ()
    assert [log.size for log in verdict.logs if log.origin == ALPHA] == [size]
    assert sizes != []
