"""Which logs there must be: the hub's own, and one for each operator that a line of the hub's log says was added."""

from sqlalchemy import or_, select

from app.audit.actions import Action
from app.audit.models import HUB_LOG
from app.audit.signer import Trust
from app.audit.verification.decoding import LineUnreadable, parse_line
from app.audit.verification.snapshot import LINE, Head, Snapshot
from app.audit.verification.verdict import Code, Finding, Findings


def check_origins(snap: Snapshot, heads: list[Head], trust: Trust, findings: Findings) -> None:
    """Compare the logs there are with those that were opened, and with those whose checkpoints a signer remembers."""
    opened = _opened(snap)
    present = {head.origin: head.operator_id for head in heads}
    for origin, (index, operator_id) in opened.items():
        if origin not in present:
            findings.add(Finding(Code.LOG_MISSING, origin, found=f"opened by line {index} of the hub"))
        elif present[origin] != operator_id:
            altered = Finding(Code.LOG_ALTERED, origin, expected=str(operator_id), found=str(present[origin]))
            findings.add(altered)
    for origin in present.keys() - opened.keys():
        findings.add(Finding(Code.LOG_UNEXPLAINED, origin))
    for origin, checkpoint in trust.remembered.items():
        if checkpoint.size and origin not in present:
            findings.add(Finding(Code.LOG_MISSING, origin, expected=str(checkpoint.size)))


def _opened(snap: Snapshot) -> dict[str, tuple[int, str | None]]:
    """Return origin → line and operator of every log that the hub's lines open."""
    named = or_(LINE.subject.like("hub:%"), LINE.subject.like("operator:%"))
    query = select(LINE.line_index, LINE.body).where(LINE.log_id == HUB_LOG, named).order_by(LINE.line_index)
    opened: dict[str, tuple[int, str | None]] = {}
    for index, body in snap.rows(query):
        try:
            line = parse_line(body)
            after, subject = line["after"], line["subject"]
            if line["action"] == Action.HUB_FOUNDED:
                opened[f"{after['origin']}/hub"] = (index, None)
            elif line["action"] == Action.OPERATOR_ADDED:
                opened[after["log"]] = (index, subject.partition(":")[2])
        except (AttributeError, KeyError, LineUnreadable, TypeError):
            continue  # the walk over the lines says so
    return opened
