"""A course of 5,000 people brought into a cohort, once and again; 1,000 grades through an outage of the platform.

The platform is another thread on loopback (tests/lms/course_services.py), so that its own work is in the figures.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import select

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.delivery.services.couriers import deliver_once
from app.identity.models import OutsideAccount
from app.kernel import clock
from app.lms.models import Launch, ResourceLink
from app.lms.services.grading import derive_grades
from app.lms.services.rosters import Means, begin_roster
from app.lms.services.synchronising import synchronise
from app.notebook.rules.words import Purpose
from app.notebook.services.issuing import Issue, issue_record
from app.storage.tables import new_id
from config.secrets import PEPPER, read_secret
from tests.installation import Installation
from tests.lms.classroom import COMMAND, LONGER_THAN_A_LEASE, Classroom, in_class
from tests.lms.course_services import Exchange
from tests.unit.xapi.trail import COMMON, approved

PEOPLE, GRADED, TIMES = 5_000, 200, 5
OUTAGE = 40
"""How many requests in the middle of the grades find the platform down."""


@dataclass(frozen=True)
class Measured:
    """Seconds of the first synchronisation and of one without a change; seconds, retries and faults of the grades."""

    first: float
    again: float
    grades: float
    refused: int


def measure(house: Installation) -> Measured:
    """Bring a course in, do it again, and send grades; raises RuntimeError where something is missing or twice."""
    with in_class(house, Classroom) as room:
        room.services.page = 500
        for number in range(PEOPLE):
            room.course.enrol(str(1000 + number), f"Apprenant Numéro{number}")
        link = room.link()
        with house.acting() as session:
            roster = begin_roster(session, link.id, None, actor=house.actor("administrator"))
        means = Means(room.tokens, read_secret(house.settings.keys, PEPPER))
        first = _seconds(lambda: synchronise(house.storage, roster.id, means))
        lines = house.all_lines()
        again = _seconds(lambda: synchronise(house.storage, roster.id, means))
        if house.all_lines() != lines:
            raise RuntimeError("a synchronisation without a change wrote something")
        _decide(room, link)
        room.send_grades()
        outage = _Outage(GRADED * TIMES // 3, OUTAGE)
        room.services.fault = outage
        grades = _seconds(lambda: _deliver(room))
        _check(room)
        return Measured(first, again, grades, outage.refused)


class _Outage:
    """Lets some scores through, then answers that the service is down, then lets all through."""

    def __init__(self, after: int, times: int) -> None:
        self.after, self.times, self.refused = after, times, 0

    def __call__(self, exchange: Exchange) -> bool:
        if not exchange.path.split("?")[0].endswith("/scores"):
            return False
        self.after -= 1
        if self.after >= 0 or self.refused >= self.times:
            return False
        self.refused += 1
        exchange.answer(503)
        return True


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _decide(room: Classroom, link: ResourceLink) -> None:
    """Let people of the course open the exercise, and decisions stand in the trail, person after person each time."""
    records = [_launched(room, link, account) for account in _accounts(room)]
    for turn in range(TIMES):
        for record_id, operator_id in records:
            with room.house.acting() as session:
                after = COMMON | approved(score={"achieved": turn, "possible": TIMES})
                subject = Subject("record", record_id, operator_id)
                note(session, Action.RECORD_APPROVED, subject, actor=COMMAND, after=after)


def _accounts(room: Classroom) -> Sequence[OutsideAccount]:
    with room.house.storage.reading() as session:
        query = select(OutsideAccount).where(OutsideAccount.home_page == room.services.address)
        return session.scalars(query.order_by(OutsideAccount.id).limit(GRADED)).all()


def _launched(room: Classroom, link: ResourceLink, account: OutsideAccount) -> tuple[str, str]:
    issuer = room.house.actor("assessor")
    with room.house.acting() as session:
        issue = Issue("TST-001", account.person_id, Purpose.TRAINING)
        record = issue_record(session, issue, actor=issuer)
    row = Launch(
        id=new_id(),
        resource_link_id=link.id,
        deployment_id=link.deployment_id,
        operator_id=record.operator_id,
        person_id=account.person_id,
        account_id=account.id,
        message_type="LtiResourceLinkRequest",
        record_id=record.id,
        launched_at=clock.now(),
    )
    with room.house.acting() as session:
        session.add(row)
        note(session, Action.LTI_LAUNCHED, Subject("lti_launch", row.id), actor=COMMAND)
    return record.id, record.operator_id


def _deliver(room: Classroom) -> None:
    """Serve the platform until nothing waits; the time that it has to rest is not waited for."""
    while derive_grades(room.house.storage, "https://hub.example"):
        pass
    now = clock.now()
    for _ in range(500):
        with clock.simulated(now):
            deliver_once(room.house.storage, room.couriers)
            standing = room.standing()
        if standing.pending == 0:
            return
        due = clock.from_text(standing.not_before) if standing.not_before else now
        now = max(due, now + LONGER_THAN_A_LEASE)
    raise RuntimeError(f"never ends: {room.standing()}")


def _check(room: Classroom) -> None:
    """Raise RuntimeError unless every grade arrived once, in order for each person."""
    taken = Counter(user for _, user, _ in room.course.taken)
    stamps = {user: [score["timestamp"] for _, who, score in room.course.taken if who == user] for user in taken}
    given = {user: [score["scoreGiven"] for _, who, score in room.course.taken if who == user] for user in taken}
    in_order = all(one < two for found in stamps.values() for one, two in pairwise(found))
    if taken != Counter(dict.fromkeys(taken, TIMES)) or len(taken) != GRADED or not in_order:
        raise RuntimeError("a grade is missing, or came twice, or out of order")
    if any(found != list(range(TIMES)) for found in given.values()):
        raise RuntimeError("a grade overtook another")
