"""Statements about when: not later, not earlier, and the window between (PF-5, PF-6, PF-7)."""

from datetime import datetime, timedelta

from app.verifier.parts.bundle import Line, Signature
from app.verifier.parts.canonical import read_time
from app.verifier.parts.case import TOKEN_LOGGED, Case, GoodToken
from app.verifier.parts.faults import Malformed
from app.verifier.parts.findings import Findings

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
