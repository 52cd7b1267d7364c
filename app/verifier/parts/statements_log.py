"""Statements about the logs: inclusion, consistency, witnesses, inactivity (PF-1, PF-2, PF-11, PF-14)."""

from itertools import pairwise

from app.verifier.parts.bundle import Line
from app.verifier.parts.case import Case
from app.verifier.parts.faults import Malformed
from app.verifier.parts.findings import Findings
from app.verifier.parts.succession import PLANNED, REPLACED, is_in_accord, read_next_key

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
