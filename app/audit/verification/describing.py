"""Describing a line in a report: its action and its subject, as far as they can still be read."""

from app.audit.verification.decoding import LineUnreadable, parse_line
from app.audit.verification.snapshot import Snapshot
from app.audit.verification.verdict import Code, Finding, shown


def describe_body(body: object) -> tuple[str, str]:
    """Return action and subject of a line, each empty where it cannot be read."""
    try:
        said = parse_line(body)
    except LineUnreadable:
        return "", ""
    return shown(said.get("action", "")), shown(said.get("subject", ""))


def line_finding(
    snap: Snapshot, code: Code, origins: dict[int, str], position: tuple[int, int], **about: str
) -> Finding:
    """Return a finding about a row that names the line with its action and subject."""
    log_id, index = position
    body = snap.body(log_id, index) if type(log_id) is type(index) is int else None
    action, subject = describe_body(body)
    return Finding(code, origins.get(log_id, f"log {log_id}"), index, action, subject, **about)
