"""When the clock of the hub and an authority's differ, every line that was written then is marked (CI-Q14)."""

import html
import re
from datetime import timedelta

import pytest

from app.audit.anchors import Stamp, log_token
from app.audit.models import Checkpoint
from app.audit.sealing import log_of_operator, seal_log
from app.audit.signer import CheckpointSigner
from app.identity.services.operators import add_cohort
from app.kernel import clock
from app.kernel.actors import system_actor
from tests.installation import Installation

pytestmark = pytest.mark.requirement("CI-Q14")
MARK = "Horloge en doute"
HOURS = timedelta(hours=3)
NOTHING = timedelta(seconds=2)


def log_id(house: Installation) -> int:
    with house.storage.reading() as session:
        log = log_of_operator(session, house.operator_id("ALPHA"))
    assert log is not None
    return log.id


def work(house: Installation, name: str) -> int:
    """Write a line into the operator's log, and return its index."""
    with house.acting() as session:
        add_cohort(session, name, operator_id=house.operator_id("ALPHA"), actor=house.actor("assessor"))
    return len(house.lines("ALPHA")) - 1


def stamp(house: Installation, ahead: timedelta) -> int:
    """Keep an authority's token while our clock is so far ahead of its, and return the index of the line about it."""
    sealed = seal_log(house.storage, CheckpointSigner(house.settings.keys), log_id(house))
    with house.acting() as session:
        log, stored = (
            log_of_operator(session, house.operator_id("ALPHA")),
            session.get_one(Checkpoint, (log_id(house), sealed.size)),
        )
        assert log is not None
        given = Stamp("https://tsa.example", b"token", clock.now() - ahead)
        log_token(session, log, stored, given, actor=system_actor("worker"))
    return len(house.lines("ALPHA")) - 1


def marked(house: Installation) -> list[int]:
    """Return the lines that the page of the trail marks, in order."""
    rows = html.unescape(house.signed_in("auditor").get("/trail").text).split("<tr ")[1:]
    found = [re.search(r'data-label="Ligne"[^>]*>(\d+)<', row) for row in rows if MARK in row]
    return sorted(int(one.group(1)) for one in found if one)


def test_lines_from_the_last_good_token_to_the_next_one_are_marked(house: Installation) -> None:
    work(house, "avant")
    good = stamp(house, NOTHING)
    first = work(house, "en doute")
    adrift = stamp(house, HOURS)
    meanwhile = work(house, "encore en doute")
    mended = stamp(house, NOTHING)
    work(house, "après")

    assert marked(house) == list(range(good, mended))
    assert first < adrift < meanwhile < mended


@pytest.mark.parametrize(("ahead", "seconds"), [(HOURS, 10800), (-HOURS, -10800)])
def test_the_line_of_the_token_says_by_how_much(house: Installation, ahead: timedelta, seconds: int) -> None:
    work(house, "avant")
    with clock.simulated(clock.now()):
        stamp(house, ahead)

    assert house.lines("ALPHA")[-1]["after"]["drift_seconds"] == seconds


def test_clocks_that_agree_mark_nothing(house: Installation) -> None:
    work(house, "avant")
    stamp(house, NOTHING)
    work(house, "après")
    stamp(house, -NOTHING)

    assert marked(house) == []
    assert "drift_seconds" not in house.lines("ALPHA")[-1]["after"]
