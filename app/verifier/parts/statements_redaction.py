"""The statement about texts: what is there opens its commitment, what is not was erased by an act (PF-12)."""

import hashlib
import re
from typing import Any

from app.verifier.parts.bundle import Row
from app.verifier.parts.canonical import is_digest, read_json, read_time
from app.verifier.parts.case import Case
from app.verifier.parts.faults import Malformed
from app.verifier.parts.findings import Findings

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
