"""What witnesses attest of a log: whether the quorum of the policy cosigned it, and whether one contradicts (PF-11).

A witness cosigns only what continues the tree that it cosigned before. So a checkpoint under a quorum vouches for every
shorter one, and only what is newer than the newest of those is still without witnesses.
"""

from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import select

from app.audit import models
from app.audit.checkpoints import CosignatureVerifier
from app.audit.notes import NoteError, parse_note, parse_signature_line
from app.audit.policies import KnownParty, Policy
from app.audit.verification.snapshot import Head, Snapshot
from app.audit.verification.verdict import Code, Finding, Findings, shown
from app.kernel import clock
from app.storage.tables import table_of

GRACE = timedelta(hours=1)
CHUNK = 256
_CHECKPOINT = table_of(models.Checkpoint).c
_COSIGNATURE = table_of(models.Cosignature).c
_PARTY = table_of(models.OutsideParty).c


class Cosigned(NamedTuple):
    """How far a log is under a quorum, and whether what is newer still has time to come under it."""

    size: int | None = None
    pending: bool = False


def judge_cosignatures(snap: Snapshot, head: Head, policy: Policy | None, findings: Findings) -> Cosigned:
    """Judge what witnesses attest of a log; without a policy only whether one contradicted."""
    _find_conflicts(snap, head, findings)
    if policy is None or not policy.covers(head.origin):
        return Cosigned()
    under_quorum = _under_quorum(snap, head, policy, findings)
    query = (
        select(_CHECKPOINT.size, _CHECKPOINT.signed_at)
        .where(_CHECKPOINT.log_id == head.id, _CHECKPOINT.size > under_quorum)
        .order_by(_CHECKPOINT.size)
        .limit(1)
    )
    waiting = snap.rows(query)
    if not waiting or policy.is_met(frozenset()):
        return Cosigned(under_quorum)
    size, signed_at = waiting[0]
    if str(signed_at) > clock.to_text(clock.now() - GRACE):
        return Cosigned(under_quorum, pending=True)
    known = f"quorum {policy.quorum}"
    findings.add(Finding(Code.COSIGNATURES_MISSING, head.origin, size, expected=known, found=shown(under_quorum)))
    return Cosigned(under_quorum)


def _under_quorum(snap: Snapshot, head: Head, policy: Policy, findings: Findings) -> int:
    """Return the size of the longest tree that a quorum cosigned; 0 where there is none."""
    witnesses = {(one.key.name, one.key.key_id): (name, one) for name, one in policy.witnesses.items()}
    query = (
        select(_COSIGNATURE.size, _COSIGNATURE.line, _CHECKPOINT.note)
        .select_from(table_of(models.Cosignature))
        .outerjoin(
            table_of(models.Checkpoint),
            (_CHECKPOINT.log_id == _COSIGNATURE.log_id) & (_CHECKPOINT.size == _COSIGNATURE.size),
        )
        .where(_COSIGNATURE.log_id == head.id)
        .order_by(_COSIGNATURE.size)
    )
    rows = (row for rows in snap.stream(query, CHUNK) for row in rows)
    longest = 0
    for size, group in groupby(rows, key=itemgetter(0)):
        names = {name for _, line, note in group if (name := _cosigner(line, note, witnesses, findings, head, size))}
        if policy.is_met(names):
            longest = size
    return longest


def _cosigner(
    line: object,
    note: object,
    witnesses: dict[tuple[str, bytes], tuple[str, KnownParty]],
    findings: Findings,
    head: Head,
    size: int,
) -> str | None:
    """Return which witness of the policy cosigned a stored checkpoint by this line, if one did."""
    try:
        signature = parse_signature_line(str(line))
        known = witnesses.get((signature.name, signature.key_id))
        if known is None:  # a witness of another policy
            return None
        name, witness = known
        text = parse_note(bytes(note)).text if isinstance(note, bytes | memoryview) else ""
        CosignatureVerifier(witness.key).verify(text.encode(), signature.signature)
    except NoteError as error:
        found = shown(f"{type(error).__name__}: {error}")
        findings.add(Finding(Code.COSIGNATURE_INVALID, head.origin, size, found=found))
        return None
    return name


def _find_conflicts(snap: Snapshot, head: Head, findings: Findings) -> None:
    query = (
        select(_PARTY.name, _PARTY.conflict)
        .where(_PARTY.origin == head.origin, _PARTY.conflict.is_not(None))
        .order_by(_PARTY.name)
    )
    for name, conflict in snap.rows(query):
        findings.add(Finding(Code.WITNESS_CONFLICT, head.origin, expected=shown(name), found=shown(conflict)))
