"""Whether every row is, in its present state, what its line says, and none is missing: decided in one walk (PF-10).

Exact, in constant memory. Each line lists the rows that its act wrote, with the count of the row's states and the
digest of this one; each row names the last line that wrote it. Walking lines and rows side by side shows that each
row stands in its line as it is. As every key has the states 1 … k in the lines, two sums settle the rest: as many
rows as first states means that no row is missing, and as many states as the rows count together means that every row
is in its last one.
"""

from bisect import bisect_right
from collections import Counter

from app.audit.evidence import evidenced_models
from app.audit.models import CommittedText
from app.audit.verification.contents import Listed
from app.audit.verification.decoding import Item
from app.audit.verification.describing import line_finding
from app.audit.verification.digests import INDEX, LOG, VERSION, RowDigester
from app.audit.verification.particulars import ParticularsDigester
from app.audit.verification.snapshot import Head, Snapshot
from app.audit.verification.texts import TextDigester
from app.audit.verification.verdict import Code, Findings, shown
from app.storage.particulars import HasParticulars
from app.storage.tables import Base
from app.storage.vault import Vault

CHUNK = 256
Position = tuple[int, int]


class TableWalk:
    """The rows of one table in the order of the lines that they name, and the sums over them."""

    def __init__(self, snap: Snapshot, digester: RowDigester, log_id: int | None) -> None:
        self._chunks = snap.stream(digester.ordered(log_id), CHUNK)
        self._digester = digester
        self.rows = self.states = 0
        self.suspect = False
        self._positions: list[Position] = []
        self._items: list[Item] = []
        self._load()

    def judge(self, last: Position, said: dict[Item, Position]) -> None:
        """Judge the rows that name a line up to this one by what the lines since the last call say of them."""
        while self._positions and self._positions[0] <= last:
            cut = bisect_right(self._positions, last)
            if [said.get(item) for item in self._items[:cut]] != self._positions[:cut]:
                self.suspect = True
            del self._items[:cut], self._positions[:cut]
            if not self._positions:
                self._load()

    def settle(self, firsts: int, states: int) -> bool:
        """Say whether every row was met as the lines say, none is missing, and each is in its last state."""
        return not (self.suspect or self._positions) and (self.rows, self.states) == (firsts, states)

    def _load(self) -> None:
        """Take up the next rows; those that name no line of any log, by a position that is no number, are suspect."""
        for rows in self._chunks:
            numbered = [row for row in rows if type(row[LOG]) is type(row[INDEX]) is type(row[VERSION]) is int]
            self.suspect |= len(numbered) < len(rows)
            self.rows += len(numbered)
            self.states += sum([row[VERSION] for row in numbered])
            self._positions = [row[:2] for row in numbered]
            self._items = self._digester.items(numbered)
            if numbered:
                return


def _digester(model: type[Base], vault: Vault | None) -> RowDigester:
    if model is CommittedText:
        return TextDigester(vault)
    return ParticularsDigester(model, vault) if issubclass(model, HasParticulars) else RowDigester(model)


class StateWalk:
    """All evidenced tables, walked beside the lines of all logs, or of one."""

    def __init__(
        self, snap: Snapshot, heads: list[Head], log_id: int | None, findings: Findings, vault: Vault | None
    ) -> None:
        self._snap, self._findings = snap, findings
        self._origins = {head.id: head.origin for head in heads}
        self._digesters = [_digester(model, vault) for _, model in sorted(evidenced_models().items())]
        self._walks = {digester.table: TableWalk(snap, digester, log_id) for digester in self._digesters}
        self._firsts: Counter[str] = Counter()
        self._states: Counter[str] = Counter()

    def meet(self, last: Position, listed: Listed) -> None:
        """Judge what a group of lines, up to the one at this position, says of rows."""
        tables = Counter([item[0] for item in listed.items])
        if not tables.keys() <= self._walks.keys():
            listed = self._known(listed)
        said = dict(zip(listed.items, listed.positions, strict=True))
        self._states.update(tables)
        self._firsts.update([item[0] for item in listed.items if item[2] == 1])
        for walk in self._walks.values():
            walk.judge(last, said)

    def suspects(self) -> set[str]:
        """Return the tables that are not as the lines say; to be asked once, when all lines were met."""
        for digester in self._digesters:
            for position, key, code in digester.faults:
                self._add(code, position, digester.table, key)
        return {name for name, walk in self._walks.items() if not walk.settle(self._firsts[name], self._states[name])}

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return sum(walk.rows for walk in self._walks.values())

    def _known(self, listed: Listed) -> Listed:
        """Return what is said of tables there are, and name the lines that speak of others."""
        known = Listed([], [])
        for item, position in zip(listed.items, listed.positions, strict=True):
            if item[0] in self._walks:
                known.items.append(item)
                known.positions.append(position)
            else:
                self._add(Code.TABLE_UNKNOWN, position, shown(item[0]), shown(item))
        return known

    def _add(self, code: Code, position: Position, table: str, key: str) -> None:
        self._findings.add(line_finding(self._snap, code, self._origins, position, table=table, key=key))
