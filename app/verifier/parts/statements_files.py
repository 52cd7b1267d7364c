"""The part of PF-9 about attached files: each that an entry names is there as it was, and no other."""

from typing import Any

from app.verifier.parts.bundle import Row
from app.verifier.parts.canonical import is_count, is_digest, read_json, sha256_hex
from app.verifier.parts.case import Case
from app.verifier.parts.faults import Malformed
from app.verifier.parts.findings import Findings
from app.verifier.parts.statements_redaction import erasures_of, is_erased, is_text, opened

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
