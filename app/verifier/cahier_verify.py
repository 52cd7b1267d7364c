#!/usr/bin/env python3
"""cahier-verify: checks an evidence bundle of Cahier, offline, with Python 3.11 and `cryptography` and nothing else.

    python cahier_verify.py BUNDLE --trust TRUST [--json] [--language fr|nl|en|de]

Copyright the authors of Cahier; licence: Apache-2.0. Written from docs/evidence-format.md; shares no code with the
writer of bundles. Joined from app/verifier/parts by `make verifier`: change those, not this file.
"""

import argparse
import base64
import binascii
import hashlib
import io
import json
import os
import re
import stat
import sys
import textwrap
import zipfile
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any
from typing import NoReturn
from typing import TypeVar
from urllib.parse import unquote
from urllib.parse import urlsplit
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import PublicFormat
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.oid import NameOID


# faults: What stops the verifier: a file it cannot judge, or a piece of evidence that it cannot read.

class Unusable(Exception):
    """The input cannot be judged at all; `code` names the sentence that says why, `about` fills it."""

    def __init__(self, code: str, **about: object) -> None:
        super().__init__(code)
        self.code = code
        self.about = about


class Malformed(Exception):
    """One piece of evidence is not what its format says, or does not prove what it is there to prove."""

    def __init__(self, code: str, **about: object) -> None:
        super().__init__(code)
        self.code = code
        self.about = about


# canonical: Canonical JSON as docs/line-format.md allows it, read so strictly that one value has one text.

LARGEST_INTEGER = 2**53 - 1
DEEPEST = 60
HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read_json(data: bytes) -> Any:
    """Return what a JSON text says; doubled names, fractions, huge numbers and deep nesting are Malformed."""
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_without_doubles,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
            parse_int=_small_integer,
        )
        check_depth(value)
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed("json-unreadable") from error
    return value


def read_canonical(data: bytes) -> Any:
    """Return what a canonical JSON text says; any other text of the same value is Malformed."""
    value = read_json(data)
    if canonical_bytes(value) != data:
        raise Malformed("json-not-canonical")
    return value


def canonical_bytes(value: Any) -> bytes:
    """Return the one text of a value; Malformed for a value that has none."""
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise Malformed("json-not-canonical") from error


def digest_of(value: Any) -> str:
    """Return the SHA-256 over the canonical JSON of a value."""
    return sha256_hex(canonical_bytes(value))


def is_digest(value: object) -> bool:
    """Say whether a value is a digest: 64 lower-case hexadecimal digits."""
    return isinstance(value, str) and HEX_DIGEST.fullmatch(value) is not None


def is_count(value: object) -> bool:
    """Say whether a value is an integer that counts something, not a truth value."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_INTEGER


def read_time(value: object) -> datetime:
    """Return a time from its text, UTC with milliseconds; anything else is Malformed."""
    if not isinstance(value, str) or UTC_TIME.fullmatch(value) is None:
        raise Malformed("time-unreadable", time=value)
    try:
        return datetime.fromisoformat(f"{value[:-1]}+00:00")
    except ValueError as error:
        raise Malformed("time-unreadable", time=value) from error


def check_depth(value: Any) -> None:
    """Refuse what is nested deeper than anything that the format asks for."""
    level = [value]
    for _ in range(DEEPEST):
        level = [part for whole in level for part in _inside(whole)]
        if not level:
            return
    raise Malformed("json-too-deep")


def _inside(whole: Any) -> list[Any]:
    if isinstance(whole, dict):
        return list(whole.values())
    return whole if isinstance(whole, list) else []


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("json-doubled-name")
    if any(not name.isascii() or not name.isprintable() for name in found):
        raise Malformed("json-strange-name")
    return found


def _no_fraction(text: str) -> NoReturn:
    raise Malformed("json-not-an-integer", number=text)


def _small_integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER or text == "-0":
        raise Malformed("json-not-an-integer", number=text)
    return int(text)


# description: Reads which files an RO-Crate description lists, with their digests. No proof rests on it; it shows damage.

def read_description(data: bytes) -> dict[str, str]:
    """Return path → SHA-256 of each file that `ro-crate-metadata.json` describes."""
    try:
        graph = json.loads(data.decode("utf-8"))["@graph"]
        entities = [entity for entity in graph if _is_file(entity)]
        return {_path_of(entity["@id"]): entity["sha256"] for entity in entities if _is_inside(entity)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Malformed("description-unreadable") from error


def _is_file(entity: dict[str, Any]) -> bool:
    kinds = entity.get("@type", [])
    return "File" in ([kinds] if isinstance(kinds, str) else kinds)


def _is_inside(entity: dict[str, Any]) -> bool:
    """Say whether a described file is one of the archive, not one of the web."""
    return "://" not in entity["@id"]


def _path_of(identifier: str) -> str:
    return unquote(identifier.removeprefix("./"))


# archive: Reads the archive: a ZIP from strangers, with limits, and nothing in it that could stand for two things.

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


# tree: Proofs in the tree of RFC 9162 §2.1, over SHA-256.

EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of_inclusion(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that a path of inclusion leads to (RFC 9162 §2.1.3.2); Malformed for an impossible path."""
    if not 0 <= index < size:
        raise Malformed("proof-of-inclusion")
    place, last, root = index, size - 1, leaf
    for beside in path:
        if last == 0:
            raise Malformed("proof-of-inclusion")
        if place & 1 or place == last:
            root = node_hash(beside, root)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, beside)
        place, last = place >> 1, last >> 1
    if last:
        raise Malformed("proof-of-inclusion")
    return root


def is_consistent(old: tuple[int, bytes], new: tuple[int, bytes], path: list[bytes]) -> bool:
    """Say whether a tree, given by size and root, is the beginning of another (RFC 9162 §2.1.4.2)."""
    (old_size, old_root), (new_size, new_root) = old, new
    if old_size == new_size:
        return old_root == new_root and not path
    if old_size > new_size:
        return False
    if old_size == 0:
        return old_root == EMPTY_ROOT and not path
    if old_size & (old_size - 1) == 0:
        path = [old_root, *path]
    return bool(path) and _grows(old_size - 1, new_size - 1, path) == (old_root, new_root)


