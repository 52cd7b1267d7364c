"""Statements about what was signed and what the database says (PF-9, PF-10)."""

from app.verifier.parts.bundle import HUB, Line, Row, Signature
from app.verifier.parts.canonical import sha256_hex
from app.verifier.parts.case import SIGNING_ACTIONS, Case
from app.verifier.parts.content import SENTENCES, Content, counted_exceptions
from app.verifier.parts.faults import Malformed
from app.verifier.parts.findings import Findings
from app.verifier.parts.statements_files import judge_files

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
