"""Grades as something to deliver: signed decisions on records that a course launched become scores, each once (LT-3).

A follower, as the feed of statements is: it reads each log after its cursor, so that no act waits for it and none is
missed. A score's bytes are frozen here; what is sent again is the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import Line, Log
from app.delivery.models import Target
from app.delivery.rules import Content, Destination, Event, Label, Limits, Parcel, Patience, Tiding
from app.delivery.services.kinds import Carrier, register_kind
from app.delivery.services.targets import NewTarget, add_target
from app.kernel.actors import Actor
from app.kernel.errors import N_
from app.lms import queries
from app.lms.models import Grade, GradeHead, GradeReading
from app.lms.rules.grades import Decision, Score, comment_on, decision_in, next_stamp, sequence_of, write_score
from app.lms.services.access_tokens import AccessTokens
from app.lms.services.scores import ScoreCarrier
from app.lms.services.service_line import ServiceLine, open_service_line
from app.notebook.models import Record
from app.storage import Storage
from app.storage.particulars import bound_to_row, seal_about
from app.storage.rows import locked_row
from app.storage.sessions import vault_of
from app.storage.tables import new_id

KIND = "lti-grades"
LINES_AT_ONCE = 500
LONGEST_NAME, _GRADES = 60, "-grades"
_CONCLUSION = b'"assessment:record:'
"""What every line that can hold a decision has in it; the others need not be read as JSON."""

OpenLine = Callable[[str, Patience], ServiceLine]
"""Opens a line to the services of a platform, given by its id; raises OSError where it cannot be opened."""


@dataclass(frozen=True)
class _Stretch:
    """A stretch of a log that was read, and the decisions in it."""

    log_id: int
    begin: int
    end: int
    decisions: Sequence[Decision]


class GradeKind:
    """Scores as something to deliver to the platform that a target's settings name, one person and line item after
    another.
    """

    name = KIND
    title = N_("Grades (LTI)")
    named = False

    def __init__(self, open_line: OpenLine) -> None:
        self._open_line = open_line

    def complete(self, address: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a new target as they were given."""
        return dict(settings)

    def draw(self, session: Session, destination: Destination, after: int, limit: int) -> Sequence[Label]:
        """Return the labels of the next scores for a platform, in the order of deciding."""
        return [Label(*row) for row in queries.grades_after(session, destination, after, limit)]

    def load(
        self, session: Session, destination: Destination, references: Sequence[str], octets: int
    ) -> Mapping[str, Content]:
        """Return the frozen bytes of scores by id: as many as fit, at least one; none of who was erased."""
        found: dict[str, Content] = {}
        room = octets
        for identifier, body in queries.bodies_of_grades(session, references):
            room -= len(body)
            if found and room < 0:
                break
            found[identifier] = Content(body)
        return found

    def make_ready(self, storage: Storage, destination: Destination, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Return scores as they are: they were made for this platform."""
        return parcels

    def waiting(self, session: Session, destination: Destination, after: int) -> int:
        """Count the scores for a platform after a position."""
        return queries.count_grades_after(session, destination, after)

    def open(self, destination: Destination, limits: Limits) -> Carrier:
        """Make a connection to the grade service of a platform ready."""
        return ScoreCarrier(self._open_line(str(destination.settings.get("platform", "")), limits.patience))

    def tidings(self, session: Session, record_id: str) -> Sequence[Tiding]:
        """Return what scores say about a record."""
        grades = queries.grades_of_record(session, record_id)
        return [Tiding(one.id, Event.PASSED if one.competent else Event.FAILED, one.decided_at) for one in grades]


def _no_line(platform_id: str, patience: Patience) -> ServiceLine:
    """Open nothing: a process that only adds, lists or ends targets knows the kind, and has no access tokens."""
    raise OSError("this process talks to no platform")


register_kind(GradeKind(_no_line))


def derive_grades(storage: Storage, public_url: str, *, lines_at_once: int = LINES_AT_ONCE) -> int:
    """Read the next lines of the log that lags most, keep the scores that follow, and return how many lines were read.

    0 means that every log is read to its end.
    """
    with storage.reading() as session:
        stretch = _read_stretch(session, lines_at_once)
    if stretch is None:
        return 0
    with storage.transaction() as session:
        _keep_stretch(session, stretch, public_url)
    return stretch.end - stretch.begin


def install_grades(storage: Storage, sealing: bytes) -> AccessTokens:
    """Let this process deliver scores, and return the access tokens with which it asks platforms."""
    tokens = AccessTokens(storage, sealing)
    register_kind(GradeKind(partial(open_service_line, storage, tokens)))
    return tokens


def send_grades(session: Session, key: bytes, name: str, *, actor: Actor) -> Target:
    """Have the grades of a platform sent, from the first decision on: it becomes a target of delivery.

    Raises NoSuchPlatform, NameTaken where it is one already.
    """
    platform = queries.platform_in_use(session, name, actor)
    settings, operator_id = {"platform": platform.id}, platform.operator_id
    new = NewTarget(KIND, target_name(platform.name), platform.issuer, "", settings, operator_id)
    return add_target(session, key, new, actor=actor)


def target_name(platform: str) -> str:
    """Return the name of the target that is a platform's grades."""
    return f"{platform[: LONGEST_NAME - len(_GRADES)]}{_GRADES}"


def forget_grades(session: Session, pseudonym: str) -> None:
    """Empty the scores of a person: no platform is told of them any more; part of the act that erases them."""
    for grade in queries.grades_of_person(session, pseudonym.removeprefix("person:")):
        grade.body = b""


def _read_stretch(session: Session, limit: int) -> _Stretch | None:
    begin = func.coalesce(GradeReading.next_index, 0)
    lagging = (
        select(Log.id, begin)
        .outerjoin(GradeReading, GradeReading.log_id == Log.id)
        .where(Log.size > begin)
        .order_by((Log.size - begin).desc(), Log.id)
    )
    found = session.execute(lagging.limit(1)).first()
    if found is None:
        return None
    log_id, first = found
    query = select(Line.body, Line.leaf_hash).where(Line.log_id == log_id, Line.index >= first)
    lines = session.execute(query.order_by(Line.index).limit(limit)).all()
    read = (decision_in(body, leaf.hex()) for body, leaf in lines if _CONCLUSION in body)
    return _Stretch(log_id, first, first + len(lines), [decision for decision in read if decision])


def _keep_stretch(session: Session, stretch: _Stretch, public_url: str) -> None:
    """Keep a stretch's scores and move the cursor over it, unless another worker did so in the meantime."""
    head = locked_row(session, GradeHead, {"id": 1}, position=0)
    cursor = session.get(GradeReading, stretch.log_id)
    if cursor is None:
        cursor = GradeReading(log_id=stretch.log_id, next_index=0)
        session.add(cursor)
    if cursor.next_index != stretch.begin:
        return
    stamps: dict[str, datetime] = {}
    for decision in stretch.decisions:
        for grade in _grades_for(session, decision, stamps, public_url):
            head.position += 1
            grade.position = head.position
            session.add(grade)
    cursor.next_index = stretch.end


def _grades_for(session: Session, decision: Decision, stamps: dict[str, datetime], public_url: str) -> Iterator[Grade]:
    """Make a score for each activity through which a record was opened; `stamps` are those given in this stretch."""
    record = session.get_one(Record, decision.record_id)
    for place in queries.graded_places(session, decision.record_id):
        user_id = place.account.name
        if not user_id:
            continue  # erased since
        sequence = sequence_of(place.line_item, user_id)
        stamp = next_stamp(decision.signed_at, stamps.get(sequence) or queries.last_stamp(session, sequence))
        stamps[sequence] = stamp
        comment = comment_on(decision, record.number, f"{public_url}/records/{record.id}", record.language)
        score = Score(place.line_item, user_id, decision.given, decision.maximum, stamp, comment)
        identifier, person_id = new_id(), place.account.person_id
        bound = bound_to_row(Grade.__tablename__, identifier)
        yield Grade(
            id=identifier,
            platform_id=place.platform_id,
            operator_id=record.operator_id,
            record_id=record.id,
            person_id=person_id,
            resource_link_id=place.resource_link_id,
            source=decision.source,
            competent=decision.competent,
            decided_at=decision.signed_at,
            stamp=stamp,
            sequence=sequence,
            body=seal_about(vault_of(session), person_id, write_score(score), bound),
        )
