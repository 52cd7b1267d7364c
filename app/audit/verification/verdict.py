"""What a verification answers: the findings, each with its place, and how far each log is covered by a seal."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

FINDINGS_OF_A_KIND = 100
SHOWN = 120


class Code(StrEnum):
    """Every kind of finding, by what is wrong."""

    LOG_MISSING = "log-missing"
    LOG_UNEXPLAINED = "log-unexplained"
    LOG_ALTERED = "log-altered"
    LINE_MISSING = "line-missing"
    LINE_ALTERED = "line-altered"
    LINE_HASH_ALTERED = "line-hash-altered"
    LINE_UNREADABLE = "line-unreadable"
    LINE_MISPLACED = "line-misplaced"
    LINE_SUBJECT_ALTERED = "line-subject-altered"
    CHAIN_BROKEN = "chain-broken"
    TIME_BACKWARDS = "time-backwards"
    ACTION_UNKNOWN = "action-unknown"
    TILE_MISSING = "tile-missing"
    TILE_ALTERED = "tile-altered"
    TILE_UNEXPLAINED = "tile-unexplained"
    HEAD_ALTERED = "head-altered"
    KEY_MISSING = "key-missing"
    CHECKPOINT_INVALID = "checkpoint-invalid"
    CHECKPOINT_CONTRADICTED = "checkpoint-contradicted"
    CHECKPOINT_AHEAD = "checkpoint-ahead"
    COSIGNATURE_INVALID = "cosignature-invalid"
    COSIGNATURES_MISSING = "cosignatures-missing"
    WITNESS_CONFLICT = "witness-conflict"
    SIGNER_CONTRADICTED = "signer-contradicted"
    SIGNER_AHEAD = "signer-ahead"
    ROW_ALTERED = "row-altered"
    ROW_REVERTED = "row-reverted"
    ROW_REMOVED = "row-removed"
    ROW_UNEXPLAINED = "row-unexplained"
    TABLE_UNKNOWN = "table-unknown"
    TABLE_DISAGREES = "table-disagrees"
    TEXT_ALTERED = "text-altered"
    TEXT_MISSING = "text-missing"
    TEXT_KEPT = "text-kept"
    FILE_MISSING = "file-missing"
    FILE_ALTERED = "file-altered"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be: a line of a log, or a row of a table and the line that speaks of it."""

    code: Code
    log: str = ""
    index: int | None = None
    action: str = ""
    subject: str = ""
    table: str = ""
    key: str = ""
    expected: str = ""
    found: str = ""

    @property
    def where(self) -> str:
        """The place in words of the database: table and key, log and index."""
        row = f"{self.table} {self.key}".strip()
        line = self.log if self.index is None else f"{self.log}#{self.index}"
        return ", ".join(part for part in (row, line) if part)


@dataclass(frozen=True)
class LogVerdict:
    """How long a log is, and up to where checkpoints that are good, or the signer's memory, vouch for it.

    `cosigned` is up to where a quorum of witnesses does, None where no policy asks for one; `cosigning` says that what
    is newer still has time to be cosigned.
    """

    origin: str
    size: int
    sealed: int
    checkpoints: int
    cosigned: int | None = None
    cosigning: bool = False


@dataclass(frozen=True)
class Verdict:
    """The answer; `omitted` counts further findings of a kind that was found too often to list each."""

    whole: bool
    logs: tuple[LogVerdict, ...]
    rows: int
    findings: tuple[Finding, ...]
    omitted: int = 0

    @property
    def holds(self) -> bool:
        """Say whether nothing was found."""
        return not self.findings


class Findings:
    """Collects findings, a bounded number of each kind, so that a ruined log does not fill the memory."""

    def __init__(self, most: int = FINDINGS_OF_A_KIND) -> None:
        self._most = most
        self._counts: Counter[Code] = Counter()
        self._kept: dict[Finding, None] = {}

    def add(self, finding: Finding) -> None:
        """Keep a finding unless it is known, or its kind was found too often."""
        if finding in self._kept:
            return
        self._counts[finding.code] += 1
        if self._counts[finding.code] <= self._most:
            self._kept[finding] = None

    @property
    def kept(self) -> tuple[Finding, ...]:
        """The findings, in the order in which they were made."""
        return tuple(self._kept)

    @property
    def omitted(self) -> int:
        """How many more were found than kept."""
        return self._counts.total() - len(self._kept)


def shown(value: object) -> str:
    """Return a value short enough for a report; bytes as hexadecimal."""
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
