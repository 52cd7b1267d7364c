"""What a bundle holds, read from its archive into the shapes that docs/evidence-format.md gives."""

import re
from dataclasses import dataclass, field
from typing import Any

from app.verifier.parts.archive import Archive
from app.verifier.parts.canonical import canonical_bytes, is_count, is_digest, read_canonical, sha256_hex
from app.verifier.parts.faults import Malformed, Unusable
from app.verifier.parts.tree import leaf_hash

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
