"""The lines of one log: hashed again, counted, put back into the tree, and compared with tiles, head and seals."""

from collections.abc import Iterator

from sqlalchemy import select

from app.audit.signer import Trust
from app.audit.tree import HASH_SIZE, TILE_WIDTH, TreeHasher, leaf_hash, split_hashes, subtree_root
from app.audit.verification.describing import describe_body
from app.audit.verification.seals import Seals
from app.audit.verification.snapshot import LINE, Head, Row, Snapshot
from app.audit.verification.stored_tiles import StoredTile, TileStream
from app.audit.verification.verdict import Code, Finding, Findings, LogVerdict, shown

CHUNK = TILE_WIDTH
LONGEST_GAP = 100_000
INDEX, BODY, HASH, SUBJECT, SEQUENCE = range(5)


class LogWalk:
    """Walks the lines of a log once, in order, and judges them; `chunks` hands them on to who reads their content."""

    def __init__(self, snap: Snapshot, head: Head, trust: Trust, findings: Findings) -> None:
        self._snap, self._head, self._findings = snap, head, findings
        self._tree = TreeHasher()
        self._tiles = TileStream(snap, head, findings)
        self._seals = Seals(snap, head, trust, findings)
        self._roots: list[bytes] = []

    def chunks(self) -> Iterator[tuple[list[Row], list[bytes]]]:
        """Yield lines (index, body, stored hash, subject, sequence), without gaps, beside the hashes they should have.

        A line that is missing has its index and no body.
        """
        held: list[Row] = []
        for rows in self._dense():
            held += rows
            # Whole tiles only, so that a tile is judged at once.
            whole = len(held) - len(held) % TILE_WIDTH
            if whole:
                yield held[:whole], self._judge(held[:whole])
                held = held[whole:]
        if held:
            yield held, self._judge(held)

    def verdict(self) -> LogVerdict:
        """Compare what the lines amount to with upper tiles, head and seals, and return how the log stands."""
        self._tiles.judge_upper(self._roots)
        self._judge_head()
        self._seals.finish(self._tree.size)
        return LogVerdict(self._head.origin, self._tree.size, self._seals.sealed, self._seals.good)

    def _dense(self) -> Iterator[list[Row]]:
        query = select(LINE.line_index, LINE.body, LINE.leaf_hash, LINE.subject, LINE.subject_sequence)
        expected = 0
        for rows in self._snap.stream(query.where(LINE.log_id == self._head.id).order_by(LINE.line_index), CHUNK):
            if [row[INDEX] for row in rows] != list(range(expected, expected + len(rows))):
                rows = self._without_gaps(rows, expected)
            expected += len(rows)
            yield rows

    def _without_gaps(self, rows: list[Row], expected: int) -> list[Row]:
        dense: list[Row] = []
        for row in rows:
            index = row[INDEX]
            place = expected + len(dense)
            if type(index) is not int or not place <= index <= place + LONGEST_GAP:
                self._add(Code.LINE_MISPLACED, row, expected=str(place), found=str(index))
                continue
            for missing in range(place, index):
                self._findings.add(Finding(Code.LINE_MISSING, self._head.origin, missing))
                dense.append((missing, None, None, None, None))
            dense.append(row)
        return dense

    def _judge(self, rows: list[Row]) -> list[bytes]:
        """Return the leaf hashes that these lines should have, and grow the tree by them."""
        stored = [row[HASH] for row in rows]
        try:
            leaves = [leaf_hash(row[BODY]) for row in rows]
        except TypeError:  # a line that is missing, or no bytes
            leaves = [leaf_hash(row[BODY] if isinstance(row[BODY], bytes) else b"") for row in rows]
        tiles = []
        for start in range(0, len(rows) - TILE_WIDTH + 1, TILE_WIDTH):
            part = slice(start, start + TILE_WIDTH)
            tile = self._tiles.take(0, (self._tree.size + start) // TILE_WIDTH)
            if tile is None or tile.hashes != b"".join(leaves[part]) or leaves[part] != stored[part]:
                leaves[part] = self._settle(rows[part], leaves[part], tile)
            tiles.append(tile)
        rest = len(rows) - len(rows) % TILE_WIDTH
        if leaves[rest:] != stored[rest:]:
            leaves[rest:] = self._settle(rows[rest:], leaves[rest:], None)
        self._grow(leaves, tiles)
        return leaves

    def _grow(self, leaves: list[bytes], tiles: list[StoredTile | None]) -> None:
        before, start = self._tree.size, 0
        roots: list[bytes] = []
        for size in self._seals.due(before + len(leaves)):
            roots += self._tree.extend(leaves[start : size - before])
            start = max(start, size - before)
            self._seals.judge(self._tree.root())
        roots += self._tree.extend(leaves[start:])
        for tile, root in zip(tiles, roots, strict=True):
            if tile and tile.root != root:
                self._tiles.altered(tile, root)
        self._roots += roots

    def _settle(self, rows: list[Row], leaves: list[bytes], tile: StoredTile | None) -> list[bytes]:
        """Say which of line, stored hash and tile was altered, and return the hashes that were there before.

        The root beside a tile decides between tile and line. Where no tile can be asked, a line that disagrees with
        its hash is taken for altered.
        """
        if tile and tile.is_sound:
            kept = split_hashes(tile.hashes)
        else:
            kept = [row[HASH] if _is_hash(row[HASH]) else leaf for row, leaf in zip(rows, leaves, strict=True)]
            if tile:
                self._tiles.altered(tile, subtree_root(list(kept)))
        for row, leaf, should in zip(rows, leaves, kept, strict=True):
            if row[BODY] is not None and leaf != should:
                self._add(Code.LINE_ALTERED, row, expected=should.hex(), found=leaf.hex())
            elif row[BODY] is not None and row[HASH] != should:
                self._add(Code.LINE_HASH_ALTERED, row, expected=should.hex(), found=shown(row[HASH]))
        return kept

    def _judge_head(self) -> None:
        head, size, frontier = self._head, self._tree.size, self._tree.frontier().to_bytes()
        if (head.size, head.frontier) == (size, frontier):
            return
        if head.size > size and head.frontier != frontier:
            lost = Finding(Code.LINE_MISSING, head.origin, size, expected=str(head.size), found=str(size))
            self._findings.add(lost)
            return
        expected, found = f"{size} {frontier.hex()}", f"{head.size} {shown(head.frontier)}"
        self._findings.add(Finding(Code.HEAD_ALTERED, head.origin, expected=shown(expected), found=shown(found)))

    def _add(self, code: Code, row: Row, **values: str) -> None:
        action, subject = describe_body(row[BODY])
        self._findings.add(Finding(code, self._head.origin, row[INDEX], action, subject, **values))


def _is_hash(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == HASH_SIZE
