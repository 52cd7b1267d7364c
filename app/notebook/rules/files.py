"""Files in a record: what is said of each, which stand at a step, what a name may be, how many and how large.

A file is an entry (ADR 0017): its value commits to a text that names the file's SHA-256 with everything else that is
known of it, so that whoever signs the entries signs the files, and whoever erases the text leaves nothing to guess by.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from app.kernel import canonical
from app.kernel.errors import N_
from app.notebook.rules.words import EntryKind

if TYPE_CHECKING:
    from app.notebook.rules.sheet import EntryFacts

SCHEMA = "cahier.file.v1"
SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION = 3, 500
LONGEST_NAME = 100
LONGEST_CAPTURE = 80
NAMELESS = "file"
MEGABYTE = 10**6
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_STRANGE = re.compile(r'[<>:"|?*]')


class Origin(StrEnum):
    """What a file is to the work that it shows (ER-15)."""

    ORIGINAL = "original"
    TRUE_COPY = "true-copy"


ORIGINS: dict[Origin, str] = {
    Origin.ORIGINAL: N_("The original: a photo taken here, or a file that an instrument made"),
    Origin.TRUE_COPY: N_("A true copy of a paper: I compared it with the paper"),
}


@dataclass(frozen=True)
class FileLimits:
    """How much people may attach: bytes of one file, files and bytes of one record.

    All files of a record together stay below what `cahier-verify` reads of a bundle.
    """

    bytes: int = 20 * MEGABYTE
    of_a_record: int = 40
    bytes_of_a_record: int = 150 * MEGABYTE


@dataclass(frozen=True)
class FileFacts:
    """What is known of a file; `taken_at` and `device` are what its camera says, not what we know."""

    sha256: str
    bytes: int
    media_type: str
    name: str
    description: str
    origin: Origin = Origin.ORIGINAL
    taken_at: str = ""
    device: str = ""

    @property
    def is_picture(self) -> bool:
        """Whether there is something to show."""
        return self.media_type.startswith("image/")

    def to_text(self) -> str:
        """Return the text that is committed to: canonical JSON (docs/evidence-format.md)."""
        said: dict[str, Any] = {name: value for name, value in asdict(self).items() if value != ""}
        return canonical.canonical_bytes(said | {"schema": SCHEMA, "origin": self.origin.value}).decode()

    @classmethod
    def from_text(cls, text: str | None) -> "FileFacts | None":
        """Return what a text says of a file; None for one that is no such text any more, because it was erased."""
        try:
            said = json.loads(text or "")
        except ValueError:
            return None
        if not isinstance(said, dict) or said.pop("schema", None) != SCHEMA:
            return None
        return cls(**said | {"origin": Origin(said["origin"])})


@dataclass(frozen=True)
class AttachedFile:
    """A file of a record: the entry that attached it, what is known of it, what withdrew it, whether it came late.

    `facts` is None when its values were erased; the entry stays, and with it every proof.
    """

    entry: "EntryFacts"
    facts: FileFacts | None
    withdrawn: "EntryFacts | None"
    is_late: bool


def attached_files(entries: Sequence["EntryFacts"]) -> tuple[AttachedFile, ...]:
    """Return the files among the entries of a record, in the order in which they came.

    Late is a file that came after its step was completed or set aside.
    """
    withdrawals = {entry.corrects: entry for entry in entries if entry.kind is EntryKind.FILE_WITHDRAWN}
    ended: set[str] = set()
    found = []
    for entry in entries:
        if entry.kind is EntryKind.FILE:
            facts, is_late = FileFacts.from_text(entry.shown), entry.step_id in ended
            found.append(AttachedFile(entry, facts, withdrawals.get(entry.sequence), is_late))
        elif entry.kind is EntryKind.STEP_COMPLETED or _sets_aside(entry):
            ended.add(entry.step_id)
        elif entry.kind is EntryKind.STEP_RESUMED:
            ended.discard(entry.step_id)
    return tuple(found)


def plain_name(given: str, ending: str) -> str:
    """Return the name of a file as it is kept: no folders, no hidden signs, no more than it takes; never a path.

    A name without an ending, or none at all, gets the one that fits the content.
    """
    text = unicodedata.normalize("NFC", given).replace("\\", "/").rstrip("/ .").rpartition("/")[2]
    text = "".join(sign for sign in text if unicodedata.category(sign) not in _HIDDEN)
    text = " ".join(_STRANGE.sub("_", text).split()).lstrip(". ")
    path = PurePosixPath(text or NAMELESS)
    suffix = path.suffix or ending
    return path.name.removesuffix(path.suffix)[: LONGEST_NAME - len(suffix)].rstrip(". ") + suffix


def size_text(count: int, decimal_sign: str = ".") -> str:
    """Return a number of bytes as people read it: B, kB or MB."""
    if count < 1000:
        return f"{count} B"
    value, unit = (count / 1000, "kB") if count < MEGABYTE else (count / MEGABYTE, "MB")
    return f"{value:.{0 if value >= 10 else 1}f} {unit}".replace(".", decimal_sign)


def _sets_aside(entry: "EntryFacts") -> bool:
    return entry.kind is EntryKind.NOT_APPLICABLE and not entry.field_id