def _grows(place: int, last: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """Return the two roots that a path of consistency leads to, or None for an impossible path."""
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for beside in path[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        place, last = place >> 1, last >> 1
    return None if last else (old, new)


# bundle: What a bundle holds, read from its archive into the shapes that docs/evidence-format.md gives.

SCHEMA, LINE_SCHEMA = "cahier.bundle.v1", "cahier.line.v1"
OPERATOR, HUB = "operator", "hub"
PASSKEY_MEMBERS = {"credential", "public_key", "authenticator_data", "client_data", "value"}
LINE_TEXTS = ("schema", "log", "time", "clock", "actor", "role", "action", "subject", "release")
LINE_MEMBERS = {*LINE_TEXTS, "index", "session", "sequence", "previous", "before", "after", "reason", "rows"}
NUMBERED = r"(?P<log>hub|operator)/(?P<number>0|[1-9][0-9]{0,15})"
FOLDERS = {
    "lines": re.compile(rf"lines/{NUMBERED}\.json"),
    "proofs": re.compile(rf"lines/{NUMBERED}\.tlog-proof"),
    "checkpoints": re.compile(rf"checkpoints/{NUMBERED}\.txt"),
    "consistency": re.compile(rf"consistency/{NUMBERED}-(?P<new>[1-9][0-9]{{0,15}})\.txt"),
    "tokens": re.compile(r"tokens/(?P<name>[0-9a-f]{64})\.tsr"),
    "signatures": re.compile(r"signatures/(?P<name>[A-Za-z0-9-]{1,64})\.json"),
    "certificates": re.compile(r"certificates/(?P<name>[0-9a-f]{64})\.pem"),
    "revocations": re.compile(r"revocation-lists/(?P<name>[0-9a-f]{64}-(0|[1-9][0-9]{0,60}))\.pem"),
    "attachments": re.compile(r"attachments/(?P<name>[0-9a-f]{64})"),
}
# More than any record needs, and few enough that verifying them all ends soon.
MOST_OF_A_FOLDER = {"checkpoints": 2000, "tokens": 200, "signatures": 1000, "certificates": 500, "revocations": 500}
SINGLE = {"bundle.json", "rows.json", "texts.json", "exercise.json"}
Place = tuple[str, int]


@dataclass(frozen=True)
class Line:
    """A line of a log: where it stands, its hash as a leaf, and its members."""

    log: str
    index: int
    leaf: bytes
    said: dict[str, Any]

    @property
    def action(self) -> str:
        """Return what was done."""
        return str(self.said["action"])

    @property
    def after(self) -> dict[str, Any]:
        """Return what the line says is now."""
        return dict(self.said["after"])

    @property
    def name(self) -> str:
        """Return where the line stands, for people."""
        return f"{self.log}/{self.index}"


@dataclass(frozen=True)
class Signature:
    """A signature of the bundle: its parts as they stand in the file, and the manifest as read."""

    identity: str
    manifest_text: str
    manifest: dict[str, Any]
    digest: str
    public_key: str
    value: str
    certificate: str | None
    passkey: dict[str, str] | None

    def says(self, *path: str) -> Any:
        """Return a member of the manifest, or None where there is none."""
        value: Any = self.manifest
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True)
class Row:
    """A row as the database holds it: table, key, version, and its columns as they are digested."""

    table: str
    key: str
    version: int
    columns: dict[str, Any]

    def digest(self) -> str:
        """Return the digest of the row, as lines name it."""
        return sha256_hex(b"cahier.row.v1\x00" + canonical_bytes([self.table, self.columns]))


@dataclass
class Bundle:
    """Everything that stands under `evidence/`; None for a file that is not there."""

    about: dict[str, Any]
    archive: Archive
    lines: dict[Place, Line] = field(default_factory=dict)
    proofs: dict[Place, bytes] = field(default_factory=dict)
    checkpoints: dict[Place, bytes] = field(default_factory=dict)
    consistency: dict[tuple[str, int, int], bytes] = field(default_factory=dict)
    tokens: dict[str, bytes] = field(default_factory=dict)
    signatures: list[Signature] = field(default_factory=list)
    certificates: dict[str, bytes] = field(default_factory=dict)
    revocations: dict[str, bytes] = field(default_factory=dict)
    attachments: dict[str, bytes] = field(default_factory=dict)
    rows: list[Row] | None = None
    texts: dict[str, Any] | None = None
    exercise: bytes | None = None

    @property
    def subject(self) -> str:
        """Return the subject of the record's lines."""
        return f"record:{self.about['record']}"

    def newest(self, log: str) -> int | None:
        """Return the size of a log's newest checkpoint as bundle.json names it, or None for a log without one."""
        return int(self.about["log"][log]["size"]) if log in self.about["log"] else None

    def origin(self, log: str) -> str:
        """Return the origin of a log as bundle.json names it."""
        return str(self.about["log"][log]["origin"])


def read_bundle(archive: Archive) -> Bundle:
    """Return the bundle that an archive holds; Unusable where it is not of the form that the document gives."""
    evidence = archive.below("evidence/")
    if "bundle.json" not in evidence:
        raise Unusable("bundle-missing")
    bundle = Bundle(_shaped("bundle.json", evidence["bundle.json"], read_about), archive)
    if archive.root != bundle.about["number"]:
        raise Unusable("archive-roots")
    for path, data in evidence.items():
        if path not in SINGLE:
            _place(bundle, path, data)
    if "rows.json" in evidence:
        bundle.rows = _shaped("rows.json", evidence["rows.json"], read_rows)
    if "texts.json" in evidence:
        bundle.texts = _shaped("texts.json", evidence["texts.json"], _object)
    bundle.exercise = evidence.get("exercise.json")
    if any(len(getattr(bundle, folder)) > most for folder, most in MOST_OF_A_FOLDER.items()):
        raise Unusable("archive-too-large")
    return bundle


def _shaped(path: str, data: bytes, read: Any, *given: Any) -> Any:
    """Return what a reader makes of a canonical JSON file; Unusable, with the path, where it cannot."""
    try:
        return read(read_canonical(data), *given)
    except Malformed as error:
        raise Unusable("file-shape", path=path, what=error.code) from error


def _place(bundle: Bundle, path: str, data: bytes) -> None:
    """Put a file where it belongs; one that the document does not know makes the bundle unusable."""
    for folder, form in FOLDERS.items():
        found = form.fullmatch(path)
        if found:
            _put(bundle, folder, found, data)
            return
    raise Unusable("file-unknown", path=path)


def _put(bundle: Bundle, folder: str, found: re.Match[str], data: bytes) -> None:
    names = found.groupdict()
    if folder == "signatures":
        bundle.signatures.append(_shaped(found[0], data, read_signature, names["name"]))
    elif folder == "consistency":
        bundle.consistency[names["log"], int(names["number"]), int(names["new"])] = data
    elif folder == "lines":
        place = names["log"], int(names["number"])
        bundle.lines[place] = _shaped(found[0], data, read_line, place, leaf_hash(data))
    elif "log" in names:
        getattr(bundle, folder)[names["log"], int(names["number"])] = data
    else:
        getattr(bundle, folder)[names["name"]] = data


def read_about(value: Any) -> dict[str, Any]:
    """Return what bundle.json says, after checking its members."""
    about = _object(value)
    texts = ("exercise", "made_at", "number", "operator", "record", "release", "schema")
    if set(about) != {*texts, "log", "series"} or any(not isinstance(about[name], str) for name in texts):
        raise Malformed("shape")
    series = _object(about["series"])
    if about["schema"] != SCHEMA or not isinstance(series.get("name"), str) or not is_count(series.get("year")):
        raise Malformed("shape")
    for log, head in _object(about["log"]).items():
        fits = isinstance(head, dict) and isinstance(head.get("origin"), str) and is_count(head.get("size"))
        if log not in {HUB, OPERATOR} or not fits:
            raise Malformed("shape")
    return about


def read_line(value: Any, place: Place, leaf: bytes) -> Line:
    """Return a line from its JSON, after checking that it has exactly the members of a line."""
    said = _object(value)
    if set(said) != LINE_MEMBERS or any(not isinstance(said[name], str) for name in LINE_TEXTS):
        raise Malformed("shape")
    counted = is_count(said["index"]) and is_count(said["sequence"])
    optional = all(said[name] is None or isinstance(said[name], str) for name in ("session", "previous", "reason"))
    objects = isinstance(said["before"], dict) and isinstance(said["after"], dict) and isinstance(said["rows"], list)
    if said["schema"] != LINE_SCHEMA or not counted or not optional or not objects:
        raise Malformed("shape")
    named = [(item[0], item[1]) for item in said["rows"] if is_row_item(item)]
    if len(named) != len(said["rows"]) or len(set(named)) != len(named):
        raise Malformed("shape")
    return Line(*place, leaf, said)


def is_row_item(item: Any) -> bool:
    """Say whether an item of a line's rows is `[table, key, version, digest]`."""
    if not isinstance(item, list) or len(item) != 4:
        return False
    table, key, version, digest = item
    return isinstance(table, str) and isinstance(key, str) and is_count(version) and version > 0 and is_digest(digest)


def read_signature(value: Any, identity: str) -> Signature:
    """Return a signature from its JSON."""
    said = _object(value)
    texts = ("id", "manifest", "public_key", "value")
    if set(said) - {"passkey"} != {*texts, "certificate"} or any(not isinstance(said[name], str) for name in texts):
        raise Malformed("shape")
    if said["id"] != identity or not (said["certificate"] is None or is_digest(said["certificate"])):
        raise Malformed("shape")
    written = said["manifest"].encode("utf-8")
    manifest = _object(read_canonical(written))
    passkey = _passkey(said["passkey"]) if "passkey" in said else None
    parts = (said["public_key"], said["value"], said["certificate"], passkey)
    return Signature(identity, said["manifest"], manifest, sha256_hex(written), *parts)


def _passkey(value: Any) -> dict[str, str]:
    said = _object(value)
    if set(said) != PASSKEY_MEMBERS or any(not isinstance(one, str) for one in said.values()):
        raise Malformed("shape")
    return said


def read_rows(value: Any) -> list[Row]:
    """Return the rows, after checking that they are sorted and each stands there once."""
    if not isinstance(value, list):
        raise Malformed("shape")
    rows = [_row(item) for item in value]
    keys = [(row.table, row.key) for row in rows]
    if keys != sorted(set(keys)):
        raise Malformed("rows-unsorted")
    return rows


def _row(item: Any) -> Row:
    if not isinstance(item, list) or len(item) != 4 or not isinstance(item[3], dict):
        raise Malformed("shape")
    table, key, version, columns = item
    if not isinstance(table, str) or not isinstance(key, str) or not is_count(version):
        raise Malformed("shape")
    if any(value is None or isinstance(value, dict | list) for value in columns.values()):
        raise Malformed("shape")
    return Row(table, key, version, columns)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed("shape")
    return value


# certificates: Chains of certificates to a root that the verifier brings along (RFC 5280), and what a certificate is for.

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
STRONG_HASHES = {"sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"}
Extension = TypeVar("Extension", bound=x509.ExtensionType)
LONGEST_CHAIN = 8
MOST_TRIES = 200
UNDERSTOOD = {
    x509.BasicConstraints.oid, x509.KeyUsage.oid, x509.ExtendedKeyUsage.oid, x509.NameConstraints.oid,
    x509.SubjectAlternativeName.oid, x509.CertificatePolicies.oid, x509.AuthorityKeyIdentifier.oid,
    x509.SubjectKeyIdentifier.oid,
}  # fmt: skip
NAMES_OF_PERSON = (NameOID.COMMON_NAME, NameOID.PSEUDONYM, NameOID.SERIAL_NUMBER, NameOID.USER_ID)


def der_of_pem(data: bytes, label: str) -> bytes:
    """Return the DER of a PEM text that holds one thing of a kind and not a byte else."""
    head, foot = f"-----BEGIN {label}-----\n".encode(), f"-----END {label}-----\n".encode()
    inside = data.removeprefix(head).removesuffix(foot)
    try:
        der = base64.b64decode(inside.replace(b"\n", b""), validate=True)
    except ValueError as error:
        raise Malformed("pem") from error
    text = base64.b64encode(der)
    lines = [text[start : start + 64] + b"\n" for start in range(0, len(text), 64)]
    if data != head + b"".join(lines) + foot:
        raise Malformed("pem")
    return der


def read_certificate(data: bytes) -> x509.Certificate:
    """Return a certificate from PEM, or Malformed for one that cannot be read whole."""
    return certificate_of_der(der_of_pem(data, "CERTIFICATE"))


def certificate_of_der(der: bytes) -> x509.Certificate:
    """Return a certificate from DER; its extensions are read here, so that a crafted one fails here and not later."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        list(certificate.extensions)
        certificate.subject.rfc4514_string()
        certificate.public_key()
    except Exception as error:  # cryptography raises several kinds, not all of them documented
        raise Malformed("certificate") from error
    return certificate


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate's DER."""
    return sha256_hex(certificate.public_bytes(Encoding.DER))


def public_key_digest(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the DER of a certificate's public key (SPKI)."""
    return sha256_hex(spki_of(certificate))


def spki_of(certificate: x509.Certificate) -> bytes:
    """Return the DER of a certificate's public key."""
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def find_chain(
    leaf: x509.Certificate, pool: list[x509.Certificate], roots: list[x509.Certificate], at: datetime, purpose: str
) -> list[x509.Certificate]:
    """Return a chain from a certificate to a root, each of it good at a moment for a purpose (`document`, `time`).

    Malformed says why there is none: `chain-untrusted` where no root is reached, another code where one is.
    """
    tries = [MOST_TRIES]
    trusted = {fingerprint(root) for root in roots}
    reason = Malformed("chain-untrusted", subject=leaf.subject.rfc4514_string())
    for chain in _chains([leaf], [*roots, *pool], trusted, tries):
        try:
            _check_chain(chain, at, purpose)
        except Malformed as error:
            reason = error
        else:
            return chain
    raise reason


def _chains(
    begun: list[x509.Certificate], pool: list[x509.Certificate], trusted: set[str], tries: list[int]
) -> list[list[x509.Certificate]]:
    """Return every chain of good signatures that begins so and ends with a root."""
    found = []
    last = begun[-1]
    for issuer in pool:
        if issuer.subject != last.issuer or issuer in begun or len(begun) >= LONGEST_CHAIN or tries[0] <= 0:
            continue
        tries[0] -= 1
        if not _is_issued_by(last, issuer):
            continue
        if fingerprint(issuer) in trusted:
            found.append([*begun, issuer])
        else:
            found += _chains([*begun, issuer], pool, trusted, tries)
    return found


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        digest = certificate.signature_hash_algorithm
    except (ValueError, TypeError, InvalidSignature):
        return False
    except Exception:  # an algorithm that the library does not know
        return False
    return digest is None or _is_strong(digest)


def _is_strong(digest: hashes.HashAlgorithm) -> bool:
    return digest.name in STRONG_HASHES


def _check_chain(chain: list[x509.Certificate], at: datetime, purpose: str) -> None:
    for certificate in chain:
        name = certificate.subject.rfc4514_string()
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise Malformed("certificate-not-valid-then", subject=name)
        if any(one.critical and one.oid not in UNDERSTOOD for one in certificate.extensions):
            raise Malformed("certificate-extension", subject=name)
    USE_CHECKS[purpose](chain[0])
    for place, authority in enumerate(chain[1:]):
        below = [one for one in chain[1 : place + 1] if one.subject != one.issuer]
        _check_authority(authority, len(below))
        for one in chain[: place + 1]:
            check_names(authority, one)
        _check_allowed_uses(authority, purpose)


def _check_authority(certificate: x509.Certificate, below: int) -> None:
    """Refuse what is no authority, or one with more authorities below it than it may have."""
    constraints = extension_of(certificate, x509.BasicConstraints)
    usage = extension_of(certificate, x509.KeyUsage)
    is_authority = constraints is not None and constraints.ca and (usage is None or usage.key_cert_sign)
    too_long = constraints is not None and constraints.path_length is not None and below > constraints.path_length
    if not is_authority or too_long:
        raise Malformed("certificate-no-authority", subject=certificate.subject.rfc4514_string())


def _check_allowed_uses(authority: x509.Certificate, purpose: str) -> None:
    uses = extension_of(authority, x509.ExtendedKeyUsage)
    wanted = {"document": DOCUMENT_SIGNING, "time": ExtendedKeyUsageOID.TIME_STAMPING}[purpose]
    if uses is not None and wanted not in uses and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in uses:
        raise Malformed("certificate-use", subject=authority.subject.rfc4514_string())


def _check_document_use(certificate: x509.Certificate) -> None:
    usage = extension_of(certificate, x509.KeyUsage)
    uses = extension_of(certificate, x509.ExtendedKeyUsage)
    constraints = extension_of(certificate, x509.BasicConstraints)
    signs = usage is not None and (usage.digital_signature or usage.content_commitment)
    if not signs or (uses is not None and DOCUMENT_SIGNING not in uses) or (constraints and constraints.ca):
        raise Malformed("certificate-use", subject=certificate.subject.rfc4514_string())


def _check_time_use(certificate: x509.Certificate) -> None:
    """Refuse a certificate that is for anything but time-stamping (RFC 3161 §2.3)."""
    usage = extension_of(certificate, x509.KeyUsage)
    signs = usage is None or usage.digital_signature or usage.content_commitment
    uses = [one for one in certificate.extensions if one.oid == x509.ExtendedKeyUsage.oid]
    only_time = [one.critical and list(one.value) == [ExtendedKeyUsageOID.TIME_STAMPING] for one in uses]
    if not signs or only_time != [True]:
        raise Malformed("certificate-use", subject=certificate.subject.rfc4514_string())


USE_CHECKS: dict[str, Callable[[x509.Certificate], None]] = {"document": _check_document_use, "time": _check_time_use}


def check_names(authority: x509.Certificate, below: x509.Certificate) -> None:
    """Refuse a certificate whose names an authority above it may not give (RFC 5280 §4.2.1.10)."""
    constraints = extension_of(authority, x509.NameConstraints)
    if constraints is None:
        return
    names = [x509.DirectoryName(below.subject)] if list(below.subject) else []
    others = extension_of(below, x509.SubjectAlternativeName)
    for name in [*names, *(others or [])]:
        permitted = [base for base in constraints.permitted_subtrees or [] if type(base) is type(name)]
        excluded = [base for base in constraints.excluded_subtrees or [] if type(base) is type(name)]
        if (permitted and not any(_is_below(name, base) for base in permitted)) or any(
            _is_below(name, base) is not False for base in excluded
        ):
            raise Malformed("certificate-name", subject=below.subject.rfc4514_string())


def _is_below(name: x509.GeneralName, base: x509.GeneralName) -> bool | None:
    """Say whether a name stands below another; None for kinds of names that this verifier cannot compare."""
    if not isinstance(name, x509.DirectoryName) or not isinstance(base, x509.DirectoryName):
        return None
    whole, beginning = list(name.value.rdns), list(base.value.rdns)
    return whole[: len(beginning)] == beginning


def extension_of(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """Return what an extension says, or None without it."""
    for one in certificate.extensions:
        if isinstance(one.value, kind):
            return one.value
    return None


def names_of(certificate: x509.Certificate) -> set[str]:
    """Return by what names the subject of a certificate goes that may be a pseudonym."""
    found = [one for oid in NAMES_OF_PERSON for one in certificate.subject.get_attributes_for_oid(oid)]
    return {str(one.value) for one in found}


# notes: Signed notes, checkpoints, cosignatures and inclusion proofs as C2SP writes them down.

LOG_KEY = 0x01
WITNESS_KEY = 0x04
MLDSA_KEY = 0x06
KEY_SIZES = {LOG_KEY: 32, WITNESS_KEY: 32, MLDSA_KEY: 1312}
COSIGNATURE_SIZES = {WITNESS_KEY: 72, MLDSA_KEY: 2428}
MOST_SIGNATURES = 100
DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
KEY_NAME = re.compile(r"[^\s+]+")
SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True)
class NoteKey:
    """A verifier key: its name, its four-byte id, its type, and the key: Ed25519 but for one of MLDSA_KEY."""

    name: str
    identity: bytes
    kind: int
    public: bytes

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Say whether a signature over a message is this key's; Malformed where nobody here can read its kind."""
        if self.kind == MLDSA_KEY:
            return verifies_mldsa(self.public, signature, message)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def verifies_mldsa(public: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether an ML-DSA-44 signature is good; Malformed with a `cryptography` from before it knew them."""
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey  # noqa: PLC0415
    except ImportError as error:
        raise Malformed("cosignature-unreadable") from error
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except UnsupportedAlgorithm as error:
        raise Malformed("cosignature-unreadable") from error
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True)
class NoteSignature:
    """A signature under a note: who says to have signed, the key's id, the value, and the line as it stands."""

    name: str
    identity: bytes
    value: bytes
    line: str


@dataclass(frozen=True)
class Note:
    """A text and the signatures under it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def made_by(self, key: NoteKey) -> list[NoteSignature]:
        """Return the signatures that carry the name and id of a key."""
        return [one for one in self.signatures if one.name == key.name and one.identity == key.identity]


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log: whose, how long, and its root; with the note that says so."""

    origin: str
    size: int
    root: bytes
    note: Note


@dataclass(frozen=True)
class InclusionProof:
    """Where a line stands, the path to the root, and the checkpoint that the proof carries."""

    index: int
    path: list[bytes]
    checkpoint: Checkpoint


def decode_base64(text: str) -> bytes:
    """Return the bytes of a base64 text in its one canonical form; anything else is Malformed."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("base64") from error
    if base64.b64encode(data).decode() != text:
        raise Malformed("base64")
    return data


def read_key(text: str) -> NoteKey:
    """Return the verifier key that a text of the form name+id+key says."""
    parts = text.split("+", 2)
    if len(parts) != 3 or KEY_NAME.fullmatch(parts[0]) is None:
        raise Malformed("note-key")
    name, identity, material = parts[0], parts[1], decode_base64(parts[2])
    if KEY_SIZES.get(material[0] if material else 0) != len(material) - 1:
        raise Malformed("note-key")
    expected = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
    if identity != expected.hex():
        raise Malformed("note-key")
    return NoteKey(name, expected, material[0], material[1:])


def read_note(data: bytes) -> Note:
    """Return a signed note from its bytes."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("note") from error
    body, gap, signed = text.rpartition("\n\n")
    lines = signed.split("\n")
    controls = any(sign < " " and sign != "\n" for sign in text)
    if not gap or controls or lines.pop() != "" or not 0 < len(lines) <= MOST_SIGNATURES:
        raise Malformed("note")
    return Note(f"{body}\n", tuple(_read_signature(line) for line in lines))


def _read_signature(line: str) -> NoteSignature:
    found = SIGNATURE_LINE.fullmatch(line)
    if found is None:
        raise Malformed("note")
    value = decode_base64(found[2])
    if len(value) < 5:
        raise Malformed("note")
    return NoteSignature(found[1], value[:4], value[4:], line)


def read_checkpoint(data: bytes) -> Checkpoint:
    """Return a checkpoint from a signed note: origin, size and root, and no extension lines."""
    note = read_note(data)
    lines = note.text.removesuffix("\n").split("\n")
    if len(lines) != 3 or not lines[0] or DECIMAL.fullmatch(lines[1]) is None or int(lines[1]) > LARGEST_INTEGER:
        raise Malformed("checkpoint")
    root = decode_base64(lines[2])
    if len(root) != 32:
        raise Malformed("checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root, note)


def read_inclusion(data: bytes) -> InclusionProof:
    """Return an inclusion proof from its text (tlog-proof)."""
    head, gap, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("proof-of-inclusion") from error
    if not gap or lines[0] != "c2sp.org/tlog-proof@v1" or len(lines) < 2:
        raise Malformed("proof-of-inclusion")
    word, _, index = lines[1].partition(" ")
    if word != "index" or DECIMAL.fullmatch(index) is None:
        raise Malformed("proof-of-inclusion")
    return InclusionProof(int(index), read_hashes(lines[2:]), read_checkpoint(note))


def read_hashes(lines: list[str]) -> list[bytes]:
    """Return the hashes that stand in base64, one a line; no proof has more than 64 twice."""
    hashes = [decode_base64(line) for line in lines[:129]]
    if len(lines) > 128 or any(len(one) != 32 for one in hashes):
        raise Malformed("proof-hashes")
    return hashes


def log_signature(checkpoint: Checkpoint, keys: list[NoteKey]) -> NoteSignature:
    """Return the log's own signature under a checkpoint, verified with one of its keys; Malformed without one."""
    for key in keys:
        made = checkpoint.note.made_by(key)
        if any(not key.verifies(one.value, checkpoint.note.text.encode()) for one in made):
            raise Malformed("checkpoint-signature")
        if made:
            return made[0]
    raise Malformed("checkpoint-unsigned")


def note_as_signed(checkpoint: Checkpoint, signature: NoteSignature) -> bytes:
    """Return the note as the log signed it, without the signatures of others: what a token stamps."""
    return f"{checkpoint.note.text}\n{signature.line}\n".encode()


def is_cosigned(checkpoint: Checkpoint, key: NoteKey) -> bool:
    """Say whether a witness cosigned a checkpoint (tlog-cosignature); Malformed if what says so is not true."""
    made = checkpoint.note.made_by(key)
    for one in made:
        if len(one.value) != COSIGNATURE_SIZES[key.kind] or one.value[0] & 0x80:
            raise Malformed("cosignature", name=key.name)
        message = _cosigned(checkpoint, key, one.value[:8])
        if not key.verifies(one.value[8:], message):
            raise Malformed("cosignature", name=key.name)
    return bool(made)


def _cosigned(checkpoint: Checkpoint, key: NoteKey, time: bytes) -> bytes:
    """Return what a witness of this kind signs."""
    if key.kind == WITNESS_KEY:
        return f"cosignature/v1\ntime {int.from_bytes(time, 'big')}\n{checkpoint.note.text}".encode()
    names = [key.name.encode(), checkpoint.origin.encode()]
    if any(len(name) > 255 for name in names):
        raise Malformed("cosignature", name=key.name)
    cosigner, origin = (bytes([len(name)]) + name for name in names)
    end = checkpoint.size.to_bytes(8, "big")
    return b"subtree/v1\n\0" + cosigner + time + origin + bytes(8) + end + checkpoint.root


# revocation: Revocation lists (RFC 5280 §5): what they say of a certificate at a moment.

MOST_LIST_BYTES = 8 * 2**20


@dataclass(frozen=True)
class RevocationList:
    """A revocation list of the bundle: by whom, which one, what it says, and whether a line logged it."""

    issuer: str
    number: int
    content: x509.CertificateRevocationList
    is_logged: bool

    def was_current(self, at: datetime) -> bool:
        """Say whether the list speaks of a moment: it was current then, or came after it."""
        begun, ends = self.content.last_update_utc, self.content.next_update_utc
        return at <= begun or (ends is not None and at < ends)


def read_list(data: bytes) -> tuple[int, x509.CertificateRevocationList]:
    """Return a revocation list from PEM, with its number; Malformed for one with parts that nobody understands."""
    if len(data) > MOST_LIST_BYTES:
        raise Malformed("revocation-list")
    der = der_of_pem(data, "X509 CRL")
    try:
        content = x509.load_der_x509_crl(der)
        extensions = list(content.extensions)
        content.issuer.rfc4514_string()
        for entry in content:
            list(entry.extensions)
    except Exception as error:  # cryptography raises several kinds, not all of them documented
        raise Malformed("revocation-list") from error
    numbers = [one.value.crl_number for one in extensions if isinstance(one.value, x509.CRLNumber)]
    known = {x509.CRLNumber.oid, x509.AuthorityKeyIdentifier.oid}
    if len(numbers) != 1 or any(one.critical and one.oid not in known for one in extensions):
        raise Malformed("revocation-list")
    return numbers[0], content


def is_signed_by(revocations: RevocationList, issuer: x509.Certificate) -> bool:
    """Say whether a list is the one of this issuer, with a good signature by a key that may sign lists."""
    usage = extension_of(issuer, x509.KeyUsage)
    if revocations.issuer != fingerprint(issuer) or revocations.content.issuer != issuer.subject:
        return False
    if usage is not None and not usage.crl_sign:
        return False
    try:
        return revocations.content.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # or it raises
    except Exception:  # a kind of key that cannot have signed it
        return False


def revoked_at(revocations: RevocationList, certificate: x509.Certificate) -> tuple[datetime, datetime] | None:
    """Return when a list says that a certificate was revoked, and since when it is suspected; None if it does not."""
    entry = revocations.content.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return None
    said = [one.value for one in entry.extensions]
    suspected = [one.invalidity_date_utc for one in said if isinstance(one, x509.InvalidityDate)]
    return entry.revocation_date_utc, min([entry.revocation_date_utc, *suspected])


# der: Reads DER (X.690), as far as time-stamp tokens need it.

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OBJECT = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
GENERALIZED_TIME, SEQUENCE, SET = 0x18, 0x30, 0x31
DER_TIME = re.compile(rb"(\d{14})(?:\.(\d{0,5}[1-9]))?Z")


@dataclass(frozen=True)
class Element:
    """One element: its tag, what is in it, and the bytes of the whole."""

    tag: int
    content: bytes
    raw: bytes

    def parts(self, tag: int = SEQUENCE) -> list["Element"]:
        """Return the elements inside one that carries this tag."""
        self.expect(tag)
        found = []
        rest = self.content
        while rest:
            element, rest = _first(rest)
            found.append(element)
        return found

    def expect(self, tag: int) -> "Element":
        """Return the element itself if it carries this tag."""
        if self.tag != tag:
            raise Malformed("der")
        return self

    def integer(self) -> int:
        """Return an integer that is not negative and not beyond reason."""
        content = self.expect(INTEGER).content
        if not content or len(content) > 64 or content[0] & 0x80:
            raise Malformed("der")
        return int.from_bytes(content, "big")

    def object(self) -> str:
        """Return an object identifier in dotted decimals."""
        content = self.expect(OBJECT).content
        if not content or content[-1] & 0x80 or len(content) > 64:
            raise Malformed("der")
        arcs, value = [], 0
        for byte in content:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))

    def moment(self) -> datetime:
        """Return a GeneralizedTime, in UTC."""
        found = DER_TIME.fullmatch(self.expect(GENERALIZED_TIME).content)
        if found is None:
            raise Malformed("der")
        try:
            whole = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError as error:
            raise Malformed("der") from error
        return whole + timedelta(microseconds=int((found[2] or b"0").ljust(6, b"0")))


def read_der(data: bytes) -> Element:
    """Return the one element that some bytes are, to the last."""
    element, rest = _first(data)
    if rest:
        raise Malformed("der")
    return element


def _first(data: bytes) -> tuple[Element, bytes]:
    if len(data) < 2 or data[0] & 0x1F == 0x1F:
        raise Malformed("der")
    length, start = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        start += count
        length = int.from_bytes(data[2:start], "big")
        if not 1 <= count <= 4 or len(data) < start or length < 0x80 or length >> 8 * (count - 1) == 0:
            raise Malformed("der")
    end = start + length
    if len(data) < end:
        raise Malformed("der")
    return Element(data[0], data[start:end], data[:end]), data[end:]


# timestamps: Time-stamp tokens: RFC 3161 with RFC 5816, in signed data of RFC 5652.

SIGNED_DATA, TIME_STAMP = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
RSA_PSS = "1.2.840.113549.1.1.10"
DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
}
# Signature algorithms that name a digest of their own, which must be the signer's.
SIGNATURE_DIGESTS = {
    "1.2.840.113549.1.1.11": "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.12": "2.16.840.1.101.3.4.2.2",
    "1.2.840.113549.1.1.13": "2.16.840.1.101.3.4.2.3", "1.2.840.10045.4.3.2": "2.16.840.1.101.3.4.2.1",
    "1.2.840.10045.4.3.3": "2.16.840.1.101.3.4.2.2", "1.2.840.10045.4.3.4": "2.16.840.1.101.3.4.2.3",
}  # fmt: skip
OTHER_SIGNATURES = {"1.2.840.113549.1.1.1", RSA_PSS, "1.3.101.112", "1.2.840.10045.2.1"}
CERTIFICATES, REVOCATIONS, SIGNED_ATTRIBUTES, KEY_IDENTIFIER = 0xA0, 0xA1, 0xA0, 0x80


@dataclass(frozen=True)
class Token:
    """A time-stamp token as read: what it stamps, when, and what is needed to verify who says so."""

    imprint: tuple[str, bytes]
    time: datetime
    content: bytes
    attributes: dict[str, Element]
    signed: bytes
    digest: str
    algorithm: str
    signature: bytes
    certificates: list[x509.Certificate]

    def stamps(self, data: bytes) -> bool:
        """Say whether the token is over these bytes."""
        return self.imprint[1] == _hashed(self.imprint[0], data)


def read_token(data: bytes) -> Token:
    """Return a token from its DER; Malformed for anything else, or for one with several signers."""
    kind, wrapped = _exactly(read_der(data).parts(), 2)
    if kind.object() != SIGNED_DATA:
        raise Malformed("token")
    (inside,) = _exactly(_exactly(wrapped.parts(0xA0), 1)[0], 1, SEQUENCE)
    version, _, encapsulated, *others = _exactly(inside.parts(), 4, at_least=True)
    version.integer()
    content = _content(encapsulated)
    certificates = [one for part in others if part.tag == CERTIFICATES for one in part.parts(CERTIFICATES)]
    if others[-1].tag != SET or any(part.tag not in {CERTIFICATES, REVOCATIONS} for part in others[:-1]):
        raise Malformed("token")
    (signer,) = _exactly(others[-1].parts(SET), 1)
    imprint, time = _stamped(content)
    known = [certificate_of_der(one.raw) for one in certificates[:20] if one.tag == SEQUENCE]
    return Token(imprint, time, content, *_signer(signer), certificates=known)


def verify_token(token: Token, pool: list[x509.Certificate], roots: list[x509.Certificate]) -> datetime:
    """Return when the certificates behind a token end, the root's aside: until then it proves by itself.

    Refuses, as Malformed, a token that its signer did not sign, or whose signer no root knows.
    """
    kind = _one_value(token.attributes, CONTENT_TYPE).object()
    digest = _one_value(token.attributes, MESSAGE_DIGEST).expect(OCTET_STRING).content
    if kind != TIME_STAMP or digest != _hashed(token.digest, token.content):
        raise Malformed("token-content")
    known = [*token.certificates, *pool]
    signers = [one for one in known if _is_named(token, one)]
    if not signers:
        raise Malformed("token-signer")
    if not _is_signed(token, signers[0]):
        raise Malformed("token-signature")
    chain = find_chain(signers[0], known, roots, token.time, "time")
    return min(one.not_valid_after_utc for one in chain[: max(len(chain) - 1, 1)])


def _exactly(parts: list[Element] | Element, count: int, tag: int = 0, at_least: bool = False) -> list[Element]:
    """Return the elements if they are as many as they must be, and each carries the tag if one is given."""
    listed = [parts] if isinstance(parts, Element) else parts
    if len(listed) < count or (len(listed) > count and not at_least):
        raise Malformed("der")
    return [one.expect(tag) if tag else one for one in listed]


def _content(encapsulated: Element) -> bytes:
    kind, wrapped = _exactly(encapsulated.parts(), 2)
    if kind.object() != TIME_STAMP:
        raise Malformed("token")
    (octets,) = _exactly(wrapped.parts(0xA0), 1, OCTET_STRING)
    return octets.content


def _stamped(content: bytes) -> tuple[tuple[str, bytes], datetime]:
    """Return the imprint and the time of a TSTInfo."""
    version, policy, imprint, serial, generated, *_ = _exactly(read_der(content).parts(), 5, at_least=True)
    algorithm, hashed = _exactly(imprint.parts(), 2)
    if version.integer() != 1:
        raise Malformed("token")
    policy.expect(OBJECT)
    serial.expect(INTEGER)
    return (_algorithm(algorithm), hashed.expect(OCTET_STRING).content), generated.moment()


def _signer(signer: Element) -> tuple[dict[str, Element], bytes, str, str, bytes]:
    """Return the signed attributes, the bytes that were signed, the two algorithms, and the signature."""
    version, identity, digest, attributes, algorithm, signature, *_ = _exactly(signer.parts(), 6, at_least=True)
    version.integer()
    if identity.tag not in {SEQUENCE, KEY_IDENTIFIER}:
        raise Malformed("token")
    listed = [_exactly(one.parts(), 2) for one in attributes.parts(SIGNED_ATTRIBUTES)]
    found = {name.object(): values for name, values in listed}
    if len(found) != len(listed):
        raise Malformed("token")
    # What is signed is the attributes as a SET, although they stand there under a tag of their place (RFC 5652 §5.4).
    signed = bytes([SET]) + attributes.raw[1:]
    return found, signed, _algorithm(digest), _algorithm(algorithm), signature.expect(OCTET_STRING).content


def _algorithm(element: Element) -> str:
    return _exactly(element.parts(), 1, at_least=True)[0].object()


def _one_value(attributes: dict[str, Element], name: str) -> Element:
    if name not in attributes:
        raise Malformed("token-content")
    return _exactly(attributes[name].parts(SET), 1)[0]


def _hashed(algorithm: str, data: bytes) -> bytes:
    if algorithm not in DIGESTS:
        raise Malformed("token-algorithm")
    hasher = hashes.Hash(DIGESTS[algorithm]())
    hasher.update(data)
    return hasher.finalize()


def _is_named(token: Token, certificate: x509.Certificate) -> bool:
    """Say whether the signed attributes name this certificate as the one that signs."""
    der = certificate.public_bytes(Encoding.DER)
    if SIGNING_CERTIFICATE_V2 in token.attributes:
        listed = _one_value(token.attributes, SIGNING_CERTIFICATE_V2)
        first, *rest = _exactly(_first_identity(listed).parts(), 1, at_least=True)
        if first.tag == OCTET_STRING:
            return first.content == hashlib.sha256(der).digest()
        return _exactly(rest, 1, at_least=True)[0].expect(OCTET_STRING).content == _hashed(_algorithm(first), der)
    if SIGNING_CERTIFICATE in token.attributes:
        listed = _one_value(token.attributes, SIGNING_CERTIFICATE)
        named = _exactly(_first_identity(listed).parts(), 1, at_least=True)[0].expect(OCTET_STRING).content
        # The old attribute knows SHA-1 only; it picks the certificate, whose key then has to verify.
        return named == hashlib.sha1(der, usedforsecurity=False).digest()
    raise Malformed("token-signer")


def _first_identity(attribute: Element) -> Element:
    identities = _exactly(attribute.parts(), 1, at_least=True)[0]
    return _exactly(identities.parts(), 1, at_least=True)[0].expect(SEQUENCE)


def _is_signed(token: Token, certificate: x509.Certificate) -> bool:
    if SIGNATURE_DIGESTS.get(token.algorithm, token.digest) != token.digest or token.digest not in DIGESTS:
        raise Malformed("token-algorithm")
    if token.algorithm not in SIGNATURE_DIGESTS and token.algorithm not in OTHER_SIGNATURES:
        raise Malformed("token-algorithm")
    key, digest = certificate.public_key(), DIGESTS[token.digest]()
    try:
        if isinstance(key, rsa.RSAPublicKey) and token.algorithm == RSA_PSS:
            pss = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
            key.verify(token.signature, token.signed, pss, digest)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(token.signature, token.signed, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(token.signature, token.signed, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(token.signature, token.signed)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


# policy: Which cosignatures are enough: a policy of C2SP tlog-policy.

MOST_OF_A_KIND = 256


@dataclass
class Policy:
    """Known logs and witnesses, the groups that they form, and the one that must have witnessed."""

    logs: list[NoteKey] = field(default_factory=list)
    witnesses: dict[str, NoteKey] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str | None = None

    def knows(self, name: str) -> bool:
        """Say whether a name is taken."""
        return name in self.witnesses or name in self.groups

    def is_met(self, checkpoint: Checkpoint) -> tuple[bool, int]:
        """Say whether a checkpoint is witnessed as the policy asks, and by how many known witnesses."""
        witnessed = {name for name, key in self.witnesses.items() if is_cosigned(checkpoint, key)}
        count = len(witnessed)
        # A group names only what stands before it, so that one pass in order settles all.
        for name, (threshold, members) in self.groups.items():
            if len(witnessed.intersection(members)) >= threshold:
                witnessed.add(name)
        return self.quorum == "none" or self.quorum in witnessed, count


def read_policy(text: str) -> Policy:
    """Return a policy from its text; Malformed for one that says nothing clear."""
    policy = Policy()
    if any(sign < " " and sign not in "\t\n" for sign in text):
        raise Malformed("policy")
    for line in text.split("\n"):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if words and not words[0].startswith("#"):
            _read_words(policy, words)
    if policy.quorum is None or len({key.public for key in policy.witnesses.values()}) != len(policy.witnesses):
        raise Malformed("policy")
    if len({key.public for key in policy.logs}) != len(policy.logs):
        raise Malformed("policy")
    return policy


def _read_words(policy: Policy, words: list[str]) -> None:
    match words:
        case ["log", key] | ["log", key, _]:
            policy.logs.append(_key(key, {LOG_KEY}))
        case ["witness", name, key] | ["witness", name, key, _] if not policy.knows(name) and name != "none":
            policy.witnesses[name] = _key(key, {WITNESS_KEY, MLDSA_KEY})
        case ["group", name, threshold, *members] if members and not policy.knows(name) and name != "none":
            policy.groups[name] = (_threshold(threshold, len(members)), _members(policy, members))
        case ["quorum", name] if policy.quorum is None and (name == "none" or policy.knows(name)):
            policy.quorum = name
        case _:
            raise Malformed("policy")
    if max(len(policy.logs), len(policy.witnesses), len(policy.groups)) > MOST_OF_A_KIND:
        raise Malformed("policy")


def _key(text: str, kinds: set[int]) -> NoteKey:
    key = read_key(text)
    if key.kind not in kinds:
        raise Malformed("policy")
    return key


def _threshold(text: str, members: int) -> int:
    if text in {"any", "all"}:
        return 1 if text == "any" else members
    if not text.isascii() or not text.isdigit() or len(text) > 4 or not 1 <= int(text) <= members:
        raise Malformed("policy")
    return int(text)


def _members(policy: Policy, members: list[str]) -> list[str]:
    taken = {one for _, others in policy.groups.values() for one in others}
    if len(set(members)) != len(members) or taken.intersection(members):
        raise Malformed("policy")
    if any(not policy.knows(one) for one in members):
        raise Malformed("policy")
    return members


# trust: The trust file: whom the verifier believes, obtained by another way than the bundle.

STATEMENT_IDS = tuple(f"PF-{number}" for number in range(1, 15))
TRUST_MEMBERS = {
    "schema", "version", "logs", "roots", "timestamp_roots", "witness_policy", "tolerance_seconds", "required",
}  # fmt: skip
MOST_TOLERANCE = 86_400


@dataclass(frozen=True)
class LogKey:
    """A key of a log, and the sizes of the checkpoints that it may sign."""

    origin: str
    key: NoteKey
    first: int
    end: int | None

    def may_sign(self, origin: str, size: int) -> bool:
        """Say whether the key may sign a checkpoint of this log and size."""
        return self.origin == origin and self.first <= size and (self.end is None or size < self.end)


@dataclass(frozen=True)
class Trust:
    """Keys of logs, roots, witnesses, how far clocks may differ, and what has to be proven."""

    version: int
    logs: tuple[LogKey, ...]
    roots: list[x509.Certificate]
    timestamp_roots: list[x509.Certificate]
    policy: Policy | None
    tolerance: int
    required: tuple[str, ...]

    def keys_for(self, origin: str, size: int) -> list[NoteKey]:
        """Return the keys that may sign a checkpoint."""
        return [one.key for one in self.logs if one.may_sign(origin, size)]


def read_trust(data: bytes) -> Any:
    """Return the JSON of a trust file; Unusable for what is none."""
    try:
        return read_json(data)
    except Malformed as error:
        raise Unusable("trust-unreadable") from error


def trust_from(value: Any) -> Trust:
    """Return the trust that a trust file's JSON says; Unusable for one that says nothing clear."""
    if not isinstance(value, dict) or value.get("schema") != "cahier.trust.v1":
        raise Unusable("trust-schema")
    try:
        if set(value) != TRUST_MEMBERS:
            raise Malformed("shape")
        return Trust(
            version=_counted(value["version"]),
            logs=tuple(_log_key(one) for one in _listed_items(value["logs"], dict)),
            roots=[_root(one) for one in _listed_items(value["roots"], str)],
            timestamp_roots=[_root(one) for one in _listed_items(value["timestamp_roots"], str)],
            policy=None if value["witness_policy"] is None else read_policy(_text(value["witness_policy"])),
            tolerance=min(_counted(value["tolerance_seconds"]), MOST_TOLERANCE),
            required=_required(value["required"]),
        )
    except Malformed as error:
        raise Unusable("trust-shape", what=error.code) from error


def _listed_items(value: Any, kind: type) -> list[Any]:
    if not isinstance(value, list) or any(not isinstance(one, kind) for one in value) or len(value) > 10_000:
        raise Malformed("shape")
    return value


def _counted(value: Any) -> int:
    if not is_count(value):
        raise Malformed("shape")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("shape")
    return value


def _log_key(value: dict[str, Any]) -> LogKey:
    if set(value) != {"origin", "key", "from", "to"}:
        raise Malformed("shape")
    key = read_key(_text(value["key"]))
    if key.kind != LOG_KEY or key.name != value["origin"]:
        raise Malformed("note-key")
    end = None if value["to"] is None else _counted(value["to"])
    return LogKey(_text(value["origin"]), key, _counted(value["from"]), end)


def _root(pem: str) -> x509.Certificate:
    return read_certificate(f"{pem.strip()}\n".replace("\r\n", "\n").encode())


def _required(value: Any) -> tuple[str, ...]:
    listed = _listed_items(value, str)
    if not listed or set(listed) - set(STATEMENT_IDS):
        raise Malformed("required")
    return tuple(one for one in STATEMENT_IDS if one in listed)


# case: A bundle before the judge: what of it is proven, worked out once and asked by all statements.

@dataclass(frozen=True)
class GoodToken:
    """A token that is good, the checkpoint that it covers, and until when its authority's certificates hold."""

    digest: str
    token: Token
    log: str
    size: int
    ends: datetime


class Case:
    """A bundle and the trust it is judged by. A line, checkpoint or token that is not proven counts as not there."""

    def __init__(self, bundle: Bundle, trust: Trust, now: datetime) -> None:
        self.bundle = bundle
        self.trust = trust
        self.now = now
        self.line_faults: dict[tuple[str, int], Malformed] = {}
        self.checkpoint_faults: dict[tuple[str, int], Malformed] = {}
        self.token_faults: dict[str, Malformed] = {}
        self.certificate_faults: dict[str, Malformed] = {}
        self._lists: dict[str, list[RevocationList]] = {}

    @cached_property
    def signed(self) -> dict[tuple[str, int], tuple[Checkpoint, bytes]]:
        """Return the checkpoints that a key of the trust file signed, each with its note as the log signed it."""
        found = {}
        for (log, size), data in sorted(self.bundle.checkpoints.items()):
            try:
                checkpoint = read_checkpoint(data)
                if log not in self.bundle.about["log"] or (checkpoint.origin, checkpoint.size) != (
                    self.bundle.origin(log),
                    size,
                ):
                    raise Malformed("checkpoint-elsewhere")
                found[log, size] = checkpoint, note_as_signed(checkpoint, self._signature_of_log(checkpoint))
            except Malformed as error:
                self.checkpoint_faults[log, size] = error
        return found

    def _signature_of_log(self, checkpoint: Checkpoint) -> NoteSignature:
        """Return the log's signature by a key for this size; Malformed, with a word for a key for other sizes."""
        origin, size = checkpoint.origin, checkpoint.size
        try:
            return log_signature(checkpoint, self.trust.keys_for(origin, size))
        except Malformed as error:
            others = [one.key for one in self.trust.logs if one.origin == origin and not one.may_sign(origin, size)]
            if error.code == "checkpoint-unsigned" and any(checkpoint.note.made_by(key) for key in others):
                raise Malformed("checkpoint-out-of-range") from error
            raise

    def head(self, log: str) -> Checkpoint | None:
        """Return the newest checkpoint of a log, if it is signed and no other is longer."""
        size = self.bundle.newest(log)
        longest = max((size for name, size in self.bundle.checkpoints if name == log), default=None)
        if size is None or size != longest or (log, size) not in self.signed:
            return None
        return self.signed[log, size][0]

    @cached_property
    def consistent(self) -> dict[tuple[str, int], tuple[Checkpoint, bytes]]:
        """Return the signed checkpoints that the newest of their log continues."""
        found = {}
        for (log, size), (checkpoint, note) in self.signed.items():
            head = self.head(log)
            try:
                if head is None or not self._continues(log, checkpoint, head):
                    raise Malformed("checkpoint-inconsistent")
                found[log, size] = checkpoint, note
            except Malformed as error:
                self.checkpoint_faults[log, size] = error
        return found

    def _continues(self, log: str, old: Checkpoint, new: Checkpoint) -> bool:
        if old.size == new.size:
            return old.root == new.root
        data = self.bundle.consistency.get((log, old.size, new.size))
        if data is None and old.size:
            raise Malformed("consistency-missing")
        try:
            lines = (data or b"").decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise Malformed("proof-hashes") from error
        if lines.pop() != "":
            raise Malformed("proof-hashes")
        return is_consistent((old.size, old.root), (new.size, new.root), read_hashes(lines))

    @cached_property
    def lines(self) -> dict[tuple[str, int], Line]:
        """Return the lines that are proven to stand in the newest checkpoint of their log, in order."""
        found = {}
        for place, line in sorted(self.bundle.lines.items()):
            try:
                self._prove(line)
                found[place] = line
            except Malformed as error:
                self.line_faults[place] = error
        return found

    def _prove(self, line: Line) -> None:
        head = self.head(line.log)
        if head is None:
            raise Malformed("head-missing")
        if (line.said["log"], line.said["index"]) != (head.origin, line.index):
            raise Malformed("line-elsewhere")
        if (line.log, line.index) not in self.bundle.proofs:
            raise Malformed("proof-missing")
        proof = read_inclusion(self.bundle.proofs[line.log, line.index])
        if proof.index != line.index or proof.checkpoint.note.text != head.note.text:
            raise Malformed("proof-of-another")
        if root_of_inclusion(line.leaf, line.index, head.size, proof.path) != head.root:
            raise Malformed("proof-of-inclusion")

    @cached_property
    def chain(self) -> list[Line]:
        """Return the proven lines of the record, in order."""
        lines = [line for (log, _), line in self.lines.items() if log == OPERATOR]
        return [line for line in lines if line.said["subject"] == self.bundle.subject]

    @cached_property
    def signature_lines(self) -> dict[str, Line]:
        """Return the line of each signature by the digest of its manifest."""
        found: dict[str, Line] = {}
        for line in self.chain:
            named = line.after.get("signature")
            if isinstance(named, str):
                found.setdefault(named, line)
        return found

    @cached_property
    def signatures(self) -> list[Signature]:
        """Return the signatures in the order of their lines; those without a line last."""
        far = len(self.bundle.lines) + max((index for _, index in self.bundle.lines), default=0)
        lines = self.signature_lines
        return sorted(self.bundle.signatures, key=lambda one: lines[one.digest].index if one.digest in lines else far)

    @cached_property
    def whole_signatures(self) -> list[tuple[Signature, Line]]:
        """Return the signatures of the whole record that have a line, each with it."""
        lines = self.signature_lines
        return [(one, lines[one.digest]) for one in self.signatures if one.says("part") is None and one.digest in lines]

    @cached_property
    def tokens(self) -> dict[str, GoodToken]:
        """Return the good tokens over checkpoints that hold, by their digests."""
        found = {}
        for digest, data in sorted(self.bundle.tokens.items()):
            try:
                found[digest] = self._good_token(digest, data)
            except Malformed as error:
                self.token_faults[digest] = error
        return found

    def _good_token(self, digest: str, data: bytes) -> GoodToken:
        if sha256_hex(data) != digest:
            raise Malformed("misnamed", path=f"tokens/{digest}.tsr")
        token = read_token(data)
        ends = verify_token(token, list(self.certificates.values()), self.trust.timestamp_roots)
        for (log, size), (_, note) in self.consistent.items():
            if token.stamps(note):
                return GoodToken(digest, token, log, size, ends)
        raise Malformed("token-over-nothing")

    @cached_property
    def upheld(self) -> dict[str, GoodToken]:
        """Return the good tokens that still prove: their certificates hold, or a later token renewed them in time.

        A token renews another when its checkpoint includes the line that logged the other, and it was made before the
        other's certificates ended, and it is upheld itself.
        """
        found: dict[str, GoodToken] = {}
        logged = {line.after["token"]: line for line in self.plain_lines("token") if line.action == TOKEN_LOGGED}
        # The longest first: a line that logs a token comes after what the token covers.
        for one in sorted(self.tokens.values(), key=lambda one: one.size, reverse=True):
            line = logged.get(one.digest)
            renewing = (
                line is not None
                and other.log == line.log
                and other.size > line.index >= one.size
                and one.token.time <= other.token.time <= one.ends
                for other in found.values()
            )
            if self.now <= one.ends or any(renewing):
                found[one.digest] = one
        return found

    @cached_property
    def certificates(self) -> dict[str, x509.Certificate]:
        """Return the certificates of the bundle by their fingerprints."""
        found = {}
        for name, data in sorted(self.bundle.certificates.items()):
            try:
                certificate = read_certificate(data)
                if fingerprint(certificate) != name:
                    raise Malformed("misnamed", path=f"certificates/{name}.pem")
                found[name] = certificate
            except Malformed as error:
                self.certificate_faults[name] = error
        return found

    @cached_property
    def revocations(self) -> list[RevocationList]:
        """Return the revocation lists of the bundle."""
        found = []
        for name, data in sorted(self.bundle.revocations.items()):
            issuer, _, written = name.partition("-")
            try:
                number, content = read_list(data)
                if str(number) != written:
                    raise Malformed("misnamed", path=f"revocation-lists/{name}.pem")
                row = self.rows.get(("revocation_list", f"{issuer}/{number}"))
                is_same = row is not None and str(row.columns.get("pem")).encode() == data
                found.append(RevocationList(issuer, number, content, is_same and bool(self.line_of(row))))
            except Malformed as error:
                self.certificate_faults[name] = error
        return found

    def lists_of(self, issuer: x509.Certificate) -> list[RevocationList]:
        """Return the revocation lists that an issuer signed; each signature is verified once."""
        name = fingerprint(issuer)
        if name not in self._lists:
            self._lists[name] = [one for one in self.revocations if is_signed_by(one, issuer)]
        return self._lists[name]

    def plain_lines(self, *members: str) -> list[Line]:
        """Return the proven lines whose `after` has these members, each a text or a number."""
        lines = self.lines.values()
        return [line for line in lines if all(isinstance(line.after.get(name), str | int) for name in members)]

    @cached_property
    def rows(self) -> dict[tuple[str, str], Row]:
        """Return the rows by table and key."""
        return {(row.table, row.key): row for row in self.bundle.rows or []}

    def line_of(self, row: Row | None) -> Line | None:
        """Return the hub's line that wrote a row of the authority as it is in the bundle: that line logged it."""
        wanted = [row.table, row.key, row.version, row.digest()] if row else None
        lines = (line for (log, _), line in self.lines.items() if log == HUB)
        return next((line for line in lines if wanted in line.said["rows"]), None)

    def line_of_certificate(self, named: str) -> Line | None:
        """Return the line that logged a certificate, given by its fingerprint."""
        rows = [row for row in self.rows.values() if row.table == "certificate"]
        found = (self.line_of(row) for row in rows if row.columns.get("fingerprint") == named)
        return next((line for line in found if line), None)

    @cached_property
    def lost_signatures(self) -> list[Line]:
        """Return the lines that name a signature which is not in the bundle."""
        held = {one.digest for one in self.bundle.signatures}
        return [line for digest, line in self.signature_lines.items() if digest not in held]

    @cached_property
    def is_whole_chain(self) -> bool:
        """Say whether the record's lines count from 1 without a gap and end the record."""
        counted = [line.said["sequence"] for line in self.chain]
        return counted == list(range(1, len(counted) + 1)) and any(
            line.action in CLOSING_ACTIONS for line in self.chain
        )

    @cached_property
    def master(self) -> dict[str, object] | None:
        """Return the master of the exercise, or None where there is none that can be read."""
        try:
            value = read_canonical(self.bundle.exercise or b"")
        except Malformed:
            return None
        return value if isinstance(value, dict) else None

    def logs(self) -> list[str]:
        """Return the logs that the bundle speaks of."""
        return [log for log in (HUB, OPERATOR) if log in self.bundle.about["log"]]


TOKEN_LOGGED = "audit:timestamp:log"
SIGNING_ACTIONS = {
    "PERFORMED": "notebook:record:complete",
    "VERIFIED": "notebook:step:verify",
    "REVIEWED": "assessment:record:review",
    "APPROVED": "assessment:record:approve",
    "REJECTED": "assessment:record:reject",
}
CLOSING_ACTIONS = {
    "assessment:record:approve", "assessment:record:reject", "notebook:record:abort", "notebook:record:void",
}  # fmt: skip


# findings: What the verifier finds about one statement, and the answer that follows from it.

class Answer(StrEnum):
    """What can be answered about a statement."""

    PASS = "PASS"
    FAIL = "FAIL"
    INDETERMINATE = "INDETERMINATE"
    REDACTED = "REDACTED"


@dataclass(frozen=True)
class Reason:
    """One sentence of a reason: its code, and what fills it."""

    code: str
    about: dict[str, object]


@dataclass
class Findings:
    """What was found: faults contradict, gaps are evidence that is not there, doubts evidence that leaves it open."""

    faults: list[Reason] = field(default_factory=list)
    gaps: list[Reason] = field(default_factory=list)
    doubts: list[Reason] = field(default_factory=list)
    erasures: list[Reason] = field(default_factory=list)
    remarks: list[Reason] = field(default_factory=list)

    def fault(self, code: str, **about: object) -> None:
        """Note that the bundle contradicts the statement."""
        self.faults.append(Reason(code, about))

    def gap(self, code: str, **about: object) -> None:
        """Note that evidence is missing."""
        self.gaps.append(Reason(code, about))

    def doubt(self, code: str, **about: object) -> None:
        """Note that the evidence leaves the statement open."""
        self.doubts.append(Reason(code, about))

    def erasure(self, code: str, **about: object) -> None:
        """Note that something was erased by an act."""
        self.erasures.append(Reason(code, about))

    def remark(self, code: str, **about: object) -> None:
        """Note something that a reader wants to know and that decides nothing."""
        self.remarks.append(Reason(code, about))

    def answer(self, is_required: bool) -> Answer:
        """Return the answer; required evidence that is missing is a FAIL: nothing is gained by taking it out."""
        if self.faults or (self.gaps and is_required):
            return Answer.FAIL
        if self.gaps or self.doubts:
            return Answer.INDETERMINATE
        return Answer.REDACTED if self.erasures else Answer.PASS

    def reasons(self) -> list[Reason]:
        """Return all that was found, the gravest first."""
        return [*self.faults, *self.gaps, *self.doubts, *self.erasures, *self.remarks]


# cose: Public keys of passkeys as COSE writes them (RFC 9052, RFC 9053, RFC 8230), and whether one signed some bytes.

KEY_TYPE, ALGORITHM_LABEL = 1, 3
CURVE, POINT_X, POINT_Y = -1, -2, -3
MODULUS, EXPONENT = -1, -2
ES256, EDDSA, RS256 = (2, -7), (1, -8), (3, -257)
P256, ED25519 = 1, 6
LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 8192
MOST_LABELS = 16


def read_cose(data: bytes) -> dict[int, int | bytes]:
    """Return a key's labels: a map of integers to integers or byte strings, of definite length, and nothing after."""
    try:
        kind, count, place = _head(data, 0)
        if kind != 5 or count > MOST_LABELS:
            raise Malformed("passkey-key")
        labels: dict[int, int | bytes] = {}
        for _ in range(count):
            label, place = _item(data, place)
            value, place = _item(data, place)
            if not isinstance(label, int) or label in labels:
                raise Malformed("passkey-key")
            labels[label] = value
    except IndexError as error:
        raise Malformed("passkey-key") from error
    if place != len(data):
        raise Malformed("passkey-key")
    return labels


def _item(data: bytes, place: int) -> tuple[int | bytes, int]:
    kind, number, place = _head(data, place)
    if kind == 0:
        return number, place
    if kind == 1:
        return -1 - number, place
    if kind == 2 and place + number <= len(data):
        return data[place : place + number], place + number
    raise Malformed("passkey-key")


def _head(data: bytes, place: int) -> tuple[int, int, int]:
    """Return the major type of an item, its number, and where it goes on (RFC 8949 §3)."""
    kind, number = data[place] >> 5, data[place] & 31
    place += 1
    if number < 24:
        return kind, number, place
    if number > 26:
        raise Malformed("passkey-key")
    length = 1 << (number - 24)
    if place + length > len(data):
        raise Malformed("passkey-key")
    return kind, int.from_bytes(data[place : place + length], "big"), place + length


def check_cose(key: dict[int, int | bytes], value: bytes, message: bytes) -> None:
    """Verify a signature with a COSE key as its algorithm says; Malformed for a false one or a key of another kind."""
    kind = (key.get(KEY_TYPE), key.get(ALGORITHM_LABEL))
    try:
        if kind == ES256 and key.get(CURVE) == P256:
            point = b"\x04" + _octets(key, POINT_X) + _octets(key, POINT_Y)
            public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
            public.verify(value, message, ec.ECDSA(hashes.SHA256()))
        elif kind == EDDSA and key.get(CURVE) == ED25519:
            Ed25519PublicKey.from_public_bytes(_octets(key, POINT_X)).verify(value, message)
        elif kind == RS256:
            _check_rsa(key, value, message)
        else:
            raise Malformed("passkey-key")
    except InvalidSignature as error:
        raise Malformed("passkey-value") from error
    except Malformed:
        raise
    except Exception as error:  # a crafted key makes the library raise several kinds
        raise Malformed("passkey-key") from error


def _check_rsa(key: dict[int, int | bytes], value: bytes, message: bytes) -> None:
    exponent, modulus = key.get(EXPONENT), key.get(MODULUS)
    if not isinstance(exponent, bytes) or not isinstance(modulus, bytes):
        raise Malformed("passkey-key")
    numbers = RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big"))
    if not LEAST_RSA_BITS <= numbers.n.bit_length() <= MOST_RSA_BITS or numbers.e.bit_length() > 64:
        raise Malformed("passkey-key")
    numbers.public_key().verify(value, message, padding.PKCS1v15(), hashes.SHA256())


def _octets(key: dict[int, int | bytes], label: int) -> bytes:
    value = key.get(label)
    if not isinstance(value, bytes) or len(value) != 32:
        raise Malformed("passkey-key")
    return value


# passkeys: What a passkey signed beside a key: the assertion over the manifest's digest, and the line that enrolled the passkey.

PASSKEY = "passkey"
LEAST_DATA = 37
PRESENT, VERIFIED_USER = 0x01, 0x04
ENROLLED = "identity:factor:add"


def judge_passkey(case: Case, signature: Signature, found: Findings) -> None:
    """Judge what a passkey made of a manifest; Malformed for what it did not make, or where it is missing."""
    factors = signature.says("factors")
    is_named = isinstance(factors, list) and PASSKEY in factors
    passkey = signature.passkey
    if passkey is None:
        if is_named:
            raise Malformed("passkey-missing")
        return
    if not is_named:
        raise Malformed("passkey-unnamed")
    data, client_data = decode_base64(passkey["authenticator_data"]), decode_base64(passkey["client_data"])
    key, value = decode_base64(passkey["public_key"]), decode_base64(passkey["value"])
    check_cose(read_cose(key), value, data + hashlib.sha256(client_data).digest())
    if len(data) < LEAST_DATA or not data[32] & PRESENT:
        raise Malformed("passkey-absent")
    enrolled = _enrolled(case, signature, passkey)
    origin = _origin(client_data, signature)
    if enrolled is None:
        found.gap("passkey-not-enrolled", signature=signature.identity)
        return
    _check_place(data, origin, enrolled.after.get("host"))
    is_verified = bool(data[32] & VERIFIED_USER)
    found.remark("passkey-verified" if is_verified else "passkey-present", signature=signature.identity)


def _origin(client_data: bytes, signature: Signature) -> str:
    """Return where the browser says that it asked for this; Malformed where it asked for something else."""
    said = read_json(client_data)
    if not isinstance(said, dict) or said.get("type") != "webauthn.get":
        raise Malformed("passkey-client-data")
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise Malformed("passkey-client-data")
    challenge = base64.urlsafe_b64encode(bytes.fromhex(signature.digest)).decode().rstrip("=")
    if said.get("challenge") != challenge:
        raise Malformed("passkey-challenge")
    return str(said.get("origin"))


def _check_place(data: bytes, origin: str, host: object) -> None:
    """Check that the passkey was asked on the hub's own pages: those of the host for which it was enrolled."""
    if not isinstance(host, str) or data[:32] != hashlib.sha256(host.encode("utf-8")).digest():
        raise Malformed("passkey-host")
    try:
        named = urlsplit(origin)
    except ValueError as error:
        raise Malformed("passkey-origin") from error
    is_ours = named.hostname == host or str(named.hostname).endswith(f".{host}")
    is_local = host == "localhost" or host.endswith(".localhost")
    if not is_ours or named.scheme not in (("https", "http") if is_local else ("https",)):
        raise Malformed("passkey-origin")


def _enrolled(case: Case, signature: Signature, passkey: dict[str, str]) -> Line | None:
    """Return the hub's line by which the signer enrolled this passkey; Malformed where it had ended before."""
    at = read_time(signature.says("time"))
    pseudonym = str(signature.says("signer", "pseudonym"))
    wanted = {
        "kind": PASSKEY, "person_id": pseudonym.partition(":")[2],
        "credential_id": passkey["credential"], "public_key": passkey["public_key"],
    }  # fmt: skip
    rows = [row for row in case.rows.values() if row.table == "factor" and wanted.items() <= row.columns.items()]
    found = [(row, line) for row in rows if (line := _line_of_enrolment(case, row, pseudonym, at))]
    working = [line for row, line in found if not _had_ended(case, row, at)]
    if found and not working:
        raise Malformed("passkey-ended")
    return working[0] if working else None


def _line_of_enrolment(case: Case, row: Row, pseudonym: str, at: datetime) -> Line | None:
    """Return the line that wrote the first state of a passkey's row, which differs in `state` and `ended_at` only."""
    columns = {name: value for name, value in row.columns.items() if name != "ended_at"}
    first = Row(row.table, row.key, 1, {**columns, "state": "active"})
    item = [first.table, first.key, first.version, first.digest()]
    latest = at + timedelta(seconds=case.trust.tolerance)
    for line in _hub_lines(case):
        is_its = line.action == ENROLLED and line.said["actor"] == pseudonym and line.after.get("factor") == row.key
        if is_its and item in line.said["rows"] and read_time(line.said["time"]) <= latest:
            return line
    return None


def _had_ended(case: Case, row: Row, at: datetime) -> bool:
    """Say whether a line wrote the row again before a time: whatever it says, the passkey did not work any more."""
    again = (line for line in _hub_lines(case) if any(_is_later(item, row) for item in line.said["rows"]))
    return any(read_time(line.said["time"]) <= at for line in again)


def _is_later(item: list[object], row: Row) -> bool:
    return item[:2] == [row.table, row.key] and item[2] != 1


def _hub_lines(case: Case) -> list[Line]:
    return [line for (log, _), line in case.lines.items() if log == HUB]


# statements_time: Statements about when: not later, not earlier, and the window between (PF-5, PF-6, PF-7).

# A token that is good for somebody else, or over a checkpoint that is not here, contradicts nothing.
NO_USE = {"chain-untrusted", "token-over-nothing"}


def judge_not_later(case: Case, found: Findings) -> None:
    """PF-5: each signature existed by the time of a token over a checkpoint that includes its line."""
    good = case.tokens
    for digest, error in sorted(case.token_faults.items()):
        note = (found.remark if good else found.gap) if error.code in NO_USE else found.fault
        note(error.code, token=digest, **error.about)
    for signature, line in _to_judge(case, found):
        token = latest_bound(case, line)
        if token is None:
            found.gap("no-token-after", signature=signature.identity)
        elif not _has_ended(case, token, found):
            found.remark("not-later", signature=signature.identity, time=shown_time(token.token.time))


def judge_not_earlier(case: Case, found: Findings) -> None:
    """PF-6: each signature names a token that was not there before its time."""
    for signature, line in _to_judge(case, found):
        token = earliest_bound(case, signature, line, found)
        if token is not None and not _has_ended(case, token, found):
            found.remark("not-earlier", signature=signature.identity, time=shown_time(token.token.time))


def judge_window(case: Case, found: Findings) -> None:
    """PF-7: the time in the manifest lies between the two bounds, but for the tolerance."""
    tolerance = timedelta(seconds=case.trust.tolerance)
    for signature, line in _to_judge(case, found):
        upper, lower = latest_bound(case, line), earliest_bound(case, signature, line, Findings())
        try:
            claimed = read_time(signature.says("time"))
        except Malformed as error:
            found.fault(error.code, signature=signature.identity, **error.about)
            continue
        ended = [one for one in (upper, lower) if one and _has_ended(case, one, found)]
        if ended:
            continue
        if upper and claimed > upper.token.time + tolerance:
            found.fault("claimed-too-late", signature=signature.identity, time=shown_time(claimed))
        if lower and claimed < lower.token.time - tolerance:
            found.fault("claimed-too-early", signature=signature.identity, time=shown_time(claimed))
        if upper is None or lower is None:
            found.gap("window-open", signature=signature.identity)
        elif upper.token.time + tolerance < lower.token.time:
            found.fault("window-empty", signature=signature.identity)
        else:
            width = int((upper.token.time - lower.token.time).total_seconds())
            found.remark("window", signature=signature.identity, seconds=width)


def _to_judge(case: Case, found: Findings) -> list[tuple[Signature, Line]]:
    """Return the signatures of the whole record; note what is missing where a line names more, or none does."""
    for line in case.lost_signatures:
        found.gap("signature-missing", line=line.name)
    if not case.whole_signatures and not case.lost_signatures:
        note = found.remark if case.is_whole_chain else found.gap
        note("nothing-signed")
    return case.whole_signatures


def latest_bound(case: Case, line: Line) -> GoodToken | None:
    """Return the earliest good token over a checkpoint that includes a line; one that has ended only without others."""
    after = [one for one in case.tokens.values() if one.log == line.log and one.size > line.index]
    return min(after, key=lambda one: (one.digest not in case.upheld, one.token.time), default=None)


def _has_ended(case: Case, token: GoodToken, found: Findings) -> bool:
    """Say whether a token proves nothing any more, and note it; note as well that one was renewed."""
    has_ended, about = token.digest not in case.upheld, {"token": token.digest, "time": shown_time(token.ends)}
    # Several signatures may rest on one token, which is said once.
    if has_ended and all(one.about != about for one in found.doubts):
        found.doubt("token-ended", **about)
    elif case.now > token.ends and all(one.about != about for one in [*found.doubts, *found.remarks]):
        found.remark("token-renewed", **about)
    return has_ended


def earliest_bound(case: Case, signature: Signature, line: Line, found: Findings) -> GoodToken | None:
    """Return the token that a signature names as its freshness, if it is one and was logged before the signature."""
    digest, name = signature.says("freshness", "token"), signature.identity
    if not isinstance(digest, str):
        found.gap("no-freshness", signature=name)
        return None
    if not _was_logged_before(case, digest, line):
        found.fault("freshness-not-logged", signature=name)
        return None
    if digest not in case.bundle.tokens:
        found.gap("freshness-token-missing", signature=name)
        return None
    token = case.tokens.get(digest)
    if token is None:
        error = case.token_faults[digest]
        (found.gap if error.code in NO_USE else found.fault)(error.code, token=digest, **error.about)
        return None
    checkpoint, _ = case.consistent[token.log, token.size]
    covered = (checkpoint.origin, checkpoint.size, checkpoint.root.hex())
    named = tuple(signature.says("freshness", part) for part in ("origin", "size", "root"))
    if named != covered or token.log != line.log or token.size > line.index:
        found.fault("freshness-of-another", signature=name)
        return None
    return token


def _was_logged_before(case: Case, digest: str, line: Line) -> bool:
    return any(
        one.action == TOKEN_LOGGED and one.log == line.log and one.index < line.index
        for one in case.plain_lines("token", "size")
        if one.after["token"] == digest
    )


def shown_time(time: datetime) -> str:
    """Return a time for people."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")


# statements_authorship: The statement about who signed: key, certificate, chain and revocation (PF-8).

ALGORITHMS = {"digest": "sha-256", "signature": "ecdsa-p256-sha256"}


def judge_authorship(case: Case, found: Findings) -> None:
    """PF-8: each signature was made with a key that was certified, valid and unrevoked at its time."""
    held = case.certificates
    lists = case.revocations
    for name, error in sorted(case.certificate_faults.items()):
        found.fault(error.code, certificate=name, **error.about)
    for lost in case.lost_signatures:
        found.gap("signature-missing", line=lost.name)
    if not case.bundle.signatures and not case.lost_signatures:
        (found.remark if case.is_whole_chain else found.gap)("nothing-signed")
    _judge_acts(case, found)
    for signature in case.signatures:
        line = case.signature_lines.get(signature.digest)
        try:
            if line is None:
                raise Malformed("signature-without-line")
            key = _judge_value(signature, line)
            judge_passkey(case, signature, found)
            _judge_certificate(case, signature, key, found)
        except Malformed as error:
            found.fault(error.code, **{"signature": signature.identity, **error.about})
    _tell_stamped_lists(case, found)
    found.remark("authors", signatures=len(case.signatures), certificates=len(held), lists=len(lists))


def _tell_stamped_lists(case: Case, found: Findings) -> None:
    """Say how many revocation lists are known, from a time stamp over the line that logged them, to have existed."""
    rows = [row for row in case.rows.values() if row.table == "revocation_list"]
    lines = [line for row in rows if (line := case.line_of(row))]
    bounds = [bound for line in lines if (bound := latest_bound(case, line)) and bound.digest in case.upheld]
    if bounds:
        latest = max(bound.token.time for bound in bounds)
        found.remark("lists-stamped", count=len(bounds), of=len(rows), time=shown_time(latest))


def _judge_acts(case: Case, found: Findings) -> None:
    """Every act that is done by signing names a signature, and none names that of another."""
    for line in case.chain:
        named = line.after.get("signature")
        if line.action in SIGNING_ACTIONS.values() and not isinstance(named, str):
            found.fault("act-unsigned", line=line.name, action=line.action)
        elif isinstance(named, str) and case.signature_lines[named] is not line:
            found.fault("act-of-another", line=line.name, action=line.action)


def _judge_value(signature: Signature, line: Line) -> bytes:
    """Verify the value of a signature with the key beside it; return the key's DER."""
    der = der_of_pem(signature.public_key.encode(), "PUBLIC KEY")
    try:
        key = load_der_public_key(der)
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Malformed("signature-key")
        if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != der:
            raise Malformed("signature-key")
        if signature.says("algorithms") != ALGORITHMS:
            raise Malformed("signature-algorithms")
        value = decode_base64(signature.value)
        key.verify(value, signature.manifest_text.encode("utf-8"), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Malformed("signature-value") from error
    except Malformed:
        raise
    except Exception as error:  # a crafted key makes the library raise several kinds
        raise Malformed("signature-key") from error
    if signature.says("signer", "key") != sha256_hex(der):
        raise Malformed("signature-other-key")
    if signature.says("signer", "pseudonym") != line.said["actor"]:
        raise Malformed("signature-other-actor", line=line.name)
    return der


def _judge_certificate(case: Case, signature: Signature, key: bytes, found: Findings) -> None:
    """Follow a signature's certificate to a root, as things were at the manifest's time."""
    named, name = signature.says("signer", "certificate"), signature.identity
    if named != signature.certificate:
        raise Malformed("signature-other-certificate")
    if named is None:
        found.gap("no-certificate", signature=name)
        return
    certificate = case.certificates.get(named)
    if certificate is None:
        if named not in case.certificate_faults:
            found.gap("certificate-missing", signature=name)
        return
    at = read_time(signature.says("time"))
    if spki_of(certificate) != key:
        raise Malformed("signature-other-certificate")
    pseudonym = str(signature.says("signer", "pseudonym"))
    if not names_of(certificate) & {pseudonym, pseudonym.partition(":")[2]}:
        raise Malformed("certificate-of-another", subject=certificate.subject.rfc4514_string())
    chain = find_chain(certificate, list(case.certificates.values()), case.trust.roots, at, "document")
    if not _was_logged(case, named, at):
        found.gap("certificate-not-logged", signature=name)
    for subject, issuer in pairwise(chain):
        _judge_revocation(case, subject, issuer, at, found)
    found.remark("signed-by", signature=name, pseudonym=pseudonym, subject=certificate.subject.rfc4514_string())


def _was_logged(case: Case, named: str, at: datetime) -> bool:
    """Say whether a line logged a certificate, before it was used."""
    latest = at + timedelta(seconds=case.trust.tolerance)
    line = case.line_of_certificate(named)
    return line is not None and read_time(line.said["time"]) <= latest


def _judge_revocation(
    case: Case, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, found: Findings
) -> None:
    """Ask every list of an issuer about a certificate; what revokes counts logged or not, what clears only logged."""
    lists = case.lists_of(issuer)
    name = certificate.subject.rfc4514_string()
    if not any(one.is_logged and one.was_current(at) for one in lists):
        found.gap("no-revocation-list", subject=name, time=shown_time(at))
    for one in lists:
        revoked = revoked_at(one, certificate)
        if revoked and revoked[0] <= at:
            found.fault("revoked", subject=name, time=shown_time(revoked[0]))
        elif revoked and revoked[1] <= at:
            found.doubt("contested", subject=name, time=shown_time(revoked[1]))
        elif revoked:
            found.remark("revoked-later", subject=name, time=shown_time(revoked[0]))


# content: What a signature covers: the digests that the rows give, as docs/evidence-format.md builds them.

HEADER = {
    "record": "id", "number": "number", "exercise": "exercise_code", "version": "exercise_version",
    "exercise_digest": "exercise_digest", "purpose": "purpose", "language": "language", "zone": "zone",
    "release": "release", "performer": "performer_id", "issued_at": "issued_at", "issued_by": "issued_by",
}  # fmt: skip
ENTRY = {
    "sequence": "sequence", "kind": "kind", "step": "step_id", "field": "field_id", "position": "position",
    "attempt": "attempt", "corrects": "corrects", "value": "value", "unit": "unit", "source": "source",
    "evaluation": "evaluation", "reason": "reason", "performer": "performed_by", "time": "recorded_at",
}  # fmt: skip
EXCEPTION = {
    "number": "number", "kind": "kind", "step": "step_id", "field": "field_id", "position": "position",
    "entry": "entry", "facts": "facts", "comment": "comment", "by": "opened_by",
}  # fmt: skip
JUDGEMENT = {"number": "number", "judgement": "judgement", "grounds": "grounds", "by": "judged_by"}
CHECKED_KINDS = {
    *("value", "correction", "repeat", "not-applicable", "calculated", "step-completed", "step-resumed"),
    *("file", "file-withdrawn"),
}
SENTENCES = {
    "PERFORMED": "I carried out these steps and entered true values.",
    "VERIFIED": "I checked this independently.",
    "REVIEWED": "I examined the data, the exceptions and the audit trail of this record.",
    "APPROVED": "I accept this record and certify the decision on competency.",
    "REJECTED": "I refuse this record on the grounds stated.",
}


class Content:
    """The record as its rows say it, in the shapes that are signed."""

    def __init__(self, case: Case) -> None:
        record = str(case.bundle.about["record"])
        found = case.rows.get(("record", record))
        if found is None:
            raise Malformed("rows-missing", table="record")
        rows = list(case.rows.values())
        self.master = case.master
        self.record = found.columns
        self.header = _shape(self.record, HEADER)
        self.entries = _ordered((row for row in rows if row.table == "entry"), record, "sequence")
        self.exceptions = _ordered((row for row in rows if row.table == "record_exception"), record, "number")

    def digest(self, signature: Signature, line: Line) -> str:
        """Return the digest that a signature has to name; Malformed where the rows do not give one."""
        code = signature.says("meaning", "code")
        if code == "VERIFIED":
            return self._step(signature, line)
        content = self._content(signature)
        if code == "PERFORMED":
            return content
        review = digest_of({"content": content, "judgements": [_shape(one, JUDGEMENT) for one in self.exceptions]})
        if code == "REVIEWED":
            return review
        return digest_of({"review": review, "statement": self.record.get("conclusion")})

    def _content(self, signature: Signature) -> str:
        entries, exceptions = signature.says("facts", "entries"), signature.says("facts", "exceptions")
        if not is_count(entries) or not is_count(exceptions):
            raise Malformed("facts")
        if entries > len(self.entries) or exceptions > len(self.exceptions):
            raise Malformed("rows-fewer")
        return digest_of(
            {
                "header": self.header,
                "entries": [_entry(one) for one in self.entries[:entries]],
                "exceptions": [_exception(one) for one in self.exceptions[:exceptions]],
            }
        )

    def _step(self, signature: Signature, line: Line) -> str:
        step, before = signature.says("facts", "step"), line.after.get("entry")
        if not isinstance(step, str) or signature.says("part") != f"step:{step}" or not is_count(before):
            raise Malformed("facts")
        if self.master is None:
            raise Malformed("exercise-missing")
        covered = covered_steps(self.master, step)
        entries = [
            _entry(one)
            for one in self.entries
            if one.get("kind") in CHECKED_KINDS and one.get("step_id") in covered and one["sequence"] < before
        ]
        return digest_of({"step": step, "entries": entries})


def covered_steps(master: dict[str, Any], step: str) -> set[str]:
    """Return the steps that the check of a step covers: those since the check before it in its section."""
    for section in _listed_objects(master.get("sections")):
        covered: set[str] = set()
        for one in _listed_objects(section.get("steps")):
            covered.add(str(one.get("id")))
            if one.get("id") == step:
                return covered
            if one.get("check") is not None:
                covered = set()
    raise Malformed("step-unknown", step=step)


def counted_exceptions(signature: Signature) -> int:
    """Return how many exceptions a signature says that it covers; none for a step."""
    count = signature.says("facts", "exceptions")
    return int(count) if is_count(count) else 0


def _listed_objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _ordered(rows: Iterable[Row], record: str, by: str) -> list[dict[str, Any]]:
    columns = [row.columns for row in rows if row.columns.get("record_id") == record]
    if any(not is_count(one.get(by)) for one in columns):
        raise Malformed("rows-uncounted", column=by)
    return sorted(columns, key=lambda one: int(one[by]))


def _shape(columns: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {name: columns.get(column) for name, column in names.items()}


def _entry(columns: dict[str, Any]) -> dict[str, Any]:
    return {**_shape(columns, ENTRY), "evaluation": _document(columns.get("evaluation"), [])}


def _exception(columns: dict[str, Any]) -> dict[str, Any]:
    return {**_shape(columns, EXCEPTION), "facts": _document(columns.get("facts"), None)}


def _document(text: Any, otherwise: Any) -> Any:
    """Return what a document says that stands in a column as text."""
    if text is None:
        return otherwise
    if not isinstance(text, str):
        raise Malformed("shape")
    return read_json(text.encode("utf-8"))


# statements_redaction: The statement about texts: what is there opens its commitment, what is not was erased by an act (PF-12).

COMMITTED_COLUMNS = {
    "record": ("note", "conclusion"),
    "entry": ("reason",),
    "record_exception": ("comment", "grounds"),
    "signature": ("signer_name", "signer_login"),
    "decision": ("scope", "grounds"),
}
SALT = re.compile(r"[0-9a-f]{32}")


def judge_redaction(case: Case, found: Findings) -> None:
    """PF-12: every text opens its commitment, and every commitment without a text was erased by an act."""
    texts = case.bundle.texts
    if texts is None:
        found.gap("file-missing", path="texts.json")
        return
    if not case.chain:
        found.gap("chain-empty")
    erasures = erasures_of(case)
    for commitment in sorted(asked_for(case, found) | set(texts)):
        _judge_text(commitment, texts.get(commitment), erasures, found)
    _tell_decisions(case, texts, found)
    found.remark("texts-opened", count=sum(is_text(one) for one in texts.values()))


def _judge_text(commitment: str, said: Any, erasures: dict[str, str], found: Findings) -> None:
    if said is None:
        found.fault("text-missing", commitment=commitment)
    elif is_text(said):
        if opened(said["salt"], said["text"]) != commitment:
            found.fault("text-differs", commitment=commitment)
    elif is_erased(said):
        if commitment in erasures:
            found.erasure("text-erased", commitment=commitment, line=erasures[commitment], time=said["erased_at"])
        else:
            found.fault("erasure-without-line", commitment=commitment)
    else:
        found.fault("text-differs", commitment=commitment)


def _tell_decisions(case: Case, texts: dict[str, Any], found: Findings) -> None:
    """Say by which decision texts were erased: the reason of each line that erased one, where its words are there."""
    gone = {commitment for commitment, said in texts.items() if is_erased(said)}
    for line in case.lines.values():
        erased, reason = line.after.get("commitments"), line.said["reason"]
        said: Any = texts.get(reason, {}) if isinstance(reason, str) else {}
        if isinstance(erased, list) and gone & {one for one in erased if isinstance(one, str)} and is_text(said):
            found.remark("erasure-decided", line=line.name, decision=said["text"])


def opened(salt: str, text: str) -> str | None:
    """Return the commitment that salt and text open, or None for a salt that is none."""
    if SALT.fullmatch(salt) is None:
        return None
    try:
        written = text.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return hashlib.sha256(b"cahier.commitment.v1\x00" + bytes.fromhex(salt) + written).hexdigest()


def is_text(said: Any) -> bool:
    """Say whether this is a text with its salt."""
    return (
        isinstance(said, dict) and set(said) == {"salt", "text"} and all(isinstance(one, str) for one in said.values())
    )


def is_erased(said: Any) -> bool:
    """Say whether this stands for a text that was erased."""
    if not isinstance(said, dict) or set(said) != {"erased_at"}:
        return False
    try:
        read_time(said["erased_at"])
    except Malformed:
        return False
    return True


def erasures_of(case: Case) -> dict[str, str]:
    """Return by which line each erased text was erased: where it stands, and the act."""
    found = {}
    for line in case.lines.values():
        erased = line.after.get("commitments")
        for commitment in erased if isinstance(erased, list) else []:
            if isinstance(commitment, str):
                found[commitment] = f"{line.name} ({line.action})"
    return found


def asked_for(case: Case, found: Findings) -> set[str]:
    """Return every commitment that the record's lines, rows and manifests hold."""
    asked = [line.said["reason"] for line in case.chain]
    for row in case.bundle.rows or []:
        try:
            asked += _of_row(row)
        except Malformed as error:
            found.fault(error.code, **error.about)
    for signature in case.bundle.signatures:
        asked += [signature.says("signer", "name"), signature.says("signer", "login")]
    strange = [one for one in asked if one is not None and not is_digest(one)]
    for one in strange[:5]:
        found.fault("commitment-strange", commitment=one)
    return {one for one in asked if is_digest(one)}


def _of_row(row: Row) -> list[Any]:
    columns = [row.columns.get(name) for name in COMMITTED_COLUMNS.get(row.table, ())]
    if row.table == "entry" and row.columns.get("committed") is True:
        columns.append(row.columns.get("value"))
    judgements = row.columns.get("judgements") if row.table == "decision" else None
    if isinstance(judgements, str):
        said = read_json(judgements.encode("utf-8"))
        listed = said.values() if isinstance(said, dict) else said if isinstance(said, list) else []
        columns += [one.get("remark") for one in listed if isinstance(one, dict)]
    return columns


# statements_files: The part of PF-9 about attached files: each that an entry names is there as it was, and no other.

FILE_SCHEMA = "cahier.file.v1"
FILE_KIND = "file"


def judge_files(case: Case, found: Findings) -> None:
    """Compare the files of the bundle with those that the record's entries commit to."""
    for digest, data in sorted(case.bundle.attachments.items()):
        if sha256_hex(data) != digest:
            found.fault("misnamed", path=f"attachments/{digest}")
    entries = [row for row in case.bundle.rows or [] if row.table == "entry" and row.columns.get("kind") == FILE_KIND]
    named: set[str] = set()
    if entries and case.bundle.texts is None:
        found.gap("file-missing", path="texts.json")
        return
    for row in entries:
        said = _said_of(case, row, found)
        if said is not None:
            named.add(said["sha256"])
            _compare(case, row, said, found)
    if case.bundle.rows is not None:
        for digest in sorted(set(case.bundle.attachments) - named):
            found.fault("attachment-unnamed", path=f"attachments/{digest}")
    if named:
        found.remark("attachments-compared", count=len(named))


def _said_of(case: Case, row: Row, found: Findings) -> dict[str, Any] | None:
    """Return what an entry's text says of its file; None where it was erased by an act, or says nothing good."""
    commitment, texts = row.columns.get("value"), case.bundle.texts or {}
    name = f"{row.table} {row.key}"
    said: Any = texts.get(commitment) if isinstance(commitment, str) else None
    if row.columns.get("committed") is not True or said is None:
        found.fault("attachment-unexplained", row=name)
        return None
    if is_erased(said) and commitment in erasures_of(case):
        found.erasure("attachment-erased", row=name, line=erasures_of(case)[commitment], time=said["erased_at"])
        return None
    if not is_text(said) or opened(said["salt"], said["text"]) != commitment:
        found.fault("attachment-unexplained", row=name)
        return None
    try:
        facts = read_json(said["text"].encode("utf-8"))
    except (Malformed, UnicodeEncodeError):
        facts = None
    if not isinstance(facts, dict) or facts.get("schema") != FILE_SCHEMA or not is_digest(facts.get("sha256")):
        found.fault("attachment-unexplained", row=name)
        return None
    return facts


def _compare(case: Case, row: Row, said: dict[str, Any], found: Findings) -> None:
    data = case.bundle.attachments.get(said["sha256"])
    if data is None:
        found.fault("attachment-missing", row=f"{row.table} {row.key}", path=f"attachments/{said['sha256']}")
    elif not is_count(said.get("bytes")) or said["bytes"] != len(data):
        found.fault("attachment-size", row=f"{row.table} {row.key}", path=f"attachments/{said['sha256']}")


# statements_content: Statements about what was signed and what the database says (PF-9, PF-10).

RECORD_TABLES = {"record", "entry", "record_exception", "signature", "passkey_signature", "decision"}
HUB_TABLES = {"certificate", "revocation_list", "factor"}
PASSKEY_COLUMNS = {
    "credential": "credential_id", "public_key": "public_key", "authenticator_data": "authenticator_data",
    "client_data": "client_data", "value": "value",
}  # fmt: skip


def judge_content(case: Case, found: Findings) -> None:
    """PF-9: each signature covers this record as the rows give it, in a known sense."""
    judge_files(case, found)
    if case.bundle.rows is None:
        found.gap("file-missing", path="rows.json")
        return
    try:
        content = Content(case)
    except Malformed as error:
        found.fault(error.code, **error.about)
        return
    _judge_exercise(case, content, found)
    prior: list[str] = []
    for signature in case.signatures:
        line = case.signature_lines.get(signature.digest)
        if line is None:
            found.fault("signature-without-line", signature=signature.identity)
            continue
        for code in [*_faults_of_manifest(case, signature, line, content), *_faults_of_prior(signature, prior)]:
            found.fault(code, signature=signature.identity)
        if _place_holds(case, signature, line) is None:
            found.gap("chain-unproven", signature=signature.identity)
        _judge_digest(case, signature, line, content, found)
        prior.append(signature.digest)
    for line in case.lost_signatures:
        found.gap("signature-missing", line=line.name)
    found.remark("signatures-compared", count=len(case.signatures))


def _judge_exercise(case: Case, content: Content, found: Findings) -> None:
    """The master is the one that the record was issued with."""
    if case.bundle.exercise is None:
        found.gap("file-missing", path="exercise.json")
    elif sha256_hex(case.bundle.exercise) != content.record.get("exercise_digest") or case.master is None:
        found.fault("exercise-other")
    named = (case.bundle.about["exercise"], case.bundle.about["number"])
    if named != (content.record.get("exercise_code"), content.record.get("number")):
        found.fault("record-other")


def _faults_of_manifest(case: Case, signature: Signature, line: Line, content: Content) -> list[str]:
    """Return what is wrong with a manifest's words, beside its digest."""
    code = signature.says("meaning", "code")
    sentence = SENTENCES.get(code) if isinstance(code, str) else None
    facts = signature.says("facts")
    named = {name: value for name, value in content.header.items() if isinstance(facts, dict) and name in facts}
    purpose = (signature.says("schema"), signature.says("purpose"))
    checks = {
        "manifest-schema": purpose == ("cahier.manifest.v1", "hub.signature.v1"),
        "manifest-subject": signature.says("subject") == case.bundle.subject,
        "manifest-meaning": sentence is not None and SIGNING_ACTIONS[str(code)] == line.action,
        "manifest-sentence": signature.says("meaning", "label_digest") == sha256_hex((sentence or "").encode()),
        "manifest-shown": signature.says("shown") == signature.says("digest"),
        "manifest-part": (signature.says("part") is not None) == (code == "VERIFIED"),
        "manifest-facts": isinstance(facts, dict)
        and "exercise_digest" in facts
        and named == {name: facts[name] for name in named}
        and _place_holds(case, signature, line) is not False,
        "manifest-line": line.after.get("meaning", code) == code
        and line.after.get("digest", signature.says("digest")) == signature.says("digest"),
    }
    return [code for code, holds in checks.items() if not holds]


def _place_holds(case: Case, signature: Signature, line: Line) -> bool | None:
    """Say whether a manifest names site and room as the record's chain said them last before its line.

    None where it does not and a line that may have said so is missing: what is not there proves nothing.
    """
    before = [one for one in case.chain if one.index < line.index]
    places = [number for number, one in enumerate(before) if "room" in one.after]
    said = before[places[-1]].after if places else {}
    if (said.get("site"), said.get("room")) == (signature.says("facts", "site"), signature.says("facts", "room")):
        return True
    since = [0, *(one.said["sequence"] for one in before)][places[-1] + 1 if places else 0 :]
    counted = [*since, line.said["sequence"]]
    return False if counted == list(range(since[0], since[0] + len(counted))) else None


def _faults_of_prior(signature: Signature, before: list[str]) -> list[str]:
    """Every manifest that is named as signed before was signed before, and in that order."""
    named = signature.says("prior")
    if not isinstance(named, list) or any(one not in before for one in named):
        return ["manifest-prior"]
    places = [before.index(one) for one in named]
    return [] if places == sorted(set(places)) else ["manifest-prior"]


def _judge_digest(case: Case, signature: Signature, line: Line, content: Content, found: Findings) -> None:
    try:
        given = content.digest(signature, line)
    except Malformed as error:
        found.fault(error.code, **{"signature": signature.identity, **error.about})
        return
    if given == signature.says("digest"):
        return
    if _is_superseded(case, signature, line) and _was_written_again(case, signature, line):
        found.remark("superseded", signature=signature.identity)
    else:
        found.fault("manifest-digest", signature=signature.identity)


def _is_superseded(case: Case, signature: Signature, line: Line) -> bool:
    later = [one for one in case.signatures if case.signature_lines.get(one.digest, line).index > line.index]
    sense = (signature.says("meaning", "code"), signature.says("part"))
    return any((one.says("meaning", "code"), one.says("part")) == sense for one in later)


def _was_written_again(case: Case, signature: Signature, line: Line) -> bool:
    """Say whether a later line wrote the row of an exception that a signature covers."""
    keys = {f"{case.bundle.about['record']}/{number}" for number in range(1, counted_exceptions(signature) + 1)}
    written = [item for one in case.chain if one.index > line.index for item in one.said["rows"]]
    return any(item[0] == "record_exception" and item[1] in keys for item in written)


def judge_state(case: Case, found: Findings) -> None:
    """PF-10: each row is the last that the lines say of it, and none is missing."""
    if case.bundle.rows is None:
        found.gap("file-missing", path="rows.json")
        return
    last = _last_states(case, found)
    for row in case.bundle.rows:
        name = f"{row.table} {row.key}"
        if row.table not in RECORD_TABLES | HUB_TABLES:
            found.fault("row-of-another", row=name)
        elif (row.table, row.key) not in last:
            found.fault("row-unknown", row=name)
        elif last[row.table, row.key] != (row.version, row.digest()):
            found.fault("row-differs", row=name)
    for line in case.chain:
        for table, key, _, _ in line.said["rows"]:
            if table in RECORD_TABLES and (table, key) not in case.rows:
                found.fault("row-missing", row=f"{table} {key}", line=line.name)
    if not case.chain:
        found.gap("chain-empty")
    _judge_signature_rows(case, found)
    found.remark("rows-compared", count=len(case.bundle.rows))


def _last_states(case: Case, found: Findings) -> dict[tuple[str, str], tuple[int, str]]:
    """Return version and digest of the last state of each row, as the lines say of the log that it belongs to."""
    last: dict[tuple[str, str], tuple[int, str]] = {}
    for (log, _), line in case.lines.items():
        for table, key, version, digest in line.said["rows"]:
            if (table in HUB_TABLES) != (log == HUB):
                continue
            if version <= last.get((table, key), (0, ""))[0]:
                found.fault("row-version", row=f"{table} {key}", line=line.name)
            last[table, key] = version, digest
    return last


def _judge_signature_rows(case: Case, found: Findings) -> None:
    """The files of the signatures say what the rows of the signatures say."""
    for signature in case.bundle.signatures:
        row = case.rows.get(("signature", signature.identity))
        said = (row.columns.get("manifest"), row.columns.get("value")) if row else None
        beside = case.rows.get(("passkey_signature", signature.identity))
        if said != (signature.manifest_text, signature.value) or signature.passkey != _passkey_said(beside):
            found.fault("signature-row", signature=signature.identity)


def _passkey_said(row: Row | None) -> dict[str, object] | None:
    """Return what a row says that a passkey made, under the names of a signature's file."""
    return {name: row.columns.get(column) for name, column in PASSKEY_COLUMNS.items()} if row else None


# succession: Announcements of the next key of a log: a signed note in a line (line-format, *The keys of a log*).

SUCCESSION_SCHEMA = "cahier.log-succession.v1"
PLANNED, REPLACED = "audit:key:rotate", "audit:key:replace"
SUCCESSION_MEMBERS = ["origin", "old", "old-end", "new", "new-from", "emergency"]


@dataclass(frozen=True)
class NextKey:
    """Which key of a log ends where, and which begins where."""

    old: NoteKey
    end: int
    new: NoteKey
    begin: int


def read_next_key(line: Line, origin: str) -> NextKey:
    """Return what a line announces; Malformed unless the keys that must have signed it did, for this log and place."""
    note = read_note(str(line.after.get("announcement")).encode("utf-8", "replace"))
    schema, *lines = note.text.removesuffix("\n").split("\n")
    said = [(name, value) for name, _, value in (one.partition(" ") for one in lines)]
    values = dict(said)
    if schema != SUCCESSION_SCHEMA or [name for name, _ in said] != SUCCESSION_MEMBERS or values["origin"] != origin:
        raise Malformed("succession")
    if any(DECIMAL.fullmatch(values[name]) is None for name in ("old-end", "new-from")):
        raise Malformed("succession")
    announced = NextKey(
        read_key(values["old"]), int(values["old-end"]), read_key(values["new"]), int(values["new-from"])
    )
    is_planned = line.action == PLANNED
    fits = announced.end == announced.begin if is_planned else announced.end <= announced.begin
    if not fits or values["emergency"] != ("0" if is_planned else "1") or announced.begin != line.index + 1:
        raise Malformed("succession")
    for key in [announced.new, announced.old] if is_planned else [announced.new]:
        made = note.made_by(key)
        is_signed = made and all(key.verifies(one.value, note.text.encode()) for one in made)
        if key.kind != LOG_KEY or key.name != origin or not is_signed:
            raise Malformed("succession")
    return announced


def is_in_accord(announced: NextKey, trust: Trust) -> bool:
    """Say whether a trust file lets neither key sign where the log says that it may not."""
    ranges = [one for one in trust.logs if one.origin == announced.new.name]
    begun = all(one.first >= announced.begin for one in ranges if one.key == announced.new)
    return begun and all(one.end is not None and one.end <= announced.end for one in ranges if one.key == announced.old)


# statements_log: Statements about the logs: inclusion, consistency, witnesses, inactivity (PF-1, PF-2, PF-11, PF-14).

# What is missing, as against what contradicts.
MISSING = {"proof-missing", "head-missing", "consistency-missing"}
HEARTBEAT = "audit:log:heartbeat"
HOUSEKEEPING = {HEARTBEAT, "audit:timestamp:log", "signatures:revocations:publish"}


def judge_inclusion(case: Case, found: Findings) -> None:
    """PF-1: every line is included in the newest checkpoint of its log, which a known key signed."""
    if not case.bundle.lines:
        found.gap("no-lines")
    _judge_origins(case, found)
    for log in case.logs():
        if case.head(log) is None:
            _judge_head(case, log, found)
    proven = case.lines
    for place, error in sorted(case.line_faults.items()):
        if error.code != "head-missing":
            _note_fault(found, error, line=f"{place[0]}/{place[1]}")
    for log, index in sorted(set(case.bundle.proofs) - set(case.bundle.lines)):
        found.gap("line-missing", line=f"{log}/{index}")
    found.remark("lines-proven", count=len(proven), of=len(case.bundle.lines))


def _judge_origins(case: Case, found: Findings) -> None:
    """The logs are the hub's and the operator's of one hub, and no line claims another."""
    named = case.bundle.about["log"]
    hub, _, _ = case.bundle.origin("hub").rpartition("/hub") if "hub" in named else ("", "", "")
    expected = {"hub": f"{hub}/hub", "operator": f"{hub}/operator/{case.bundle.about['operator'].lower()}"}
    for log in case.logs():
        origin = case.bundle.origin(log)
        if not origin.endswith(expected[log]) if not hub else origin != expected[log]:
            found.fault("origin", log=log, origin=origin)
    for log in sorted({log for log, _ in case.bundle.lines} - set(named)):
        found.fault("log-unnamed", log=log)


def _judge_head(case: Case, log: str, found: Findings) -> None:
    size = case.bundle.newest(log)
    error = case.checkpoint_faults.get((log, size or 0))
    if error is not None:
        found.fault(error.code, checkpoint=f"{log}/{size}", **error.about)
    elif (log, size) in case.signed:
        found.fault("head-not-newest", checkpoint=f"{log}/{size}")
    else:
        found.gap("head-missing", checkpoint=f"{log}/{size}")


def _note_fault(found: Findings, error: Malformed, **about: object) -> None:
    note = found.gap if error.code in MISSING else found.fault
    note(error.code, **{**error.about, **about})


def judge_consistency(case: Case, found: Findings) -> None:
    """PF-2: every other checkpoint of a log is signed, and the newest continues it."""
    held = case.consistent
    for (log, size), error in sorted(case.checkpoint_faults.items()):
        _note_fault(found, error, checkpoint=f"{log}/{size}")
    _judge_keys(case, found)
    older = [(log, size) for log, size in held if size != case.bundle.newest(log)]
    if not older and not found.faults:
        found.gap("one-checkpoint")
    found.remark("checkpoints-consistent", count=len(older))


def _judge_keys(case: Case, found: Findings) -> None:
    """Where a log announced another key, it was signed for, and the trust file says the same."""
    for line in case.lines.values():
        if line.action not in {PLANNED, REPLACED}:
            continue
        try:
            announced = read_next_key(line, case.bundle.origin(line.log))
        except Malformed as error:
            found.fault(error.code, line=line.name, **error.about)
            continue
        if is_in_accord(announced, case.trust):
            found.remark("succession-followed", line=line.name, size=announced.begin)
        else:
            found.fault("succession-trust", line=line.name)


def judge_witnesses(case: Case, found: Findings) -> None:
    """PF-11: the newest checkpoint of each log carries the cosignatures that the policy asks for."""
    policy = case.trust.policy
    if policy is None:
        found.gap("no-policy")
        return
    known = {(key.name, key.public) for key in policy.logs}
    for log in case.logs():
        head = case.head(log)
        if head is None:
            found.gap("head-missing", checkpoint=f"{log}/{case.bundle.newest(log)}")
            continue
        keys = case.trust.keys_for(head.origin, head.size)
        if known and not known.intersection((key.name, key.public) for key in keys):
            found.fault("policy-log", log=log)
        try:
            is_met, count = policy.is_met(head)
        except Malformed as error:
            note = found.gap if error.code == "cosignature-unreadable" else found.fault
            note(error.code, checkpoint=f"{log}/{head.size}", **error.about)
            continue
        if is_met:
            found.remark("witnessed", log=log, count=count)
        else:
            found.gap("quorum-not-met", log=log, count=count)
    if not case.logs():
        found.gap("no-lines")


def judge_inactivity(case: Case, found: Findings) -> None:
    """PF-14: between two heartbeats there are only housekeeping lines."""
    shown = False
    for log in case.logs():
        lines = {index: line for (name, index), line in case.lines.items() if name == log}
        beats = [index for index, line in sorted(lines.items()) if line.action == HEARTBEAT]
        for begin, end in pairwise(beats):
            between = [line for index, line in lines.items() if begin <= index <= end]
            busy = [line for line in between if not is_housekeeping(line)]
            for line in busy:
                found.fault("not-housekeeping", line=line.name, action=line.action)
            if not busy and len(between) == end - begin + 1:
                shown = True
                found.remark("nothing-between", begin=f"{log}/{begin}", end=f"{log}/{end}")
    if not shown:
        found.gap("no-heartbeats")


def is_housekeeping(line: Line) -> bool:
    """Say whether a line is what a log says of itself, done by the house and by nobody in it."""
    by_the_house = line.said["actor"].startswith("system:") and line.said["reason"] is None
    return by_the_house and line.action in HOUSEKEEPING


# statements_record: Statements about the record among the lines: its chain, its series, its releases (PF-3, PF-4, PF-13).

ISSUE = "notebook:record:issue"
REOPENS = ("notebook:", "assessment:record:return")
REATTRIBUTED = "notebook:record:reattribute"
AFTER_THE_END = {"notebook:attribution:propose", "notebook:attribution:withdraw", REATTRIBUTED}
NUMBER = re.compile(r"(?P<name>.+)-(?P<year>[0-9]{4})-(?P<place>(?!0000$)[0-9]{4}|[1-9][0-9]{4,11})")


def judge_record(case: Case, found: Findings) -> None:
    """PF-3: the bundle holds every line of the record, from its issue to what closed it."""
    chain = case.chain
    if not chain:
        found.gap("chain-empty")
        return
    _judge_links(chain, found)
    for (log, index), line in sorted(case.bundle.lines.items()):
        if (log, index) in case.line_faults and line.said["subject"] == case.bundle.subject:
            found.fault("chain-unproven", line=line.name)
    first = chain[0]
    if first.action != ISSUE or first.after.get("record") != case.bundle.about["number"]:
        found.fault("chain-begins", line=first.name, action=first.action)
    _judge_end(chain, found)
    found.remark("chain-length", count=len(chain))


def _judge_links(chain: list[Line], found: Findings) -> None:
    """Each line counts on from the one before and names its hash."""
    before: Line | None = None
    for place, line in enumerate(chain, 1):
        if line.said["sequence"] != place:
            found.fault("chain-count", line=line.name, sequence=line.said["sequence"], expected=place)
            return
        if line.said["previous"] != (before.leaf.hex() if before else None):
            found.fault("chain-link", line=line.name)
            return
        before = line


def _judge_end(chain: list[Line], found: Findings) -> None:
    ends = [place for place, line in enumerate(chain) if line.action in CLOSING_ACTIONS]
    if not ends:
        found.doubt("record-open", action=chain[-1].action)
        return
    for line in chain[ends[0] + 1 :]:
        if line.action == REATTRIBUTED:
            found.remark("attributed-in-error", line=line.name)
        elif line.action.startswith(REOPENS) and line.action not in CLOSING_ACTIONS | AFTER_THE_END:
            found.fault("after-the-end", line=line.name, action=line.action)
    found.remark("record-closed", line=chain[ends[-1]].name, action=chain[ends[-1]].action)


def judge_series(case: Case, found: Findings) -> None:
    """PF-4: the numbers of the series are all accounted for, the record's own among them."""
    about = case.bundle.about
    own = NUMBER.fullmatch(about["number"])
    series = (about["series"]["name"], about["series"]["year"])
    if own is None or (own["name"], int(own["year"])) != series:
        found.fault("number-of-another-series", number=about["number"])
        return
    issued = [line for (log, _), line in case.lines.items() if log == OPERATOR and line.action == ISSUE]
    places: Counter[int] = Counter()
    for line in issued:
        number = NUMBER.fullmatch(str(line.after.get("record")))
        if number is not None and (number["name"], int(number["year"])) == series:
            places[int(number["place"])] += 1
            if int(number["place"]) == int(own["place"]) and line.said["subject"] != case.bundle.subject:
                found.fault("number-of-another", line=line.name, number=about["number"])
    _judge_places(places, int(own["place"]), found)
    if len({line.said["subject"] for line in issued}) != len(issued):
        found.fault("issued-twice")


def _judge_places(places: Counter[int], own: int, found: Findings) -> None:
    last = max(places, default=0)
    if own not in places:
        found.fault("own-number-missing", place=own)
    # Counted, not listed: a crafted number may be as large as it likes.
    missing = max(last, own) - len(places) - (own not in places and own > last)
    if missing > 0:
        first = next(place for place in range(1, len(places) + 2) if place not in places)
        found.fault("numbers-missing", count=missing, first=first)
    for place in sorted(place for place, count in places.items() if count > 1)[:5]:
        found.fault("number-twice", place=place)
    found.remark("series-length", count=len(places))


def judge_provenance(case: Case, found: Findings) -> None:
    """PF-13: every release that wrote a line of the record was recorded in the hub's log."""
    recorded = {
        line.after.get("version")
        for (log, _), line in case.lines.items()
        if log == HUB and line.action == "audit:release:record" and is_digest(line.after.get("digest"))
        if isinstance(line.after.get("version"), str)
    }
    named = sorted({str(line.said["release"]) for line in case.chain})
    if not named:
        found.gap("chain-empty")
    for release in named:
        note = found.remark if release in recorded else found.gap
        note("release-recorded" if release in recorded else "release-unknown", release=release)


# words_de: What the verifier says, in German: a sentence for each code; tests compare the four languages.

GERMAN = {
    "PF-1": "Jede Zeile des Nachweisbündels steht im signierten Protokoll",
    "PF-2": "Das Protokoll ist nur gewachsen",
    "PF-3": "Keine Zeile des Dossiers fehlt",
    "PF-4": "Jede Nummer der Serie ist belegt",
    "PF-5": "Die Signaturen gab es zu einem bewiesenen Zeitpunkt",
    "PF-6": "Die Signaturen entstanden nicht vor einem bewiesenen Zeitpunkt",
    "PF-7": "Die angegebenen Zeiten der Unterschrift liegen dazwischen",
    "PF-8": "Jede Signatur wurde mit dem zertifizierten Schlüssel der Person gemacht",
    "PF-9": "Unterschrieben wurde dieses Dossier, in diesem Sinn",
    "PF-10": "Die Datenbank sagt, was das Protokoll sagt",
    "PF-11": "Unabhängige Zeugen sahen dasselbe Protokoll",
    "PF-12": "Was nicht mehr lesbar ist, wurde durch eine Handlung gelöscht",
    "PF-13": "Die Software, die das Dossier schrieb, ist verzeichnet",
    "PF-14": "Zwischen zwei Lebenszeichen geschah nichts",
    "PF-1-limit": "Das sagt nicht, dass eine Zeile wahr ist.",
    "PF-2-limit": "Das sagt nicht, dass vor dem Schreiben nichts weggelassen wurde.",
    "PF-3-limit": "Das sagt nicht, dass nichts geschah, was nie eingegeben wurde.",
    "PF-4-limit": "Das sagt nicht, dass keine Arbeit ohne Nummer blieb, noch wie viele Nummern später kamen.",
    "PF-5-limit": "Das sagt nicht, dass sie genau dann entstanden.",
    "PF-6-limit": "Das sagt nicht, wann die Arbeit selbst geschah.",
    "PF-7-limit": "Das sagt nicht, dass die Uhr am Arbeitsplatz richtig ging.",
    "PF-8-limit": "Das sagt nicht, dass die Person verstand, was sie tat, oder dass niemand sie zwang.",
    "PF-9-limit": "Das sagt nichts über spätere Fassungen.",
    "PF-10-limit": "Das sagt nicht, dass der Inhalt wahr ist oder dass ein Bildschirm ihn so zeigte.",
    "PF-11-limit": "Das sagt nicht, dass die Zeugen voneinander unabhängig sind.",
    "PF-12-limit": "Das kann nicht sagen, was gelöscht wurde.",
    "PF-13-limit": "Das sagt nicht, dass die Software erneut gebaut werden kann.",
    "PF-14-limit": "Das sagt nicht, dass außerhalb des Systems nichts geschah.",
    "answer-PASS": "BEWIESEN",
    "answer-FAIL": "FEHLER",
    "answer-INDETERMINATE": "UNENTSCHIEDEN",
    "answer-REDACTED": "GELÖSCHT",
    "verdict-PASS": "Alles, was die Vertrauensdatei verlangt, ist bewiesen.",
    "verdict-FAIL": "Nicht alles, was die Vertrauensdatei verlangt, ist bewiesen.",
    "verdict-UNUSABLE": "Das lässt sich nicht beurteilen.",
    "heading-record": "Dossier",
    "heading-trust": "Vertrauensdatei, Version",
    "heading-bundle": "Nachweisbündel, SHA-256",
    "heading-judged": "Beurteilt zum",
    "heading-required": "verlangt",
    "heading-limits": "Was keine Prüfung zeigen kann",
    "heading-more": "und {count} weitere",
    "limit-true": "Dass ein eingegebener Wert wahr war.",
    "limit-happened": "Dass eine Handlung wirklich geschah.",
    "limit-outside": "Dass außerhalb des Systems nichts geschah.",
    "limit-stamp": (
        "Von einem Zeitstempel: wer das Gestempelte machte, dass es wahr ist, oder dass keine "
        "andere Fassung gestempelt wurde."
    ),
    "limit-pdf": (
        "Dass das PDF im Nachweisbündel zeigt, was die Zeilen sagen. Sein Siegel ist sein eigener Beweis, und Lesen "
        "vergleicht beides."
    ),
    "where-line": "Zeile",
    "where-checkpoint": "Prüfpunkt",
    "where-token": "Token",
    "where-signature": "Signatur",
    "where-certificate": "Zertifikat",
    "where-subject": "Zertifikat von",
    "where-path": "Datei",
    "where-row": "Datensatz",
    "where-commitment": "Festlegung",
    "where-action": "Handlung",
    "where-log": "Protokoll",
    "where-name": "Zeuge",
    "where-what": "Code",
    "where-time": "Zeitpunkt",
    "pdf": (
        "Ein PDF beweist sich durch sein eigenes Siegel, das ein PDF-Betrachter prüft. Hier werden nur Nachweisbündel "
        "(.eln) beurteilt, und dieses PDF enthält keines."
    ),
    "internal": "Das Prüfprogramm stolperte über diese Datei und beurteilt nichts davon.",
    "file-not-readable": "Die Datei lässt sich nicht lesen.",
    "archive-unreadable": "Die Datei ist kein lesbares ZIP-Archiv.",
    "archive-too-large": "Das Archiv enthält mehr, als dieses Programm liest.",
    "archive-roots": "Das Archiv enthält nicht genau einen Ordner mit der Nummer des Dossiers.",
    "archive-doubled": "Das Archiv enthält einen Namen zweimal.",
    "archive-path": "Das Archiv enthält einen Namen, der anderswohin führt.",
    "archive-link": "Das Archiv enthält einen Verweis oder etwas anderes als Dateien.",
    "archive-coding": "Das Archiv enthält etwas Verschlüsseltes oder ungewöhnlich Gepacktes.",
    "archive-damaged": "Eine Datei ist nicht so, wie die Beschreibung des Archivs sie nennt.",
    "description-missing": "Das Archiv hat keine Beschreibung (ro-crate-metadata.json).",
    "description-unreadable": "Die Beschreibung des Archivs ist unlesbar.",
    "bundle-missing": "Das Archiv enthält keine Beweise (evidence/bundle.json).",
    "file-unknown": "Die Beweise enthalten eine Datei, die das Format nicht kennt.",
    "file-shape": "Eine Datei der Beweise ist nicht so geschrieben, wie das Format es sagt.",
    "file-missing": "Eine Datei der Beweise fehlt.",
    "trust-unreadable": "Die Vertrauensdatei ist unlesbar.",
    "trust-schema": "Das ist keine Vertrauensdatei einer bekannten Version.",
    "trust-shape": "Die Vertrauensdatei sagt etwas Unverständliches.",
    "json-unreadable": "Das ist kein lesbares JSON.",
    "json-not-canonical": "Das JSON steht nicht in seiner kanonischen Form.",
    "json-doubled-name": "Das JSON nennt ein Element zweimal.",
    "json-strange-name": "Das JSON nennt ein Element mit fremden Zeichen.",
    "json-not-an-integer": "Das JSON enthält eine Zahl, die keine einfache ganze Zahl ist.",
    "json-too-deep": "Das JSON ist zu tief verschachtelt.",
    "shape": "Etwas hat nicht die Form, die das Format vorgibt.",
    "required": "Die Vertrauensdatei verlangt eine unbekannte Aussage oder keine.",
    "base64": "Ein Base64-Text steht nicht in seiner kanonischen Form.",
    "pem": "Ein PEM-Text enthält etwas anderes als ein einziges Objekt.",
    "der": "Eine DER-Struktur ist unlesbar.",
    "time-unreadable": "Ein Zeitpunkt ist nicht so geschrieben, wie das Format es sagt.",
    "misnamed": "Eine Datei ist nicht, was ihr Name sagt.",
    "note": "Eine signierte Notiz ist unlesbar.",
    "note-key": "Ein Schlüssel eines Protokolls oder Zeugen ist unlesbar.",
    "policy": "Die Regel über Zeugen ist unverständlich.",
    "policy-log": "Die Regel über Zeugen kennt dieses Protokoll nicht.",
    "checkpoint": "Ein Prüfpunkt ist unlesbar.",
    "checkpoint-elsewhere": "Ein Prüfpunkt gehört zu einem anderen Protokoll oder einer anderen Länge.",
    "checkpoint-signature": "Die Signatur des Protokolls unter einem Prüfpunkt ist falsch.",
    "checkpoint-unsigned": "Kein Schlüssel der Vertrauensdatei signierte diesen Prüfpunkt.",
    "checkpoint-out-of-range": (
        "Ein Schlüssel des Protokolls signierte diesen Prüfpunkt, darf aber keinen dieser Größe signieren."
    ),
    "checkpoint-inconsistent": "Der neueste Prüfpunkt setzt diesen nicht fort. Das Protokoll wurde umgeschrieben.",
    "consistency-missing": "Der Beweis, dass der neueste diesen fortsetzt, fehlt.",
    "checkpoints-consistent": "{count} ältere Prüfpunkte werden vom neuesten fortgesetzt.",
    "succession": (
        "Eine Zeile kündigt einen anderen Schlüssel des Protokolls an, ist aber nicht signiert oder "
        "geschrieben, wie sie es sein muss."
    ),
    "succession-followed": (
        "Ab {size} Zeilen signiert ein anderer Schlüssel das Protokoll, wie das Protokoll es selbst ankündigte."
    ),
    "succession-trust": "Die Vertrauensdatei lässt einen Schlüssel dort signieren, wo er es laut Protokoll nicht darf.",
    "head-missing": "Der neueste Prüfpunkt eines Protokolls fehlt.",
    "head-not-newest": "Das Nachweisbündel enthält einen längeren Prüfpunkt als den angeblich neuesten.",
    "one-checkpoint": "Es gibt nur einen Prüfpunkt je Protokoll, also nichts zu vergleichen.",
    "cosignature": "Die Mitsignatur eines Zeugen ist falsch.",
    "cosignature-unreadable": (
        "Ein Zeuge hat mit ML-DSA-44 mitsigniert, was die hier installierte `cryptography` nicht prüfen kann."
    ),
    "no-policy": "Die Vertrauensdatei nennt keine Regel über Zeugen.",
    "quorum-not-met": "{count} bekannte Zeugen signierten mit, weniger als die Regel verlangt.",
    "witnessed": "{count} bekannte Zeugen signierten mit.",
    "no-lines": "Das Nachweisbündel enthält keine Zeile eines Protokolls.",
    "origin": "Die Herkunft eines Protokolls passt nicht zu Hub und Betreiber: {origin}",
    "log-unnamed": "Zeilen stehen in einem Protokoll, das bundle.json nicht nennt.",
    "line-elsewhere": "Eine Zeile sagt, dass sie anderswo steht.",
    "line-missing": "Es gibt einen Beweis, aber nicht seine Zeile.",
    "lines-proven": "{count} von {of} Zeilen sind bewiesen.",
    "proof-missing": "Der Beweis einer Zeile fehlt.",
    "proof-of-another": "Ein Beweis gehört zu einer anderen Zeile oder einem anderen Prüfpunkt.",
    "proof-of-inclusion": "Die Zeile steht nicht im signierten Protokoll.",
    "proof-hashes": "Die Hashwerte eines Beweises sind unlesbar.",
    "chain-empty": "Keine Zeile des Dossiers ist bewiesen.",
    "chain-begins": "Die erste Zeile des Dossiers gibt es nicht unter seiner Nummer aus.",
    "chain-count": "Eine Zeile des Dossiers fehlt oder ist zu viel. Diese sagt {sequence} und müsste {expected} sagen.",
    "chain-link": "Eine Zeile nennt nicht den Hashwert der vorigen.",
    "chain-length": "Das Dossier hat {count} Zeilen.",
    "chain-unproven": "Eine Zeile des Dossiers ist nicht bewiesen.",
    "record-open": "Das Dossier ist noch offen.",
    "record-closed": "Das Dossier wurde abgeschlossen.",
    "attributed-in-error": (
        "Der Hub sagt: das Dossier wurde irrtümlich zugeordnet, es ist nicht die Arbeit dessen, der unterschrieb."
    ),
    "after-the-end": "Nach dem Abschluss wurde etwas am Dossier getan.",
    "number-of-another-series": "Die Nummer des Dossiers gehört nicht zur genannten Serie: {number}",
    "number-of-another": "Die Nummer des Dossiers wurde einem anderen gegeben.",
    "number-twice": "Die Nummer {place} wurde zweimal vergeben.",
    "numbers-missing": "{count} Nummern der Serie fehlen, die erste ist {first}.",
    "own-number-missing": "Die Nummer des Dossiers wurde nie ausgegeben.",
    "issued-twice": "Ein Dossier wurde zweimal ausgegeben.",
    "series-length": "{count} Nummern der Serie sind belegt.",
    "token": "Ein Zeitstempel-Token ist unlesbar.",
    "token-algorithm": "Ein Token verwendet ein nicht anerkanntes Verfahren.",
    "token-content": "Der Inhalt eines Tokens ist nicht, was sein Aussteller signierte.",
    "token-signer": "Das Zertifikat, das ein Token als Aussteller nennt, fehlt.",
    "token-signature": "Die Signatur eines Tokens ist falsch.",
    "token-over-nothing": "Ein Token deckt keinen Prüfpunkt dieses Nachweisbündels.",
    "no-token-after": "Kein gutes Token deckt einen Prüfpunkt mit dieser Signatur.",
    "token-ended": (
        "Das Zertifikat eines Zeitstempels endete am {time}, und kein späterer Zeitstempel erneuerte ihn vorher."
    ),
    "token-renewed": "Das Zertifikat eines Zeitstempels endete am {time}; ein späterer Zeitstempel hatte ihn erneuert.",
    "not-later": "Eine Signatur gab es um {time}.",
    "not-earlier": "Eine Signatur entstand nach {time}.",
    "no-freshness": "Eine Signatur nennt kein früheres Token.",
    "freshness-not-logged": "Das Token, das eine Signatur nennt, wurde nicht vorher verzeichnet.",
    "freshness-token-missing": "Das Token, das eine Signatur nennt, ist nicht im Nachweisbündel.",
    "freshness-of-another": "Das Token, das eine Signatur nennt, deckt einen anderen Prüfpunkt.",
    "nothing-signed": "Niemand unterschrieb für das ganze Dossier.",
    "signature-missing": "Eine Zeile nennt eine Signatur, die nicht im Nachweisbündel ist.",
    "claimed-too-early": "Die angegebene Zeit {time} liegt vor dem Bewiesenen.",
    "claimed-too-late": "Die angegebene Zeit {time} liegt nach dem Bewiesenen.",
    "window": "Eine Signatur entstand innerhalb von {seconds} bewiesenen Sekunden.",
    "window-open": "Einer der beiden bewiesenen Zeitpunkte fehlt.",
    "window-empty": "Die bewiesenen Zeitpunkte widersprechen sich.",
    "authors": "{signatures} Signaturen, {certificates} Zertifikate und {lists} Sperrlisten wurden geprüft.",
    "signed-by": "Unterschrieben von {pseudonym}.",
    "signature-key": "Der Schlüssel einer Signatur ist nicht von der anerkannten Art.",
    "signature-algorithms": "Ein Manifest nennt andere Verfahren als die anerkannten.",
    "signature-value": "Eine Signatur passt nicht zu Manifest und Schlüssel.",
    "signature-other-key": "Ein Manifest nennt einen anderen Schlüssel als den, der signierte.",
    "signature-other-actor": "Ein Manifest nennt einen anderen Unterzeichner als die Zeile.",
    "signature-other-certificate": "Das Zertifikat ist nicht das des Schlüssels und des Manifests.",
    "signature-without-line": "Keine Zeile des Dossiers nennt diese Signatur.",
    "signature-row": "Der Datensatz einer Signatur sagt etwas anderes als ihre Datei.",
    "no-certificate": "Eine Signatur entstand ohne Zertifikat.",
    "certificate-missing": "Das Zertifikat einer Signatur ist nicht im Nachweisbündel.",
    "certificate-not-logged": "Keine Zeile verzeichnete das Zertifikat vor seiner Verwendung.",
    "certificate-of-another": "Das Zertifikat gehört jemand anderem.",
    "certificate": "Ein Zertifikat ist unlesbar.",
    "certificate-extension": "Ein Zertifikat verlangt etwas, das dieses Programm nicht kennt.",
    "certificate-name": "Eine Stelle darf diesen Namen nicht zertifizieren.",
    "certificate-no-authority": "Ein Zertifikat der Kette ist keine dazu befugte Stelle.",
    "certificate-not-valid-then": "Ein Zertifikat war damals nicht gültig.",
    "certificate-use": "Ein Zertifikat ist nicht für diesen Gebrauch.",
    "chain-untrusted": "Keine Wurzel der Vertrauensdatei bürgt für dieses Zertifikat.",
    "revocation-list": "Eine Sperrliste ist unlesbar.",
    "lists-stamped": (
        "Zeitstempel belegen, dass {count} von {of} Sperrlisten bestanden, die letzte spätestens um {time}."
    ),
    "no-revocation-list": "Keine verzeichnete Sperrliste spricht zu dieser Zeit von diesem Zertifikat.",
    "revoked": "Das Zertifikat war am {time} gesperrt worden.",
    "revoked-later": "Das Zertifikat wurde später gesperrt, am {time}. Frühere Signaturen behalten ihren Wert.",
    "contested": "Der Schlüssel ist seit {time} verdächtig. Die Signatur ist strittig.",
    "passkey-missing": "Ein Manifest sagt, dass ein Passkey mitsignierte, doch was er signierte, fehlt.",
    "passkey-unnamed": "Es liegt die Signatur eines Passkeys vor, von der das Manifest nichts sagt.",
    "passkey-key": "Der öffentliche Schlüssel eines Passkeys ist von keiner zugelassenen Art.",
    "passkey-value": "Die Signatur eines Passkeys passt nicht zu seinem öffentlichen Schlüssel.",
    "passkey-absent": "Ein Passkey signierte, ohne dass jemand anwesend war.",
    "passkey-client-data": "Ein Passkey wurde zu etwas anderem gefragt als hier zu signieren.",
    "passkey-challenge": "Ein Passkey signierte etwas anderes als dieses Manifest.",
    "passkey-host": "Ein Passkey signierte für einen anderen Host als den, für den er registriert wurde.",
    "passkey-origin": "Ein Passkey wurde auf einer Seite gefragt, die nicht die des Hubs ist.",
    "passkey-not-enrolled": "Keine Zeile sagt, dass die signierende Person diesen Passkey vorher registriert hatte.",
    "passkey-ended": "Der Passkey war schon außer Gebrauch.",
    "passkey-verified": "Ein Passkey signierte mit, nachdem er seine Person geprüft hatte.",
    "passkey-present": "Ein Passkey signierte mit, während jemand anwesend war.",
    "exercise-other": "Die Vorlage im Nachweisbündel ist nicht die, mit der das Dossier ausgegeben wurde.",
    "exercise-missing": "Die Vorlage fehlt, daher ist die Signatur eines Schritts nicht zu vergleichen.",
    "record-other": "bundle.json nennt eine andere Übung oder Nummer als das Dossier.",
    "facts": "Ein Manifest sagt nicht, wie viel es umfasst.",
    "step-unknown": "Ein Manifest nennt einen Schritt, den die Vorlage nicht hat.",
    "rows-missing": "Der Datensatz des Dossiers fehlt.",
    "rows-fewer": "Es gibt weniger Datensätze, als ein Manifest umfasst.",
    "rows-uncounted": "Ein Datensatz hat keine Nummer.",
    "rows-unsorted": "Die Datensätze sind nicht sortiert, oder einer steht zweimal da.",
    "manifest-schema": "Ein Manifest ist von unbekannter Art.",
    "manifest-subject": "Ein Manifest handelt von einem anderen Dossier.",
    "manifest-meaning": "Der Sinn eines Manifests ist nicht der der Handlung.",
    "manifest-sentence": "Ein Manifest umfasst einen anderen Satz als den seines Sinns.",
    "manifest-shown": "Dem Unterzeichner wurde etwas anderes gezeigt als das Unterschriebene.",
    "manifest-part": "Ein Manifest umfasst einen anderen Teil, als sein Sinn erlaubt.",
    "manifest-facts": "Ein Manifest nennt andere Tatsachen als das Dossier.",
    "manifest-line": "Eine Zeile sagt von einer Signatur etwas anderes als ihr Manifest.",
    "manifest-prior": "Ein Manifest nennt frühere Signaturen, die es nicht gab.",
    "manifest-digest": "Unterschrieben wurde nicht, was die Datensätze sagen.",
    "superseded": "Eine Signatur wurde durch eine spätere abgelöst, und was sie umfasste, hat sich seither geändert.",
    "signatures-compared": "{count} Signaturen wurden mit den Datensätzen verglichen.",
    "attachment-unnamed": "Das Paket enthält eine Datei, die kein Eintrag des Dossiers nennt.",
    "attachment-unexplained": "Ein Eintrag hat eine Datei angefügt, und nichts Verlässliches sagt, welche.",
    "attachment-erased": "Eine angefügte Datei wurde am {time} durch die Handlung in Zeile {line} gelöscht.",
    "attachment-missing": "Eine Datei, die ein Eintrag nennt, ist nicht im Paket.",
    "attachment-size": "Eine angefügte Datei ist nicht so groß, wie ihr Eintrag sagt.",
    "attachments-compared": "{count} angefügte Dateien wurden mit ihren Einträgen verglichen.",
    "row-differs": "Ein Datensatz ist nicht so, wie die Zeilen sagen.",
    "row-missing": "Ein Datensatz, den eine Zeile nennt, fehlt.",
    "row-of-another": "Ein Datensatz gehört zu einer Tabelle, die nicht zum Dossier gehört.",
    "row-unknown": "Keine Zeile nennt diesen Datensatz.",
    "row-version": "Die Zeilen zählen die Stände eines Datensatzes falsch.",
    "rows-compared": "{count} Datensätze wurden mit den Zeilen verglichen.",
    "commitment-strange": "An der Stelle einer Festlegung steht etwas anderes.",
    "text-differs": "Ein Text ist nicht der, der festgelegt wurde.",
    "text-missing": "Ein Text fehlt und wurde nicht durch eine Handlung gelöscht.",
    "text-erased": "Ein Text wurde am {time} durch die Handlung in Zeile {line} gelöscht.",
    "erasure-decided": "Die Entscheidung in Zeile {line}: {decision}",
    "erasure-without-line": "Ein Text soll gelöscht sein, aber keine Zeile sagt es.",
    "texts-opened": "{count} Texte öffnen ihre Festlegungen.",
    "release-recorded": "Die Version {release} ist verzeichnet.",
    "release-unknown": "Keine Zeile des Hubs verzeichnete die Version {release}.",
    "no-heartbeats": "Es gibt keine zwei Lebenszeichen mit allen Zeilen dazwischen.",
    "not-housekeeping": "Zwischen zwei Lebenszeichen steht eine Zeile, die keine Haushaltung ist.",
    "nothing-between": "Zwischen den Zeilen {begin} und {end} gibt es nur Haushaltung.",
    "act-unsigned": "Eine Handlung, die durch Unterschrift geschieht, nennt keine Signatur.",
    "act-of-another": "Zwei Handlungen nennen dieselbe Signatur.",
}


# words_en: What the verifier says, in English: a sentence for each code; tests compare the four languages.

ENGLISH = {
    "PF-1": "Every line of the bundle stands in the signed log",
    "PF-2": "The log only ever grew",
    "PF-3": "No line of the record is missing",
    "PF-4": "Every number of the series is accounted for",
    "PF-5": "The signatures existed by a proven time",
    "PF-6": "The signatures were not made before a proven time",
    "PF-7": "The stated times of signing lie between the two",
    "PF-8": "Each signature was made with its person's certified key",
    "PF-9": "What was signed is this record, with this meaning",
    "PF-10": "The database says what the log says",
    "PF-11": "Independent witnesses saw the same log",
    "PF-12": "What is not readable any more was erased by an act",
    "PF-13": "The software that wrote the record is on file",
    "PF-14": "Nothing happened between two heartbeats",
    "PF-1-limit": "It does not say that a line is true.",
    "PF-2-limit": "It does not say that nothing was left out before it was written.",
    "PF-3-limit": "It does not say that nothing happened that was never entered.",
    "PF-4-limit": "It does not say that no work went unnumbered, nor how many numbers came later.",
    "PF-5-limit": "It does not say that they were made just then.",
    "PF-6-limit": "It does not say when the work itself was done.",
    "PF-7-limit": "It does not say that the clock at the bench was right.",
    "PF-8-limit": "It does not say that the person understood, or that nobody forced their hand.",
    "PF-9-limit": "It says nothing of later versions.",
    "PF-10-limit": "It does not say that the content is true, or that a screen showed it so.",
    "PF-11-limit": "It does not say that the witnesses are independent of each other.",
    "PF-12-limit": "It cannot say what was erased.",
    "PF-13-limit": "It does not say that the software can be built again.",
    "PF-14-limit": "It does not say that nothing happened outside the system.",
    "answer-PASS": "PASS",
    "answer-FAIL": "FAIL",
    "answer-INDETERMINATE": "INDETERMINATE",
    "answer-REDACTED": "REDACTED",
    "verdict-PASS": "Everything that the trust file requires is proven.",
    "verdict-FAIL": "Not everything that the trust file requires is proven.",
    "verdict-UNUSABLE": "This cannot be judged.",
    "heading-record": "Record",
    "heading-trust": "Trust file, version",
    "heading-judged": "Judged as of",
    "heading-bundle": "Bundle, SHA-256",
    "heading-required": "required",
    "heading-limits": "What no verification can show",
    "heading-more": "and {count} more",
    "limit-true": "That a typed value was true.",
    "limit-happened": "That an action really happened.",
    "limit-outside": "That nothing happened outside the system.",
    "limit-stamp": (
        "Of a time stamp: who made what was stamped, that it is true, or that no other version was stamped too."
    ),
    "limit-pdf": (
        "That the PDF in the bundle shows what the lines say; its seal is its own proof, and reading compares the two."
    ),
    "where-line": "line",
    "where-checkpoint": "checkpoint",
    "where-token": "token",
    "where-signature": "signature",
    "where-certificate": "certificate",
    "where-subject": "certificate of",
    "where-path": "file",
    "where-row": "row",
    "where-commitment": "commitment",
    "where-action": "act",
    "where-log": "log",
    "where-name": "witness",
    "where-what": "code",
    "where-time": "time",
    "pdf": (
        "A PDF proves itself by its own seal, which a PDF viewer checks. Only bundles (.eln) are judged here, "
        "and this PDF carries none."
    ),
    "internal": "The verifier stumbled over this file and judges nothing of it.",
    "file-not-readable": "The file cannot be read.",
    "archive-unreadable": "The file is no ZIP archive that can be read.",
    "archive-too-large": "The archive holds more than this verifier reads.",
    "archive-roots": "The archive does not hold one folder named by the record's number.",
    "archive-doubled": "The archive holds a name twice.",
    "archive-path": "The archive holds a name that leads elsewhere.",
    "archive-link": "The archive holds a link or something else that is no file.",
    "archive-coding": "The archive holds something encrypted, or packed in an unusual way.",
    "archive-damaged": "A file is not as the archive's description lists it.",
    "description-missing": "The archive has no description (ro-crate-metadata.json).",
    "description-unreadable": "The archive's description cannot be read.",
    "bundle-missing": "The archive holds no evidence (evidence/bundle.json).",
    "file-unknown": "The evidence holds a file that the format does not know.",
    "file-shape": "A file of the evidence is not written as the format says.",
    "file-missing": "A file of the evidence is missing.",
    "trust-unreadable": "The trust file cannot be read.",
    "trust-schema": "This is no trust file of a version that this verifier knows.",
    "trust-shape": "The trust file says something that cannot be understood.",
    "json-unreadable": "This is no JSON that can be read.",
    "json-not-canonical": "The JSON is not in its one canonical form.",
    "json-doubled-name": "The JSON names a member twice.",
    "json-strange-name": "The JSON names a member with strange signs.",
    "json-not-an-integer": "The JSON holds a number that is no plain integer.",
    "json-too-deep": "The JSON is nested too deep.",
    "shape": "Something is not of the form that the format gives.",
    "required": "The trust file requires a statement that does not exist, or none.",
    "base64": "A base64 text is not in its one canonical form.",
    "pem": "A PEM text holds something else than one plain object.",
    "der": "A DER structure cannot be read.",
    "time-unreadable": "A time is not written as the format says.",
    "misnamed": "A file is not what its name says.",
    "note": "A signed note cannot be read.",
    "note-key": "A key of a log or witness cannot be read.",
    "policy": "The policy about witnesses cannot be understood.",
    "policy-log": "The policy about witnesses does not know this log.",
    "checkpoint": "A checkpoint cannot be read.",
    "checkpoint-elsewhere": "A checkpoint is of another log or size than its place says.",
    "checkpoint-signature": "The log's signature under a checkpoint is false.",
    "checkpoint-unsigned": "No key of the trust file signed this checkpoint.",
    "checkpoint-out-of-range": "A key of the log signed this checkpoint that may not sign one of this size.",
    "checkpoint-inconsistent": "The newest checkpoint does not continue this one. The log was rewritten.",
    "consistency-missing": "The proof that the newest checkpoint continues this one is missing.",
    "checkpoints-consistent": "{count} older checkpoints are continued by the newest.",
    "succession": "A line announces another key of the log, and is not signed or written as it must be.",
    "succession-followed": "From {size} lines on, another key signs the log, as the log itself announced.",
    "succession-trust": "The trust file lets a key sign where the log says that it may not.",
    "head-missing": "The newest checkpoint of a log is missing.",
    "head-not-newest": "The bundle holds a longer checkpoint than the one it calls newest.",
    "one-checkpoint": "There is only one checkpoint of each log, so that nothing can be compared.",
    "cosignature": "A witness's cosignature is false.",
    "cosignature-unreadable": (
        "A witness cosigned with ML-DSA-44, which the `cryptography` installed here cannot verify."
    ),
    "no-policy": "The trust file names no policy about witnesses.",
    "quorum-not-met": "{count} known witnesses cosigned, fewer than the policy asks for.",
    "witnessed": "{count} known witnesses cosigned.",
    "no-lines": "The bundle holds no line of a log.",
    "origin": "A log's origin does not fit the hub and the operator: {origin}",
    "log-unnamed": "Lines stand in a log that bundle.json does not name.",
    "line-elsewhere": "A line says that it stands elsewhere.",
    "line-missing": "There is a proof, but not its line.",
    "lines-proven": "{count} of {of} lines are proven.",
    "proof-missing": "The proof of a line is missing.",
    "proof-of-another": "A proof is of another line or checkpoint.",
    "proof-of-inclusion": "The line does not stand in the signed log.",
    "proof-hashes": "The hashes of a proof cannot be read.",
    "chain-empty": "No line of the record is proven.",
    "chain-begins": "The first line of the record does not issue it under its number.",
    "chain-count": "A line of the record is missing or too many. This one says {sequence}, and should say {expected}.",
    "chain-link": "A line does not name the hash of the one before.",
    "chain-length": "The record has {count} lines.",
    "chain-unproven": "A line of the record is not proven.",
    "record-open": "The record is still open.",
    "record-closed": "The record was closed.",
    "attributed-in-error": (
        "The hub says that the record is not the work of who signed PERFORMED: it was attributed in error."
    ),
    "after-the-end": "Something was done to the record after it was closed.",
    "number-of-another-series": "The record's number is not of the series that the bundle names: {number}",
    "number-of-another": "The record's number was given to another record.",
    "number-twice": "The number {place} was given twice.",
    "numbers-missing": "{count} numbers of the series are missing, the first of them {first}.",
    "own-number-missing": "The record's own number was never issued.",
    "issued-twice": "A record was issued twice.",
    "series-length": "{count} numbers of the series are accounted for.",
    "token": "A time-stamp token cannot be read.",
    "token-algorithm": "A token uses an algorithm that is not accepted.",
    "token-content": "A token's content is not what its signer signed.",
    "token-signer": "The certificate that a token names as its signer is missing.",
    "token-signature": "The signature of a token is false.",
    "token-over-nothing": "A token covers no checkpoint of this bundle.",
    "no-token-after": "No good token covers a checkpoint that includes this signature.",
    "token-ended": "The certificate behind a time stamp ended on {time}, and no later time stamp renewed it before.",
    "token-renewed": "The certificate behind a time stamp ended on {time}; a later time stamp had renewed it.",
    "not-later": "A signature existed by {time}.",
    "not-earlier": "A signature was made after {time}.",
    "no-freshness": "A signature names no token that was there before it.",
    "freshness-not-logged": "The token that a signature names was not logged before it.",
    "freshness-token-missing": "The token that a signature names is not in the bundle.",
    "freshness-of-another": "The token that a signature names covers another checkpoint than it says.",
    "nothing-signed": "Nobody signed for the whole of this record.",
    "signature-missing": "A line names a signature that is not in the bundle.",
    "claimed-too-early": "The stated time {time} lies before what is proven.",
    "claimed-too-late": "The stated time {time} lies after what is proven.",
    "window": "A signature was made within {seconds} seconds that are proven.",
    "window-open": "One of the two proven times is missing.",
    "window-empty": "The proven times contradict each other.",
    "authors": "{signatures} signatures, {certificates} certificates and {lists} revocation lists were examined.",
    "signed-by": "Signed by {pseudonym}.",
    "signature-key": "The key of a signature is none of the kind that is accepted.",
    "signature-algorithms": "A manifest names other algorithms than those that are accepted.",
    "signature-value": "A signature does not fit its manifest and key.",
    "signature-other-key": "A manifest names another key than the one that signed.",
    "signature-other-actor": "A manifest names another signer than the line says.",
    "signature-other-certificate": "The certificate is not that of the key and the manifest.",
    "signature-without-line": "No line of the record names this signature.",
    "signature-row": "The row of a signature says something else than its file.",
    "no-certificate": "A signature was made without a certificate.",
    "certificate-missing": "The certificate of a signature is not in the bundle.",
    "certificate-not-logged": "No line logged the certificate before it was used.",
    "certificate-of-another": "The certificate is somebody else's.",
    "certificate": "A certificate cannot be read.",
    "certificate-extension": "A certificate asks for something that this verifier does not know.",
    "certificate-name": "An authority may not certify this name.",
    "certificate-no-authority": "A certificate of the chain is no authority that may issue this.",
    "certificate-not-valid-then": "A certificate was not valid at that time.",
    "certificate-use": "A certificate is not for this use.",
    "chain-untrusted": "No root of the trust file vouches for this certificate.",
    "revocation-list": "A revocation list cannot be read.",
    "lists-stamped": "Time stamps prove that {count} of {of} revocation lists existed, the last of them by {time}.",
    "no-revocation-list": "No logged revocation list speaks of this certificate at that time.",
    "revoked": "The certificate had been revoked on {time}.",
    "revoked-later": "The certificate was revoked later, on {time}. Earlier signatures keep their worth.",
    "contested": "The key is suspected since {time}. The signature is contested.",
    "passkey-missing": "A manifest says that a passkey signed too, but what it signed is missing.",
    "passkey-unnamed": "A passkey's signature is there of which the manifest says nothing.",
    "passkey-key": "The key of a passkey is none of the kind that is accepted.",
    "passkey-value": "A passkey's signature does not fit its key.",
    "passkey-absent": "A passkey signed without anybody being there.",
    "passkey-client-data": "A passkey was asked for something else than to sign here.",
    "passkey-challenge": "A passkey signed something else than this manifest.",
    "passkey-host": "A passkey signed for another host than the one it was enrolled for.",
    "passkey-origin": "A passkey was asked on a page that is not the hub's.",
    "passkey-not-enrolled": "No line says that the signer enrolled this passkey before.",
    "passkey-ended": "The passkey was out of use already.",
    "passkey-verified": "A passkey signed too, after making sure of its person.",
    "passkey-present": "A passkey signed too, with somebody there.",
    "exercise-other": "The master in the bundle is not the one the record was issued with.",
    "exercise-missing": "The master is missing, so that the signature of a step cannot be compared.",
    "record-other": "bundle.json names another exercise or number than the record.",
    "facts": "A manifest does not say how much it covers.",
    "step-unknown": "A manifest names a step that the master does not have.",
    "rows-missing": "The row of the record is missing.",
    "rows-fewer": "There are fewer rows than a manifest covers.",
    "rows-uncounted": "A row has no number.",
    "rows-unsorted": "The rows are not sorted, or one stands there twice.",
    "manifest-schema": "A manifest is of an unknown kind.",
    "manifest-subject": "A manifest is about another record.",
    "manifest-meaning": "A manifest's meaning is not that of the act.",
    "manifest-sentence": "A manifest covers another sentence than its meaning has.",
    "manifest-shown": "The signer was shown something else than what was signed.",
    "manifest-part": "A manifest covers another part than its meaning allows.",
    "manifest-facts": "A manifest names other facts than the record has.",
    "manifest-line": "A line says something else of a signature than its manifest.",
    "manifest-prior": "A manifest names signatures before it that were not there.",
    "manifest-digest": "What was signed is not what the rows say.",
    "superseded": "A signature was superseded by a later one, and what it covered has changed since.",
    "signatures-compared": "{count} signatures were compared with the rows.",
    "attachment-unnamed": "The bundle holds a file that no entry of the record names.",
    "attachment-unexplained": "An entry attached a file, and nothing that can be relied on says which.",
    "attachment-erased": "An attached file was erased on {time} by the act in line {line}.",
    "attachment-missing": "A file that an entry names is not in the bundle.",
    "attachment-size": "An attached file is of another size than its entry says.",
    "attachments-compared": "{count} attached files were compared with their entries.",
    "row-differs": "A row is not as the lines say.",
    "row-missing": "A row that a line names is missing.",
    "row-of-another": "A row is of a table that is none of the record's.",
    "row-unknown": "No line names this row.",
    "row-version": "The lines count the states of a row wrongly.",
    "rows-compared": "{count} rows were compared with the lines.",
    "commitment-strange": "Something stands in the place of a commitment that is none.",
    "text-differs": "A text is not the one that was committed to.",
    "text-missing": "A text is missing and was not erased by an act.",
    "text-erased": "A text was erased on {time} by the act in line {line}.",
    "erasure-decided": "The decision in line {line}: {decision}",
    "erasure-without-line": "A text is said to be erased, but no line says so.",
    "texts-opened": "{count} texts open their commitments.",
    "release-recorded": "The release {release} is recorded.",
    "release-unknown": "No line of the hub recorded the release {release}.",
    "no-heartbeats": "There are no two heartbeats with all lines between them.",
    "not-housekeeping": "Between two heartbeats stands a line that is no housekeeping.",
    "nothing-between": "Between the lines {begin} and {end} there is only housekeeping.",
    "act-unsigned": "An act that is done by signing names no signature.",
    "act-of-another": "Two acts name the same signature.",
}


# words_fr: What the verifier says, in French: a sentence for each code; tests compare the four languages.

FRENCH = {
    "PF-1": "Chaque ligne du dossier de preuve figure dans le journal signé",
    "PF-2": "Le journal n'a fait que croître",
    "PF-3": "Aucune ligne du dossier ne manque",
    "PF-4": "Chaque numéro de la série est justifié",
    "PF-5": "Les signatures existaient à une date prouvée",
    "PF-6": "Les signatures n'ont pas été faites avant une date prouvée",
    "PF-7": "Les heures de signature déclarées se situent entre les deux",
    "PF-8": "Chaque signature a été faite avec la clé certifiée de sa personne",
    "PF-9": "Ce qui a été signé est ce dossier, avec ce sens",
    "PF-10": "La base de données dit ce que dit le journal",
    "PF-11": "Des témoins indépendants ont vu le même journal",
    "PF-12": "Ce qui n'est plus lisible a été effacé par un acte",
    "PF-13": "Le logiciel qui a écrit le dossier est consigné",
    "PF-14": "Rien ne s'est passé entre deux battements",
    "PF-1-limit": "Cela ne dit pas qu'une ligne est vraie.",
    "PF-2-limit": "Cela ne dit pas que rien n'a été omis avant l'écriture.",
    "PF-3-limit": "Cela ne dit pas que rien ne s'est passé sans être saisi.",
    "PF-4-limit": "Cela ne dit pas qu'aucun travail n'est resté sans numéro, ni combien de numéros ont suivi.",
    "PF-5-limit": "Cela ne dit pas qu'elles ont été faites à ce moment précis.",
    "PF-6-limit": "Cela ne dit pas quand le travail lui-même a été fait.",
    "PF-7-limit": "Cela ne dit pas que l'horloge de la paillasse était juste.",
    "PF-8-limit": "Cela ne dit pas que la personne a compris, ni que personne ne l'a contrainte.",
    "PF-9-limit": "Cela ne dit rien des versions ultérieures.",
    "PF-10-limit": "Cela ne dit pas que le contenu est vrai, ni qu'un écran l'a montré ainsi.",
    "PF-11-limit": "Cela ne dit pas que les témoins sont indépendants les uns des autres.",
    "PF-12-limit": "Cela ne peut pas dire ce qui a été effacé.",
    "PF-13-limit": "Cela ne dit pas que le logiciel peut être reconstruit.",
    "PF-14-limit": "Cela ne dit pas que rien ne s'est passé hors du système.",
    "answer-PASS": "PROUVÉ",
    "answer-FAIL": "ÉCHEC",
    "answer-INDETERMINATE": "INDÉTERMINÉ",
    "answer-REDACTED": "EXPURGÉ",
    "verdict-PASS": "Tout ce qu'exige le fichier de confiance est prouvé.",
    "verdict-FAIL": "Tout ce qu'exige le fichier de confiance n'est pas prouvé.",
    "verdict-UNUSABLE": "Ceci ne peut pas être jugé.",
    "heading-record": "Dossier",
    "heading-trust": "Fichier de confiance, version",
    "heading-bundle": "Dossier de preuve, SHA-256",
    "heading-judged": "Jugé à la date du",
    "heading-required": "exigé",
    "heading-limits": "Ce qu'aucune vérification ne peut montrer",
    "heading-more": "et {count} autres",
    "limit-true": "Qu'une valeur saisie était vraie.",
    "limit-happened": "Qu'une action a vraiment eu lieu.",
    "limit-outside": "Que rien ne s'est passé hors du système.",
    "limit-stamp": (
        "D'un horodatage : qui a fait ce qui a été horodaté, que c'est vrai, ni qu'aucune autre "
        "version ne l'a été aussi."
    ),
    "limit-pdf": (
        "Que le PDF du dossier de preuve montre ce que disent les lignes. Son sceau est sa propre preuve, et la "
        "lecture compare les deux."
    ),
    "where-line": "ligne",
    "where-checkpoint": "point de contrôle",
    "where-token": "jeton",
    "where-signature": "signature",
    "where-certificate": "certificat",
    "where-subject": "certificat de",
    "where-path": "fichier",
    "where-row": "rangée",
    "where-commitment": "engagement",
    "where-action": "acte",
    "where-log": "journal",
    "where-name": "témoin",
    "where-what": "code",
    "where-time": "date",
    "pdf": (
        "Un PDF se prouve par son propre sceau, que vérifie un lecteur de PDF. Seuls les dossiers de preuve (.eln) "
        "sont jugés ici, et ce PDF n'en contient pas."
    ),
    "internal": "Le vérificateur a trébuché sur ce fichier et n'en juge rien.",
    "file-not-readable": "Le fichier ne peut pas être lu.",
    "archive-unreadable": "Le fichier n'est pas une archive ZIP lisible.",
    "archive-too-large": "L'archive contient plus que ce que lit ce vérificateur.",
    "archive-roots": "L'archive ne contient pas un seul dossier nommé d'après le numéro.",
    "archive-doubled": "L'archive contient deux fois le même nom.",
    "archive-path": "L'archive contient un nom qui mène ailleurs.",
    "archive-link": "L'archive contient un lien ou autre chose qu'un fichier.",
    "archive-coding": "L'archive contient un élément chiffré ou compressé de façon inhabituelle.",
    "archive-damaged": "Un fichier n'est pas tel que le décrit l'archive.",
    "description-missing": "L'archive n'a pas de description (ro-crate-metadata.json).",
    "description-unreadable": "La description de l'archive est illisible.",
    "bundle-missing": "L'archive ne contient pas de preuves (evidence/bundle.json).",
    "file-unknown": "Les preuves contiennent un fichier inconnu du format.",
    "file-shape": "Un fichier des preuves n'est pas écrit comme le dit le format.",
    "file-missing": "Un fichier des preuves manque.",
    "trust-unreadable": "Le fichier de confiance est illisible.",
    "trust-schema": "Ce n'est pas un fichier de confiance d'une version connue.",
    "trust-shape": "Le fichier de confiance dit quelque chose d'incompréhensible.",
    "json-unreadable": "Ce n'est pas du JSON lisible.",
    "json-not-canonical": "Le JSON n'est pas dans sa forme canonique.",
    "json-doubled-name": "Le JSON nomme deux fois un membre.",
    "json-strange-name": "Le JSON nomme un membre avec des signes étranges.",
    "json-not-an-integer": "Le JSON contient un nombre qui n'est pas un entier simple.",
    "json-too-deep": "Le JSON est trop imbriqué.",
    "shape": "Un élément n'a pas la forme que donne le format.",
    "required": "Le fichier de confiance exige un énoncé inexistant, ou aucun.",
    "base64": "Un texte base64 n'est pas dans sa forme canonique.",
    "pem": "Un texte PEM contient autre chose qu'un seul objet.",
    "der": "Une structure DER est illisible.",
    "time-unreadable": "Une date n'est pas écrite comme le dit le format.",
    "misnamed": "Un fichier n'est pas ce que dit son nom.",
    "note": "Une note signée est illisible.",
    "note-key": "Une clé de journal ou de témoin est illisible.",
    "policy": "La règle sur les témoins est incompréhensible.",
    "policy-log": "La règle sur les témoins ne connaît pas ce journal.",
    "checkpoint": "Un point de contrôle est illisible.",
    "checkpoint-elsewhere": "Un point de contrôle est d'un autre journal ou d'une autre taille.",
    "checkpoint-signature": "La signature du journal sous un point de contrôle est fausse.",
    "checkpoint-unsigned": "Aucune clé du fichier de confiance n'a signé ce point de contrôle.",
    "checkpoint-out-of-range": (
        "Une clé du journal a signé ce point de contrôle alors qu'elle ne peut pas en signer de cette taille."
    ),
    "checkpoint-inconsistent": (
        "Le point de contrôle le plus récent ne prolonge pas celui-ci. Le journal a été réécrit."
    ),
    "consistency-missing": "La preuve que le plus récent prolonge celui-ci manque.",
    "checkpoints-consistent": "{count} points de contrôle antérieurs sont prolongés par le plus récent.",
    "succession": "Une ligne annonce une autre clé du journal sans être signée ou écrite comme elle doit l'être.",
    "succession-followed": (
        "À partir de {size} lignes, une autre clé signe le journal, comme le journal l'a lui-même annoncé."
    ),
    "succession-trust": "Le fichier de confiance laisse une clé signer là où le journal dit qu'elle ne le peut pas.",
    "head-missing": "Le point de contrôle le plus récent d'un journal manque.",
    "head-not-newest": "Le dossier de preuve contient un point de contrôle plus long que celui dit le plus récent.",
    "one-checkpoint": "Il n'y a qu'un point de contrôle par journal, donc rien à comparer.",
    "cosignature": "La cosignature d'un témoin est fausse.",
    "cosignature-unreadable": (
        "Un témoin a cosigné avec ML-DSA-44, que la version de `cryptography` installée ici ne sait pas vérifier."
    ),
    "no-policy": "Le fichier de confiance ne nomme aucune règle sur les témoins.",
    "quorum-not-met": "{count} témoins connus ont cosigné, moins que ne l'exige la règle.",
    "witnessed": "{count} témoins connus ont cosigné.",
    "no-lines": "Le dossier de preuve ne contient aucune ligne de journal.",
    "origin": "L'origine d'un journal ne correspond ni au hub ni à l'opérateur ({origin})",
    "log-unnamed": "Des lignes figurent dans un journal que bundle.json ne nomme pas.",
    "line-elsewhere": "Une ligne dit figurer ailleurs.",
    "line-missing": "Il y a une preuve, mais pas sa ligne.",
    "lines-proven": "{count} lignes sur {of} sont prouvées.",
    "proof-missing": "La preuve d'une ligne manque.",
    "proof-of-another": "Une preuve est celle d'une autre ligne ou d'un autre point de contrôle.",
    "proof-of-inclusion": "La ligne ne figure pas dans le journal signé.",
    "proof-hashes": "Les empreintes d'une preuve sont illisibles.",
    "chain-empty": "Aucune ligne du dossier n'est prouvée.",
    "chain-begins": "La première ligne du dossier ne l'émet pas sous son numéro.",
    "chain-count": "Une ligne du dossier manque ou est de trop. Celle-ci dit {sequence} et devrait dire {expected}.",
    "chain-link": "Une ligne ne nomme pas l'empreinte de la précédente.",
    "chain-length": "Le dossier compte {count} lignes.",
    "chain-unproven": "Une ligne du dossier n'est pas prouvée.",
    "record-open": "Le dossier est encore ouvert.",
    "record-closed": "Le dossier a été clos.",
    "attributed-in-error": (
        "Le hub dit que le dossier n’est pas le travail de qui a signé « exécuté » : il a été attribué par erreur."
    ),
    "after-the-end": "Le dossier a été modifié après sa clôture.",
    "number-of-another-series": "Le numéro du dossier n'est pas de la série que nomme le dossier de preuve ({number})",
    "number-of-another": "Le numéro du dossier a été donné à un autre.",
    "number-twice": "Le numéro {place} a été donné deux fois.",
    "numbers-missing": "{count} numéros de la série manquent, dont le premier est {first}.",
    "own-number-missing": "Le numéro du dossier n'a jamais été émis.",
    "issued-twice": "Un dossier a été émis deux fois.",
    "series-length": "{count} numéros de la série sont justifiés.",
    "token": "Un jeton d'horodatage est illisible.",
    "token-algorithm": "Un jeton emploie un algorithme non accepté.",
    "token-content": "Le contenu d'un jeton n'est pas ce que son signataire a signé.",
    "token-signer": "Le certificat que le jeton nomme comme signataire manque.",
    "token-signature": "La signature d'un jeton est fausse.",
    "token-over-nothing": "Un jeton ne couvre aucun point de contrôle du dossier de preuve.",
    "no-token-after": "Aucun bon jeton ne couvre un point de contrôle comprenant cette signature.",
    "token-ended": (
        "Le certificat d'un horodatage a pris fin le {time}, et aucun horodatage ultérieur ne l'a renouvelé avant."
    ),
    "token-renewed": "Le certificat d'un horodatage a pris fin le {time} ; un horodatage ultérieur l'avait renouvelé.",
    "not-later": "Une signature existait au {time}.",
    "not-earlier": "Une signature a été faite après le {time}.",
    "no-freshness": "Une signature ne nomme aucun jeton antérieur.",
    "freshness-not-logged": "Le jeton que nomme une signature n'a pas été consigné avant elle.",
    "freshness-token-missing": "Le jeton que nomme une signature n'est pas dans le dossier de preuve.",
    "freshness-of-another": "Le jeton que nomme une signature couvre un autre point de contrôle.",
    "nothing-signed": "Personne n'a signé pour l'ensemble de ce dossier.",
    "signature-missing": "Une ligne nomme une signature absente du dossier de preuve.",
    "claimed-too-early": "L'heure déclarée {time} précède ce qui est prouvé.",
    "claimed-too-late": "L'heure déclarée {time} suit ce qui est prouvé.",
    "window": "Une signature a été faite dans un intervalle prouvé de {seconds} secondes.",
    "window-open": "L'une des deux dates prouvées manque.",
    "window-empty": "Les dates prouvées se contredisent.",
    "authors": "{signatures} signatures, {certificates} certificats et {lists} listes de révocation ont été examinés.",
    "signed-by": "Signé par {pseudonym}.",
    "signature-key": "La clé d'une signature n'est pas du type accepté.",
    "signature-algorithms": "Un manifeste nomme d'autres algorithmes que ceux acceptés.",
    "signature-value": "Une signature ne correspond pas à son manifeste et à sa clé.",
    "signature-other-key": "Un manifeste nomme une autre clé que celle qui a signé.",
    "signature-other-actor": "Un manifeste nomme un autre signataire que la ligne.",
    "signature-other-certificate": "Le certificat n'est pas celui de la clé et du manifeste.",
    "signature-without-line": "Aucune ligne du dossier ne nomme cette signature.",
    "signature-row": "La rangée d'une signature dit autre chose que son fichier.",
    "no-certificate": "Une signature a été faite sans certificat.",
    "certificate-missing": "Le certificat d'une signature n'est pas dans le dossier de preuve.",
    "certificate-not-logged": "Aucune ligne n'a consigné le certificat avant son emploi.",
    "certificate-of-another": "Le certificat est celui d'une autre personne.",
    "certificate": "Un certificat est illisible.",
    "certificate-extension": "Un certificat exige une chose inconnue du vérificateur.",
    "certificate-name": "Une autorité ne peut pas certifier ce nom.",
    "certificate-no-authority": "Un certificat de la chaîne n'est pas une autorité habilitée.",
    "certificate-not-valid-then": "Un certificat n'était pas valide à ce moment.",
    "certificate-use": "Un certificat n'est pas prévu pour cet usage.",
    "chain-untrusted": "Aucune racine du fichier de confiance ne répond de ce certificat.",
    "revocation-list": "Une liste de révocation est illisible.",
    "lists-stamped": (
        "Des horodatages prouvent que {count} listes de révocation sur {of} existaient, la dernière au plus "
        "tard le {time}."
    ),
    "no-revocation-list": "Aucune liste de révocation consignée ne parle de ce certificat à ce moment.",
    "revoked": "Le certificat avait été révoqué le {time}.",
    "revoked-later": (
        "Le certificat a été révoqué plus tard, le {time}. Les signatures antérieures gardent leur valeur."
    ),
    "contested": "La clé est suspecte depuis le {time}. La signature est contestée.",
    "passkey-missing": "Un manifeste dit qu'une clé d'accès a signé aussi, mais ce qu'elle a signé manque.",
    "passkey-unnamed": "La signature d'une clé d'accès est jointe, et le manifeste n'en dit rien.",
    "passkey-key": "La clé publique d'une clé d'accès n'est pas du type accepté.",
    "passkey-value": "La signature d'une clé d'accès ne correspond pas à sa clé publique.",
    "passkey-absent": "Une clé d'accès a signé sans que personne ne soit présent.",
    "passkey-client-data": "Une clé d'accès a été sollicitée pour autre chose que signer ici.",
    "passkey-challenge": "Une clé d'accès a signé autre chose que ce manifeste.",
    "passkey-host": "Une clé d'accès a signé pour un autre hôte que celui de son enregistrement.",
    "passkey-origin": "Une clé d'accès a été sollicitée sur une page qui n'est pas celle du hub.",
    "passkey-not-enrolled": "Aucune ligne ne dit que le signataire avait enregistré cette clé d'accès.",
    "passkey-ended": "La clé d'accès était déjà hors d'usage.",
    "passkey-verified": "Une clé d'accès a signé aussi, après avoir vérifié sa personne.",
    "passkey-present": "Une clé d'accès a signé aussi, en présence de quelqu'un.",
    "exercise-other": "Le modèle du dossier de preuve n'est pas celui avec lequel le dossier a été émis.",
    "exercise-missing": "Le modèle manque, la signature d'une étape ne peut être comparée.",
    "record-other": "bundle.json nomme un autre exercice ou numéro que le dossier.",
    "facts": "Un manifeste ne dit pas ce qu'il couvre.",
    "step-unknown": "Un manifeste nomme une étape absente du modèle.",
    "rows-missing": "La rangée du dossier manque.",
    "rows-fewer": "Il y a moins de rangées qu'un manifeste n'en couvre.",
    "rows-uncounted": "Une rangée n'a pas de numéro.",
    "rows-unsorted": "Les rangées ne sont pas triées, ou l'une figure deux fois.",
    "manifest-schema": "Un manifeste est d'un type inconnu.",
    "manifest-subject": "Un manifeste porte sur un autre dossier.",
    "manifest-meaning": "Le sens d'un manifeste n'est pas celui de l'acte.",
    "manifest-sentence": "Un manifeste couvre une autre phrase que celle de son sens.",
    "manifest-shown": "Le signataire a vu autre chose que ce qu'il a signé.",
    "manifest-part": "Un manifeste couvre une autre partie que ne le permet son sens.",
    "manifest-facts": "Un manifeste nomme d'autres faits que ceux du dossier.",
    "manifest-line": "Une ligne dit d'une signature autre chose que son manifeste.",
    "manifest-prior": "Un manifeste nomme des signatures antérieures qui n'existaient pas.",
    "manifest-digest": "Ce qui a été signé n'est pas ce que disent les rangées.",
    "superseded": "Une signature a été remplacée par une autre, et ce qu'elle couvrait a changé depuis.",
    "signatures-compared": "{count} signatures ont été comparées aux rangées.",
    "attachment-unnamed": "Le paquet contient un fichier qu'aucune saisie du dossier ne nomme.",
    "attachment-unexplained": "Une saisie a joint un fichier, et rien de fiable ne dit lequel.",
    "attachment-erased": "Un fichier joint a été effacé le {time} par l'acte de la ligne {line}.",
    "attachment-missing": "Un fichier que nomme une saisie n'est pas dans le paquet.",
    "attachment-size": "Un fichier joint n'a pas la taille que dit sa saisie.",
    "attachments-compared": "{count} fichiers joints ont été comparés à leurs saisies.",
    "row-differs": "Une rangée n'est pas telle que le disent les lignes.",
    "row-missing": "Une rangée que nomme une ligne manque.",
    "row-of-another": "Une rangée est d'une table étrangère au dossier.",
    "row-unknown": "Aucune ligne ne nomme cette rangée.",
    "row-version": "Les lignes comptent mal les états d'une rangée.",
    "rows-compared": "{count} rangées ont été comparées aux lignes.",
    "commitment-strange": "Il y a autre chose à la place d'un engagement.",
    "text-differs": "Un texte n'est pas celui qui avait été engagé.",
    "text-missing": "Un texte manque et n'a pas été effacé par un acte.",
    "text-erased": "Un texte a été effacé le {time} par l'acte de la ligne {line}.",
    "erasure-decided": "La décision de la ligne {line} : {decision}",
    "erasure-without-line": "Un texte est dit effacé, mais aucune ligne ne le dit.",
    "texts-opened": "{count} textes ouvrent leurs engagements.",
    "release-recorded": "La version {release} est consignée.",
    "release-unknown": "Aucune ligne du hub n'a consigné la version {release}.",
    "no-heartbeats": "Il n'y a pas deux battements avec toutes les lignes entre eux.",
    "not-housekeeping": "Entre deux battements figure une ligne qui n'est pas d'intendance.",
    "nothing-between": "Entre les lignes {begin} et {end} il n'y a que de l'intendance.",
    "act-unsigned": "Un acte qui se fait en signant ne nomme aucune signature.",
    "act-of-another": "Deux actes nomment la même signature.",
}


# words_nl: What the verifier says, in Dutch: a sentence for each code; tests compare the four languages.

DUTCH = {
    "PF-1": "Elke regel van de bewijsbundel staat in het ondertekende logboek",
    "PF-2": "Het logboek is alleen maar gegroeid",
    "PF-3": "Er ontbreekt geen regel van het dossier",
    "PF-4": "Elk nummer van de reeks is verantwoord",
    "PF-5": "De handtekeningen bestonden op een bewezen tijdstip",
    "PF-6": "De handtekeningen zijn niet vóór een bewezen tijdstip gezet",
    "PF-7": "De opgegeven tijden van ondertekening liggen daartussen",
    "PF-8": "Elke handtekening is gezet met de gecertificeerde sleutel van de persoon",
    "PF-9": "Wat ondertekend is, is dit dossier, in deze betekenis",
    "PF-10": "De databank zegt wat het logboek zegt",
    "PF-11": "Onafhankelijke getuigen zagen hetzelfde logboek",
    "PF-12": "Wat niet meer leesbaar is, is door een handeling gewist",
    "PF-13": "De software die het dossier schreef, is vastgelegd",
    "PF-14": "Er gebeurde niets tussen twee hartslagen",
    "PF-1-limit": "Dat zegt niet dat een regel waar is.",
    "PF-2-limit": "Dat zegt niet dat er vóór het schrijven niets is weggelaten.",
    "PF-3-limit": "Dat zegt niet dat er niets gebeurde dat nooit is ingevoerd.",
    "PF-4-limit": "Dat zegt niet dat er geen werk zonder nummer was, noch hoeveel nummers er later kwamen.",
    "PF-5-limit": "Dat zegt niet dat ze precies toen zijn gezet.",
    "PF-6-limit": "Dat zegt niet wanneer het werk zelf gebeurde.",
    "PF-7-limit": "Dat zegt niet dat de klok aan de werkbank juist liep.",
    "PF-8-limit": "Dat zegt niet dat de persoon het begreep, of dat niemand dwang uitoefende.",
    "PF-9-limit": "Dat zegt niets over latere versies.",
    "PF-10-limit": "Dat zegt niet dat de inhoud waar is, of dat een scherm hem zo toonde.",
    "PF-11-limit": "Dat zegt niet dat de getuigen onafhankelijk van elkaar zijn.",
    "PF-12-limit": "Dat kan niet zeggen wat er is gewist.",
    "PF-13-limit": "Dat zegt niet dat de software opnieuw gebouwd kan worden.",
    "PF-14-limit": "Dat zegt niet dat er buiten het systeem niets gebeurde.",
    "answer-PASS": "BEWEZEN",
    "answer-FAIL": "MISLUKT",
    "answer-INDETERMINATE": "ONBESLIST",
    "answer-REDACTED": "GEWIST",
    "verdict-PASS": "Alles wat het vertrouwensbestand vereist, is bewezen.",
    "verdict-FAIL": "Niet alles wat het vertrouwensbestand vereist, is bewezen.",
    "verdict-UNUSABLE": "Dit kan niet worden beoordeeld.",
    "heading-record": "Dossier",
    "heading-trust": "Vertrouwensbestand, versie",
    "heading-bundle": "Bewijsbundel, SHA-256",
    "heading-judged": "Beoordeeld op",
    "heading-required": "vereist",
    "heading-limits": "Wat geen enkele controle kan aantonen",
    "heading-more": "en nog {count}",
    "limit-true": "Dat een ingevoerde waarde waar was.",
    "limit-happened": "Dat een handeling echt gebeurde.",
    "limit-outside": "Dat er buiten het systeem niets gebeurde.",
    "limit-stamp": (
        "Van een tijdstempel: wie maakte wat gestempeld werd, dat het waar is, of dat er geen "
        "andere versie gestempeld werd."
    ),
    "limit-pdf": (
        "Dat de PDF in de bewijsbundel toont wat de regels zeggen. Zijn zegel is zijn eigen bewijs, en lezen "
        "vergelijkt de twee."
    ),
    "where-line": "regel",
    "where-checkpoint": "controlepunt",
    "where-token": "token",
    "where-signature": "handtekening",
    "where-certificate": "certificaat",
    "where-subject": "certificaat van",
    "where-path": "bestand",
    "where-row": "rij",
    "where-commitment": "verbintenis",
    "where-action": "handeling",
    "where-log": "logboek",
    "where-name": "getuige",
    "where-what": "code",
    "where-time": "tijdstip",
    "pdf": (
        "Een PDF bewijst zichzelf met zijn eigen zegel, dat een PDF-lezer controleert. Hier worden alleen "
        "bewijsbundels (.eln) beoordeeld, en deze PDF bevat er geen."
    ),
    "internal": "Het controleprogramma struikelde over dit bestand en beoordeelt er niets van.",
    "file-not-readable": "Het bestand kan niet worden gelezen.",
    "archive-unreadable": "Het bestand is geen leesbaar ZIP-archief.",
    "archive-too-large": "Het archief bevat meer dan dit programma leest.",
    "archive-roots": "Het archief bevat niet één map met het nummer van het dossier.",
    "archive-doubled": "Het archief bevat een naam twee keer.",
    "archive-path": "Het archief bevat een naam die elders heen leidt.",
    "archive-link": "Het archief bevat een link of iets anders dat geen bestand is.",
    "archive-coding": "Het archief bevat iets versleutelds of ongewoon ingepakts.",
    "archive-damaged": "Een bestand is niet zoals de beschrijving van het archief het noemt.",
    "description-missing": "Het archief heeft geen beschrijving (ro-crate-metadata.json).",
    "description-unreadable": "De beschrijving van het archief is onleesbaar.",
    "bundle-missing": "Het archief bevat geen bewijs (evidence/bundle.json).",
    "file-unknown": "Het bewijs bevat een bestand dat het formaat niet kent.",
    "file-shape": "Een bestand van het bewijs is niet geschreven zoals het formaat zegt.",
    "file-missing": "Een bestand van het bewijs ontbreekt.",
    "trust-unreadable": "Het vertrouwensbestand is onleesbaar.",
    "trust-schema": "Dit is geen vertrouwensbestand van een bekende versie.",
    "trust-shape": "Het vertrouwensbestand zegt iets onbegrijpelijks.",
    "json-unreadable": "Dit is geen leesbare JSON.",
    "json-not-canonical": "De JSON staat niet in zijn canonieke vorm.",
    "json-doubled-name": "De JSON noemt een onderdeel twee keer.",
    "json-strange-name": "De JSON noemt een onderdeel met vreemde tekens.",
    "json-not-an-integer": "De JSON bevat een getal dat geen gewoon geheel getal is.",
    "json-too-deep": "De JSON is te diep genest.",
    "shape": "Iets heeft niet de vorm die het formaat geeft.",
    "required": "Het vertrouwensbestand vereist een onbekende stelling, of geen.",
    "base64": "Een base64-tekst staat niet in zijn canonieke vorm.",
    "pem": "Een PEM-tekst bevat iets anders dan één object.",
    "der": "Een DER-structuur is onleesbaar.",
    "time-unreadable": "Een tijdstip is niet geschreven zoals het formaat zegt.",
    "misnamed": "Een bestand is niet wat zijn naam zegt.",
    "note": "Een ondertekende nota is onleesbaar.",
    "note-key": "Een sleutel van een logboek of getuige is onleesbaar.",
    "policy": "De regel over getuigen is onbegrijpelijk.",
    "policy-log": "De regel over getuigen kent dit logboek niet.",
    "checkpoint": "Een controlepunt is onleesbaar.",
    "checkpoint-elsewhere": "Een controlepunt is van een ander logboek of een andere lengte.",
    "checkpoint-signature": "De handtekening van het logboek onder een controlepunt is vals.",
    "checkpoint-unsigned": "Geen sleutel van het vertrouwensbestand ondertekende dit controlepunt.",
    "checkpoint-out-of-range": (
        "Een sleutel van het logboek ondertekende dit controlepunt, maar mag er geen van deze omvang ondertekenen."
    ),
    "checkpoint-inconsistent": "Het nieuwste controlepunt zet dit niet voort. Het logboek is herschreven.",
    "consistency-missing": "Het bewijs dat het nieuwste dit voortzet, ontbreekt.",
    "checkpoints-consistent": "{count} oudere controlepunten worden door het nieuwste voortgezet.",
    "succession": (
        "Een regel kondigt een andere sleutel van het logboek aan, maar is niet ondertekend of geschreven "
        "zoals het moet."
    ),
    "succession-followed": (
        "Vanaf {size} regels ondertekent een andere sleutel het logboek, zoals het logboek zelf aankondigde."
    ),
    "succession-trust": (
        "Het vertrouwensbestand laat een sleutel ondertekenen waar hij dat volgens het logboek niet mag."
    ),
    "head-missing": "Het nieuwste controlepunt van een logboek ontbreekt.",
    "head-not-newest": "De bewijsbundel bevat een langer controlepunt dan het zogenaamd nieuwste.",
    "one-checkpoint": "Er is maar één controlepunt per logboek, dus niets te vergelijken.",
    "cosignature": "De medehandtekening van een getuige is vals.",
    "cosignature-unreadable": (
        "Een getuige medeondertekende met ML-DSA-44, wat de hier geïnstalleerde `cryptography` niet kan verifiëren."
    ),
    "no-policy": "Het vertrouwensbestand noemt geen regel over getuigen.",
    "quorum-not-met": "{count} bekende getuigen tekenden mee, minder dan de regel vraagt.",
    "witnessed": "{count} bekende getuigen tekenden mee.",
    "no-lines": "De bewijsbundel bevat geen regel van een logboek.",
    "origin": "De herkomst van een logboek past niet bij hub en operator: {origin}",
    "log-unnamed": "Er staan regels in een logboek dat bundle.json niet noemt.",
    "line-elsewhere": "Een regel zegt dat hij elders staat.",
    "line-missing": "Er is een bewijs, maar niet de regel ervan.",
    "lines-proven": "{count} van {of} regels zijn bewezen.",
    "proof-missing": "Het bewijs van een regel ontbreekt.",
    "proof-of-another": "Een bewijs is van een andere regel of een ander controlepunt.",
    "proof-of-inclusion": "De regel staat niet in het ondertekende logboek.",
    "proof-hashes": "De hashes van een bewijs zijn onleesbaar.",
    "chain-empty": "Geen enkele regel van het dossier is bewezen.",
    "chain-begins": "De eerste regel van het dossier geeft het niet uit onder zijn nummer.",
    "chain-count": (
        "Een regel van het dossier ontbreekt of is te veel. Deze zegt {sequence} en zou {expected} moeten zeggen."
    ),
    "chain-link": "Een regel noemt de hash van de vorige niet.",
    "chain-length": "Het dossier telt {count} regels.",
    "chain-unproven": "Een regel van het dossier is niet bewezen.",
    "record-open": "Het dossier is nog open.",
    "record-closed": "Het dossier is afgesloten.",
    "attributed-in-error": (
        "De hub zegt dat het dossier niet het werk is van wie ‘uitgevoerd’ ondertekende: het was verkeerd toegewezen."
    ),
    "after-the-end": "Er is iets met het dossier gedaan na de afsluiting.",
    "number-of-another-series": "Het nummer van het dossier hoort niet bij de genoemde reeks: {number}",
    "number-of-another": "Het nummer van het dossier is aan een ander gegeven.",
    "number-twice": "Het nummer {place} is twee keer gegeven.",
    "numbers-missing": "{count} nummers van de reeks ontbreken, het eerste is {first}.",
    "own-number-missing": "Het nummer van het dossier is nooit uitgegeven.",
    "issued-twice": "Een dossier is twee keer uitgegeven.",
    "series-length": "{count} nummers van de reeks zijn verantwoord.",
    "token": "Een tijdstempeltoken is onleesbaar.",
    "token-algorithm": "Een token gebruikt een niet aanvaard algoritme.",
    "token-content": "De inhoud van een token is niet wat de ondertekenaar tekende.",
    "token-signer": "Het certificaat dat een token als ondertekenaar noemt, ontbreekt.",
    "token-signature": "De handtekening van een token is vals.",
    "token-over-nothing": "Een token dekt geen controlepunt van deze bewijsbundel.",
    "no-token-after": "Geen goed token dekt een controlepunt met deze handtekening.",
    "token-ended": (
        "Het certificaat achter een tijdstempel eindigde op {time}, en geen latere tijdstempel vernieuwde het voordien."
    ),
    "token-renewed": (
        "Het certificaat achter een tijdstempel eindigde op {time}; een latere tijdstempel had het vernieuwd."
    ),
    "not-later": "Een handtekening bestond op {time}.",
    "not-earlier": "Een handtekening is gezet na {time}.",
    "no-freshness": "Een handtekening noemt geen token van ervoor.",
    "freshness-not-logged": "Het token dat een handtekening noemt, is niet eerder vastgelegd.",
    "freshness-token-missing": "Het token dat een handtekening noemt, zit niet in de bewijsbundel.",
    "freshness-of-another": "Het token dat een handtekening noemt, dekt een ander controlepunt.",
    "nothing-signed": "Niemand tekende voor het geheel van dit dossier.",
    "signature-missing": "Een regel noemt een handtekening die niet in de bewijsbundel zit.",
    "claimed-too-early": "De opgegeven tijd {time} ligt vóór wat bewezen is.",
    "claimed-too-late": "De opgegeven tijd {time} ligt na wat bewezen is.",
    "window": "Een handtekening is gezet binnen {seconds} bewezen seconden.",
    "window-open": "Een van de twee bewezen tijden ontbreekt.",
    "window-empty": "De bewezen tijden spreken elkaar tegen.",
    "authors": (
        "{signatures} handtekeningen, {certificates} certificaten en {lists} intrekkingslijsten zijn onderzocht."
    ),
    "signed-by": "Ondertekend door {pseudonym}.",
    "signature-key": "De sleutel van een handtekening is niet van de aanvaarde soort.",
    "signature-algorithms": "Een manifest noemt andere algoritmen dan de aanvaarde.",
    "signature-value": "Een handtekening past niet bij haar manifest en sleutel.",
    "signature-other-key": "Een manifest noemt een andere sleutel dan die tekende.",
    "signature-other-actor": "Een manifest noemt een andere ondertekenaar dan de regel.",
    "signature-other-certificate": "Het certificaat is niet dat van de sleutel en het manifest.",
    "signature-without-line": "Geen regel van het dossier noemt deze handtekening.",
    "signature-row": "De rij van een handtekening zegt iets anders dan haar bestand.",
    "no-certificate": "Een handtekening is zonder certificaat gezet.",
    "certificate-missing": "Het certificaat van een handtekening zit niet in de bewijsbundel.",
    "certificate-not-logged": "Geen regel legde het certificaat vast vóór het gebruik.",
    "certificate-of-another": "Het certificaat is van iemand anders.",
    "certificate": "Een certificaat is onleesbaar.",
    "certificate-extension": "Een certificaat vraagt iets dat dit programma niet kent.",
    "certificate-name": "Een autoriteit mag deze naam niet certificeren.",
    "certificate-no-authority": "Een certificaat van de keten is geen bevoegde autoriteit.",
    "certificate-not-valid-then": "Een certificaat was toen niet geldig.",
    "certificate-use": "Een certificaat is niet voor dit gebruik.",
    "chain-untrusted": "Geen root van het vertrouwensbestand staat in voor dit certificaat.",
    "revocation-list": "Een intrekkingslijst is onleesbaar.",
    "lists-stamped": (
        "Tijdstempels bewijzen dat {count} van {of} intrekkingslijsten bestonden, de laatste uiterlijk op {time}."
    ),
    "no-revocation-list": "Geen vastgelegde intrekkingslijst zegt iets over dit certificaat op dat tijdstip.",
    "revoked": "Het certificaat was ingetrokken op {time}.",
    "revoked-later": "Het certificaat is later ingetrokken, op {time}. Eerdere handtekeningen behouden hun waarde.",
    "contested": "De sleutel is verdacht sinds {time}. De handtekening wordt betwist.",
    "passkey-missing": "Een manifest zegt dat een toegangssleutel mee ondertekende, maar dat ontbreekt.",
    "passkey-unnamed": "Er is een handtekening van een toegangssleutel waarover het manifest niets zegt.",
    "passkey-key": "De publieke sleutel van een toegangssleutel is niet van een aanvaarde soort.",
    "passkey-value": "De handtekening van een toegangssleutel past niet bij zijn publieke sleutel.",
    "passkey-absent": "Een toegangssleutel ondertekende zonder dat er iemand bij was.",
    "passkey-client-data": "Een toegangssleutel werd voor iets anders gevraagd dan om hier te ondertekenen.",
    "passkey-challenge": "Een toegangssleutel ondertekende iets anders dan dit manifest.",
    "passkey-host": "Een toegangssleutel ondertekende voor een andere host dan die waarvoor hij geregistreerd is.",
    "passkey-origin": "Een toegangssleutel werd gevraagd op een pagina die niet van de hub is.",
    "passkey-not-enrolled": "Geen regel zegt dat de ondertekenaar deze toegangssleutel eerder geregistreerd had.",
    "passkey-ended": "De toegangssleutel was al buiten gebruik.",
    "passkey-verified": "Een toegangssleutel ondertekende mee, na zijn persoon te hebben herkend.",
    "passkey-present": "Een toegangssleutel ondertekende mee, terwijl er iemand bij was.",
    "exercise-other": "De master in de bewijsbundel is niet die waarmee het dossier is uitgegeven.",
    "exercise-missing": "De master ontbreekt, dus een handtekening bij een stap is niet te vergelijken.",
    "record-other": "bundle.json noemt een andere oefening of een ander nummer dan het dossier.",
    "facts": "Een manifest zegt niet hoeveel het dekt.",
    "step-unknown": "Een manifest noemt een stap die de master niet heeft.",
    "rows-missing": "De rij van het dossier ontbreekt.",
    "rows-fewer": "Er zijn minder rijen dan een manifest dekt.",
    "rows-uncounted": "Een rij heeft geen nummer.",
    "rows-unsorted": "De rijen zijn niet gesorteerd, of één staat er twee keer.",
    "manifest-schema": "Een manifest is van een onbekende soort.",
    "manifest-subject": "Een manifest gaat over een ander dossier.",
    "manifest-meaning": "De betekenis van een manifest is niet die van de handeling.",
    "manifest-sentence": "Een manifest dekt een andere zin dan die van zijn betekenis.",
    "manifest-shown": "De ondertekenaar kreeg iets anders te zien dan wat getekend is.",
    "manifest-part": "Een manifest dekt een ander deel dan zijn betekenis toelaat.",
    "manifest-facts": "Een manifest noemt andere feiten dan die van het dossier.",
    "manifest-line": "Een regel zegt iets anders over een handtekening dan haar manifest.",
    "manifest-prior": "Een manifest noemt eerdere handtekeningen die er niet waren.",
    "manifest-digest": "Wat getekend is, is niet wat de rijen zeggen.",
    "superseded": "Een handtekening is vervangen door een latere, en wat ze dekte is sindsdien veranderd.",
    "signatures-compared": "{count} handtekeningen zijn met de rijen vergeleken.",
    "attachment-unnamed": "De bundel bevat een bestand dat geen invoer van het dossier noemt.",
    "attachment-unexplained": "Een invoer voegde een bestand toe, en niets betrouwbaars zegt welk.",
    "attachment-erased": "Een bijgevoegd bestand is gewist op {time} door de handeling in regel {line}.",
    "attachment-missing": "Een bestand dat een invoer noemt, zit niet in de bundel.",
    "attachment-size": "Een bijgevoegd bestand is niet zo groot als zijn invoer zegt.",
    "attachments-compared": "{count} bijgevoegde bestanden zijn met hun invoer vergeleken.",
    "row-differs": "Een rij is niet zoals de regels zeggen.",
    "row-missing": "Een rij die een regel noemt, ontbreekt.",
    "row-of-another": "Een rij is van een tabel die niet bij het dossier hoort.",
    "row-unknown": "Geen regel noemt deze rij.",
    "row-version": "De regels tellen de toestanden van een rij verkeerd.",
    "rows-compared": "{count} rijen zijn met de regels vergeleken.",
    "commitment-strange": "Op de plaats van een verbintenis staat iets anders.",
    "text-differs": "Een tekst is niet die waartoe men zich verbond.",
    "text-missing": "Een tekst ontbreekt en is niet door een handeling gewist.",
    "text-erased": "Een tekst is gewist op {time} door de handeling in regel {line}.",
    "erasure-decided": "De beslissing in regel {line}: {decision}",
    "erasure-without-line": "Een tekst zou gewist zijn, maar geen regel zegt het.",
    "texts-opened": "{count} teksten openen hun verbintenis.",
    "release-recorded": "De release {release} is vastgelegd.",
    "release-unknown": "Geen regel van de hub legde de release {release} vast.",
    "no-heartbeats": "Er zijn geen twee hartslagen met alle regels ertussen.",
    "not-housekeeping": "Tussen twee hartslagen staat een regel die geen huishouding is.",
    "nothing-between": "Tussen de regels {begin} en {end} is er alleen huishouding.",
    "act-unsigned": "Een handeling die door ondertekenen gebeurt, noemt geen handtekening.",
    "act-of-another": "Twee handelingen noemen dezelfde handtekening.",
}


# words: Puts what was found into words of a language; what comes from the bundle is made harmless to print.

LANGUAGES: dict[str, dict[str, str]] = {"fr": FRENCH, "nl": DUTCH, "en": ENGLISH, "de": GERMAN}
DEFAULT_LANGUAGE = "en"
LONGEST_PRINTED = 120
SHORTENED = ("token", "certificate", "commitment")


def words_of(language: str) -> dict[str, str]:
    """Return the sentences of a language; English for one that the verifier does not speak."""
    return LANGUAGES.get(language, ENGLISH)


def sentence(code: str, about: Mapping[str, object], language: str) -> str:
    """Return the sentence of a code with what fills it, and after it where this was found."""
    words = words_of(language)
    text = words.get(code, code)
    safe = {name: printable(_shortened(name, value)) for name, value in about.items()}
    places = [
        f"{words[f'where-{name}']} {value}"
        for name, value in safe.items()
        if f"where-{name}" in words and f"{{{name}}}" not in text
    ]
    for name, value in safe.items():
        text = text.replace(f"{{{name}}}", value)
    return f"{text} ({', '.join(places)})" if places else text


def printable(value: object) -> str:
    """Return a value as text of bounded length, without signs that could move a cursor or turn the line around."""
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in str(value)[:500])
    return shown if len(shown) <= LONGEST_PRINTED else f"{shown[: LONGEST_PRINTED - 1]}…"


def _shortened(name: str, value: object) -> object:
    return f"{value[:16]}…" if name in SHORTENED and isinstance(value, str) and len(value) > 20 else value


# judging: Judges a bundle by a trust file: reads it, asks every statement, and reports in a language.

REPORT_SCHEMA = "cahier.verification.v1"
MOST_REASONS = 25
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
PDF_BEGINS = b"%PDF-"
NO_PROOF = ("limit-true", "limit-happened", "limit-outside", "limit-stamp")
Judge = Callable[[Case, Findings], None]
JUDGES: dict[str, Judge] = {
    "PF-1": judge_inclusion,
    "PF-2": judge_consistency,
    "PF-3": judge_record,
    "PF-4": judge_series,
    "PF-5": judge_not_later,
    "PF-6": judge_not_earlier,
    "PF-7": judge_window,
    "PF-8": judge_authorship,
    "PF-9": judge_content,
    "PF-10": judge_state,
    "PF-11": judge_witnesses,
    "PF-12": judge_redaction,
    "PF-13": judge_provenance,
    "PF-14": judge_inactivity,
}


def verify_bytes(
    bundle: bytes,
    trust: dict[str, Any],
    language: str = DEFAULT_LANGUAGE,
    limits: Limits | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Return the report about a bundle, judged by the JSON of a trust file; `exit` is 0, 1 or 2 as for the command.

    `at` is the moment to judge as of, by which certificates of time-stamping authorities may have ended; now when it is
    left out. Nothing that a bundle or trust file holds makes it raise. The report is made of plain JSON values.
    """
    language = language if language in LANGUAGES else DEFAULT_LANGUAGE
    try:
        believed = trust_from(trust)
        archive = read_archive(_bundle_of(bundle), limits)
        return _report(Case(read_bundle(archive), believed, at or datetime.now(UTC)), language)
    except Unusable as error:
        return unusable(error, language)
    except Exception:  # the last door: whatever a crafted file does, no answer is better than a wrong one
        return unusable(Unusable("internal"), language)


def _bundle_of(data: bytes) -> bytes:
    """Return the bundle that a file is, or that a PDF carries."""
    if not data.startswith(PDF_BEGINS):
        return data
    within = bundle_within(data)
    if within is None:
        raise Unusable("pdf")
    return within


def bundle_within(_pdf: bytes) -> bytes | None:
    """Return the bundle that a PDF carries as an embedded file; no PDF of this release does, hence None."""
    return None


def unusable(error: Unusable, language: str) -> dict[str, Any]:
    """Return the report about a file that cannot be judged."""
    words = words_of(language)
    return {
        "schema": REPORT_SCHEMA,
        "language": language,
        "verdict": "UNUSABLE",
        "verdict_text": words["verdict-UNUSABLE"],
        "exit": 2,
        "error": _told(Reason(error.code, error.about), language),
        "statements": [],
        "limits": [words[code] for code in NO_PROOF],
    }


def _report(case: Case, language: str) -> dict[str, Any]:
    words, bundle, trust = words_of(language), case.bundle, case.trust
    statements = [_statement(name, case, language) for name in STATEMENT_IDS]
    proven = {Answer.PASS.value, Answer.REDACTED.value}
    holds = all(one["answer"] in proven for one in statements if one["required"])
    verdict = "PASS" if holds else "FAIL"
    has_pdf = any(path.endswith(".pdf") and "/" not in path for path in bundle.archive.files)
    about = ("number", "record", "exercise", "operator", "made_at", "release")
    return {
        "schema": REPORT_SCHEMA,
        "language": language,
        "judged_at": case.now.strftime(MOMENT),
        "verdict": verdict,
        "verdict_text": words[f"verdict-{verdict}"],
        "exit": 0 if holds else 1,
        "bundle": {**{name: printable(bundle.about[name]) for name in about}, "sha256": bundle.archive.digest},
        "trust": {"version": trust.version, "required": list(trust.required)},
        "statements": statements,
        "limits": [words[code] for code in (*NO_PROOF, *(("limit-pdf",) if has_pdf else ()))],
    }


def _statement(name: str, case: Case, language: str) -> dict[str, Any]:
    """Ask one statement; evidence that nobody can read is a fault of it."""
    words, found = words_of(language), Findings()
    try:
        JUDGES[name](case, found)
    except Malformed as error:
        found.fault(error.code, **error.about)
    is_required = name in case.trust.required
    answer = found.answer(is_required)
    reasons = found.reasons()
    told = [_told(reason, language) for reason in reasons[:MOST_REASONS]]
    if len(reasons) > MOST_REASONS:
        told.append(_told(Reason("heading-more", {"count": len(reasons) - MOST_REASONS}), language))
    return {
        "id": name,
        "title": words[name],
        "required": is_required,
        "answer": answer.value,
        "answer_text": words[f"answer-{answer.value}"],
        "reasons": told,
        "limit": words[f"{name}-limit"],
    }


def _told(reason: Reason, language: str) -> dict[str, Any]:
    about = {name: printable(value) for name, value in reason.about.items()}
    return {"code": reason.code, "text": sentence(reason.code, reason.about, language), "about": about}


# commanding: The command: `cahier-verify BUNDLE --trust TRUST`, on its own or as part of Cahier.

MOST_TRUST_BYTES = 4 * 2**20
SHOWN_OF_BUNDLE = ("operator", "exercise", "made_at")


def main(arguments: list[str] | None = None) -> int:
    """Verify a bundle and print the answers; 0 when all that is required is proven, 1 if not, 2 for unusable input."""
    asked = _parser().parse_args(arguments)
    try:
        trust = read_trust(_read(asked.trust, MOST_TRUST_BYTES))
        bundle = _read(asked.bundle, Limits().archive_bytes)
        report = verify_bytes(bundle, trust, asked.language, at=asked.at)
    except Unusable as error:
        report = unusable(error, asked.language)
    shown = json.dumps(report, ensure_ascii=True, indent=2) if asked.json else as_text(report)
    _print(f"{shown}\n")
    return int(report["exit"])


def run() -> None:
    """Run the command and leave with its exit code."""
    sys.exit(main())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cahier-verify", description="Check an evidence bundle of Cahier, offline and without trust in its writer."
    )
    parser.add_argument("bundle", type=Path, help="the bundle (NUMBER.eln)")
    parser.add_argument("--trust", type=Path, required=True, help="the trust file, obtained by another way")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--language", choices=sorted(LANGUAGES), default=DEFAULT_LANGUAGE, help="of the answers")
    parser.add_argument(
        "--at", type=_moment, metavar="TIME", help="judge as of this moment, as 2036-01-01T00:00:00Z; now when left out"
    )
    return parser


def _moment(text: str) -> datetime:
    return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as opened:
            data = opened.read(most + 1)
    except (OSError, ValueError) as error:
        raise Unusable("file-not-readable", path=path) from error
    if len(data) > most:
        raise Unusable("archive-too-large", path=path)
    return data


def as_text(report: dict[str, Any]) -> str:
    """Return a report for people to read."""
    words = words_of(report["language"])
    lines = []
    if "bundle" in report:
        about = report["bundle"]
        lines += [
            f"{words['heading-record']} {about['number']} ({', '.join(about[name] for name in SHOWN_OF_BUNDLE)})",
            f"{words['heading-bundle']} {about['sha256']}",
            f"{words['heading-trust']} {report['trust']['version']}",
            f"{words['heading-judged']} {report['judged_at']}",
            "",
        ]
    for one in report["statements"]:
        lines += _statement_lines(one, words)
    if "error" in report:
        lines += [report["error"]["text"]]
    lines += ["", f"{report['verdict']}: {report['verdict_text']}", "", words["heading-limits"]]
    lines += [f"- {limit}" for limit in report["limits"]]
    return "\n".join(lines)


def _statement_lines(one: dict[str, Any], words: dict[str, str]) -> list[str]:
    answer = one["answer"] if one["answer"] == one["answer_text"] else f"{one['answer']} ({one['answer_text']})"
    required = f" [{words['heading-required']}]" if one["required"] else ""
    lines = [f"{one['id']:<6}{answer}{required}  {one['title']}"]
    for text in [reason["text"] for reason in one["reasons"]] + [one["limit"]]:
        lines += textwrap.wrap(text, 110, initial_indent="      ", subsequent_indent="        ")
    return lines


def _print(text: str) -> None:
    """Write to the standard output, whatever letters it can show."""
    stream = sys.stdout
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # Who reads has seen enough; what Python would still flush goes nowhere, and the exit code says what was found.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    run()
