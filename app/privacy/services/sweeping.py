"""The regular verification of everything: what it finds is a loss of integrity, and opens a breach (GD-33/34)."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from app.audit.models import Log
from app.audit.signer import Trust
from app.audit.verification import Code, Finding, verify
from app.privacy.services.breaching import open_for_findings
from app.storage import Storage
from app.storage.files import FileStore
from app.trail.queries import with_files

NO_LOSS = frozenset({Code.COSIGNATURES_MISSING})
"""What a verification finds and is no loss: a witness that does not answer."""
MOVING = frozenset(
    {
        *(Code.HEAD_ALTERED, Code.LINE_MISSING, Code.TILE_MISSING, Code.TILE_ALTERED, Code.TILE_UNEXPLAINED),
        *(Code.CHECKPOINT_INVALID, Code.CHECKPOINT_CONTRADICTED, Code.CHECKPOINT_AHEAD),
        *(Code.SIGNER_CONTRADICTED, Code.SIGNER_AHEAD, Code.COSIGNATURE_INVALID),
    }
)
"""What is found at another place each day as its log grows, though it is the same loss."""


def sweep(storage: Storage, trust: Trust, store: FileStore) -> list[str]:
    """Verify everything, open a breach for each log with something new to find, and return the ids of these breaches.

    `trust` was read before, as `verify` asks. What a breach names already, open or closed, opens no other.
    """
    verdict = with_files(verify(storage, trust), storage, store)
    with storage.reading() as session:
        operators = {log.origin: log.operator_id for log in session.scalars(select(Log))}
    opened = []
    for operator_id, places in _by_operator(verdict.findings, operators).items():
        with storage.transaction() as session:
            breach = open_for_findings(session, places, operator_id)
            opened += [breach.id] if breach else []
    return opened


def _by_operator(findings: Iterable[Finding], operators: Mapping[str, str | None]) -> dict[str | None, list[str]]:
    found: dict[str | None, list[str]] = {}
    for finding in findings:
        if finding.code not in NO_LOSS:
            found.setdefault(operators.get(finding.log), []).append(place_of(finding))
    return found


def place_of(finding: Finding) -> str:
    """Return what names a loss for good: its kind and place, and of what moves with its log the log alone."""
    return f"{finding.code}: {finding.log if finding.code in MOVING else finding.where}"
