"""Reads the archive: a ZIP from strangers, with limits, and nothing in it that could stand for two things."""

import io
import re
import stat
import zipfile
from dataclasses import dataclass

from app.verifier.parts.canonical import sha256_hex
from app.verifier.parts.description import read_description
from app.verifier.parts.faults import Malformed, Unusable

ROOT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
PLAIN_PATH = re.compile(r"[^\x00-\x1f\x7f\\:/]+(/[^\x00-\x1f\x7f\\:/]+)*")
DESCRIPTION = "ro-crate-metadata.json"
ENCRYPTED = 0x1


@dataclass(frozen=True)
class Limits:
    """How much the verifier reads before it gives up: files, bytes of one, bytes of all, bytes of the archive."""

    files: int = 20_000
    file_bytes: int = 64 * 2**20
    all_bytes: int = 256 * 2**20
    archive_bytes: int = 256 * 2**20


@dataclass(frozen=True)
class Archive:
    """What an archive holds: the name of its one root folder, and the files below it by their paths."""

    root: str
    files: dict[str, bytes]
    digest: str

    def below(self, folder: str) -> dict[str, bytes]:
        """Return the files of a folder by their paths inside it."""
        return {path.removeprefix(folder): data for path, data in self.files.items() if path.startswith(folder)}


def read_archive(data: bytes, limits: Limits | None = None) -> Archive:
    """Return what a ZIP holds; Unusable for one that is damaged, too large, or says two things at once."""
    limits = limits or Limits()
    if len(data) > limits.archive_bytes:
        raise Unusable("archive-too-large")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = _listed(archive, limits)
            files = _read_all(archive, listed, limits)
    except Unusable:
        raise
    except Exception as error:  # zipfile raises whatever a crafted file makes it stumble over
        raise Unusable("archive-unreadable") from error
    roots = {path.split("/", 1)[0] for path in files}
    if len(roots) != 1 or any("/" not in path for path in files):
        raise Unusable("archive-roots")
    root = roots.pop()
    if ROOT_NAME.fullmatch(root) is None:
        raise Unusable("archive-roots")
    inside = {path.removeprefix(f"{root}/"): content for path, content in files.items()}
    _check_description(inside)
    return Archive(root, inside, sha256_hex(data))


def _listed(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    """Return the members that are files, after checking the name and kind of each."""
    members = archive.infolist()
    if len(members) > limits.files:
        raise Unusable("archive-too-large")
    seen: set[str] = set()
    for member in members:
        _check_member(member)
        # Some file systems take two names for one that differ in the case of letters.
        folded = member.filename.rstrip("/").casefold()
        if folded in seen:
            raise Unusable("archive-doubled", path=member.filename)
        seen.add(folded)
    return [member for member in members if not member.is_dir()]


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename[:-1] if member.is_dir() else member.filename
    kind = stat.S_IFMT(member.external_attr >> 16)
    if PLAIN_PATH.fullmatch(name) is None or any(part in {".", ".."} for part in name.split("/")):
        raise Unusable("archive-path", path=member.filename)
    if getattr(member, "orig_filename", name).rstrip("/") != name:
        raise Unusable("archive-path", path=member.filename)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR} or (kind == stat.S_IFDIR) > member.is_dir():
        raise Unusable("archive-link", path=member.filename)
    if member.flag_bits & ENCRYPTED or member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Unusable("archive-coding", path=member.filename)


def _read_all(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], limits: Limits) -> dict[str, bytes]:
    """Return the files; what is read counts, not what the archive says of itself."""
    left = limits.all_bytes
    files = {}
    for member in members:
        most = min(limits.file_bytes, left)
        with archive.open(member) as opened:
            content = opened.read(most + 1)
        if len(content) > most:
            raise Unusable("archive-too-large")
        left -= len(content)
        files[member.filename] = content
    return files


def _check_description(files: dict[str, bytes]) -> None:
    """Refuse an archive whose files are not those of its description: damage, not proof (see *The archive*)."""
    if DESCRIPTION not in files:
        raise Unusable("description-missing")
    try:
        digests = read_description(files[DESCRIPTION])
    except Malformed as error:
        raise Unusable("description-unreadable") from error
    for path, content in files.items():
        if path != DESCRIPTION and digests.get(path) != sha256_hex(content):
            raise Unusable("archive-damaged", path=path)
    for path in digests:
        if path not in files:
            raise Unusable("archive-damaged", path=path)
