"""Statements about the record among the lines: its chain, its series, its releases (PF-3, PF-4, PF-13)."""

import re
from collections import Counter

from app.verifier.parts.bundle import HUB, OPERATOR, Line
from app.verifier.parts.canonical import is_digest
from app.verifier.parts.case import CLOSING_ACTIONS, Case
from app.verifier.parts.findings import Findings

ISSUE = "notebook:record:issue"
REOPENS = ("notebook:", "assessment:record:return")
REATTRIBUTED = "notebook:record:reattribute"
AFTER_THE_END = {"notebook:attribution:propose", "notebook:attribution:withdraw", REATTRIBUTED}
NUMBER = re.compile(r"(?P<name>.+)-(?P<year>[0-9]{4})-(?P<place>(?!0000$)[0-9]{4}|[1-9][0-9]{4,11})")


def judge_record(case: Case, found: Findings) -> None:
    """PF-3: the bundle holds every line of the record, from its issue to what closed it."""
    chain = case.chain
    if not chain:
        found.gap("chain-empty")
        return
    _judge_links(chain, found)
    for (log, index), line in sorted(case.bundle.lines.items()):
        if (log, index) in case.line_faults and line.said["subject"] == case.bundle.subject:
            found.fault("chain-unproven", line=line.name)
    first = chain[0]
    if first.action != ISSUE or first.after.get("record") != case.bundle.about["number"]:
        found.fault("chain-begins", line=first.name, action=first.action)
    _judge_end(chain, found)
    found.remark("chain-length", count=len(chain))


def _judge_links(chain: list[Line], found: Findings) -> None:
    """Each line counts on from the one before and names its hash."""
    before: Line | None = None
    for place, line in enumerate(chain, 1):
        if line.said["sequence"] != place:
            found.fault("chain-count", line=line.name, sequence=line.said["sequence"], expected=place)
            return
        if line.said["previous"] != (before.leaf.hex() if before else None):
            found.fault("chain-link", line=line.name)
            return
        before = line


def _judge_end(chain: list[Line], found: Findings) -> None:
    ends = [place for place, line in enumerate(chain) if line.action in CLOSING_ACTIONS]
    if not ends:
        found.doubt("record-open", action=chain[-1].action)
        return
    for line in chain[ends[0] + 1 :]:
        if line.action == REATTRIBUTED:
            found.remark("attributed-in-error", line=line.name)
        elif line.action.startswith(REOPENS) and line.action not in CLOSING_ACTIONS | AFTER_THE_END:
            found.fault("after-the-end", line=line.name, action=line.action)
    found.remark("record-closed", line=chain[ends[-1]].name, action=chain[ends[-1]].action)


def judge_series(case: Case, found: Findings) -> None:
    """PF-4: the numbers of the series are all accounted for, the record's own among them."""
    about = case.bundle.about
    own = NUMBER.fullmatch(about["number"])
    series = (about["series"]["name"], about["series"]["year"])
    if own is None or (own["name"], int(own["year"])) != series:
        found.fault("number-of-another-series", number=about["number"])
        return
    issued = [line for (log, _), line in case.lines.items() if log == OPERATOR and line.action == ISSUE]
    places: Counter[int] = Counter()
    for line in issued:
        number = NUMBER.fullmatch(str(line.after.get("record")))
        if number is not None and (number["name"], int(number["year"])) == series:
            places[int(number["place"])] += 1
            if int(number["place"]) == int(own["place"]) and line.said["subject"] != case.bundle.subject:
                found.fault("number-of-another", line=line.name, number=about["number"])
    _judge_places(places, int(own["place"]), found)
    if len({line.said["subject"] for line in issued}) != len(issued):
        found.fault("issued-twice")


def _judge_places(places: Counter[int], own: int, found: Findings) -> None:
    last = max(places, default=0)
    if own not in places:
        found.fault("own-number-missing", place=own)
    # Counted, not listed: a crafted number may be as large as it likes.
    missing = max(last, own) - len(places) - (own not in places and own > last)
    if missing > 0:
        first = next(place for place in range(1, len(places) + 2) if place not in places)
        found.fault("numbers-missing", count=missing, first=first)
    for place in sorted(place for place, count in places.items() if count > 1)[:5]:
        found.fault("number-twice", place=place)
    found.remark("series-length", count=len(places))


def judge_provenance(case: Case, found: Findings) -> None:
    """PF-13: every release that wrote a line of the record was recorded in the hub's log."""
    recorded = {
        line.after.get("version")
        for (log, _), line in case.lines.items()
        if log == HUB and line.action == "audit:release:record" and is_digest(line.after.get("digest"))
        if isinstance(line.after.get("version"), str)
    }
    named = sorted({str(line.said["release"]) for line in case.chain})
    if not named:
        found.gap("chain-empty")
    for release in named:
        note = found.remark if release in recorded else found.gap
        note("release-recorded" if release in recorded else "release-unknown", release=release)
