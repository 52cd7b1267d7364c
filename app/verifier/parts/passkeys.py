"""What a passkey signed beside a key: the assertion over the manifest's digest, and the line that enrolled the passkey.

WebAuthn Level 3, §6.1 (authenticator data), §5.8.1 (client data) and §7.2 (verifying an assertion).
"""

import base64
import hashlib
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from app.verifier.parts.bundle import HUB, Line, Row, Signature
from app.verifier.parts.canonical import read_json, read_time
from app.verifier.parts.case import Case
from app.verifier.parts.cose import check_cose, read_cose
from app.verifier.parts.faults import Malformed
from app.verifier.parts.findings import Findings
from app.verifier.parts.notes import decode_base64

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
