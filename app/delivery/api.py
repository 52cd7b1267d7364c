"""The API of delivery: targets, what they refused, receipts, and what was reported of a record."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from spectree import Response
from sqlalchemy.orm import Session

from app.delivery import queries
from app.delivery.errors import BadTarget
from app.delivery.models import Delivery
from app.delivery.rules import Fate
from app.delivery.services import targets
from app.delivery.services.kinds import kind_named
from app.delivery.services.letters import resend_letters, set_letter_aside
from app.delivery.services.reporting import reports_about, search_receipts
from app.delivery.services.standing import Standing, standings
from app.delivery.views.blueprint import means_here
from app.delivery.views.trying import try_target
from app.identity.queries import operator_by_code
from app.kernel import clock
from app.kernel.actors import Permission
from app.kernel.errors import N_, NotFound
from app.notebook.queries import access_record
from app.web.access import requires
from app.web.acting import perform
from app.web.openapi import Answer, Message, Problem, spec
from app.web.visitors import current_actor, edge

blueprint = Blueprint("delivery_api", __name__, url_prefix="/api/v1")
FAILURES = {f"HTTP_{status}": Problem for status in (401, 403, 404, 409, 422)}
MOST_LETTERS = 500


class SecretMessage(Message):
    """The name and password by which a target knows the hub; a Moodle has no name, and a token for a password."""

    username: str = Field(default="", max_length=200)
    password: str = Field(min_length=1, max_length=200)


class TargetMessage(SecretMessage):
    """A new target: another LRS, or a Moodle; with an operator's code it receives what happens there only."""

    kind: Literal["xapi", "moodle"] = "xapi"
    name: str = Field(max_length=60)
    address: str = Field(max_length=500)
    operator: str | None = Field(default=None, max_length=20)


class TrialMessage(Message):
    """How to try a target: by asking alone, or by sending the statement of a trial too."""

    send: bool = False


class WhyMessage(Message):
    """Why something is done."""

    reason: str = Field(min_length=3, max_length=1000)


class LettersMessage(Message):
    """What to send again, by the ids of statements; left out: everything that was refused."""

    parcels: list[str] | None = Field(default=None, min_length=1, max_length=MOST_LETTERS)


class TargetAnswer(Answer):
    """Where a target stands; `circuit` is closed, open or half-open, `stopped` says why a person has to look."""

    name: str
    kind: str
    address: str
    operator_id: str | None
    pending: int
    sent: int
    dead: int
    held: int
    set_aside: int
    circuit: str
    failures: int
    last_answer: str | None
    last_answer_at: str | None
    stopped: str | None
    not_before: str | None


class Targets(Answer):
    """The targets in use."""

    targets: list[TargetAnswer]


class TrialAnswer(Answer):
    """How a trial went."""

    works: bool
    answer: str


class Resent(Answer):
    """How many go out again."""

    letters: int


class ReceiptAnswer(Answer):
    """What became of one statement at one target: pending, sent, dead, held or set_aside; `digest` is SHA-256."""

    target: str
    parcel: str
    fate: str
    attempts: int
    answer: str | None
    answered_at: str | None
    digest: str | None


class Receipts(Answer):
    """Receipts, in order."""

    receipts: list[ReceiptAnswer]


class ToldAnswer(Answer):
    """One thing that happened to a record, and whether a target was told."""

    target: str
    statement: str
    event: str
    happened_at: str
    fate: str
    sent_at: str | None


class ReportedAnswer(Answer):
    """What was reported of a record."""

    reported: list[ToldAnswer]


@blueprint.get("/targets")
@requires(Permission.TARGET_ADMINISTER)
@spec.validate(resp=Response(HTTP_200=Targets, **FAILURES), tags=["delivery"])
def read_targets() -> Any:
    """List the targets in use and where each stands."""
    with edge().storage.reading() as session:
        return Targets(targets=[TargetAnswer(**item.to_json()) for item in standings(session, current_actor())])


@blueprint.post("/targets")
@requires(Permission.TARGET_ADMINISTER)
@spec.validate(resp=Response(HTTP_200=TargetAnswer, **FAILURES), tags=["delivery"])
def add(json: TargetMessage) -> Any:
    """Add a target; it also receives what happened before."""
    means, settings = means_here(), _named(json, json.kind)

    def act(session: Session) -> Any:
        operator = operator_by_code(session, json.operator) if json.operator else None
        if json.operator and operator is None:
            raise NotFound
        new = targets.NewTarget(
            json.kind, json.name, json.address, json.password, settings, operator.id if operator else None
        )
        targets.add_target(session, means.key, new, actor=current_actor())
        return _standing(session, json.name)

    return perform(act)


@blueprint.get("/targets/<name>")
@requires(Permission.TARGET_ADMINISTER)
@spec.validate(resp=Response(HTTP_200=TargetAnswer, **FAILURES), tags=["delivery"])
def read_target(name: str) -> Any:
    """Say where a target stands."""
    with edge().storage.reading() as session:
        queries.target_in_use(session, name, current_actor())
        return TargetAnswer(**_standing(session, name))


@blueprint.post("/targets/<name>/test")
@requires(Permission.TARGET_ADMINISTER)
@spec.validate(resp=Response(HTTP_200=TrialAnswer, **FAILURES), tags=["delivery"])
def test(name: str, json: TrialMessage) -> Any:
    """Try a target; one that was stopped and works again goes on."""
    probe = try_target(name, sending=json.send)

    def act(session: Session) -> Any:
        targets.note_trial(session, name, probe, actor=current_actor(), sent=json.send)
        return {"works": probe.works, "answer": probe.answer}

    return perform(act)


@blueprint.post("/targets/<name>/secret")
@requires(Permission.TARGET_ADMINISTER)
@spec.validate(resp=Response(HTTP_200=TargetAnswer, **FAILURES), tags=["delivery"])
def renew(name: str, json: SecretMessage) -> Any:
    """Give a target another user name and password."""

    def act(session: Session) -> Any:
        settings = _named(json, queries.target_in_use(session, name, current_actor()).kind)
        targets.renew_secret(session, means_here().key, name, json.password, settings, actor=current_actor())
        return _standing(session, name)

    return perform(act)


@blueprint.post("/targets/<name>/end")
@requires(Permission.TARGET_ADMINISTER)
@spec.validate(resp=Response(HTTP_200=TargetAnswer, **FAILURES), tags=["delivery"])
def end(name: str, json: WhyMessage) -> Any:
    """End a target, and say where it stood."""

    def act(session: Session) -> Any:
        queries.target_in_use(session, name, current_actor())
        stood = _standing(session, name)
        targets.end_target(session, name, actor=current_actor(), reason=json.reason)
        return stood

    return perform(act)


@blueprint.get("/targets/<name>/letters")
@requires(Permission.TARGET_ADMINISTER)
@spec.validate(resp=Response(HTTP_200=Receipts, **FAILURES), tags=["delivery"])
def read_letters(name: str) -> Any:
    """List the first 500 statements that a target refused for good, with its reasons."""
    with edge().storage.reading() as session:
        target = queries.target_in_use(session, name, current_actor())
        rows = queries.dead_letters(session, target.id, MOST_LETTERS)
        return Receipts(receipts=[_receipt(name, row) for row in rows])


@blueprint.post("/targets/<name>/letters/resend")
@requires(Permission.TARGET_ADMINISTER)
@spec.validate(resp=Response(HTTP_200=Resent, **FAILURES), tags=["delivery"])
def resend(name: str, json: LettersMessage) -> Any:
    """Send again what a target refused for good: some of it, or everything."""
    return perform(
        lambda session: {"letters": resend_letters(session, name, json.parcels, actor=current_actor())},
    )


@blueprint.post("/targets/<name>/letters/<uuid:parcel>/set-aside")
@requires(Permission.TARGET_ADMINISTER)
@spec.validate(resp=Response(HTTP_200=TargetAnswer, **FAILURES), tags=["delivery"])
def set_aside(name: str, parcel: UUID, json: WhyMessage) -> Any:
    """Decide that a refused statement will not reach a target, so that what waits behind it may."""

    def act(session: Session) -> Any:
        set_letter_aside(session, name, str(parcel), actor=current_actor(), reason=json.reason)
        session.flush()
        return _standing(session, name)

    return perform(act)


@blueprint.get("/receipts/<about>")
@requires(Permission.TARGET_ADMINISTER)
@spec.validate(resp=Response(HTTP_200=Receipts, **FAILURES), tags=["delivery"])
def read_receipts(about: str) -> Any:
    """Say what became of a statement, by its id, or of those of a record, by its number, at every target."""
    with edge().storage.reading() as session:
        found = search_receipts(session, about, current_actor())
        return Receipts(receipts=[_receipt(target.name, row) for target, row in found])


@blueprint.get("/records/<uuid:record_id>/reported")
@requires(Permission.RECORD_READ)
@spec.validate(resp=Response(HTTP_200=ReportedAnswer, **FAILURES), tags=["delivery"])
def read_reported(record_id: UUID) -> Any:
    """Say what other systems were told about a record."""
    with edge().storage.reading() as session:
        record = access_record(session, str(record_id), current_actor())
        reports = reports_about(session, record)
    return ReportedAnswer(
        reported=[
            ToldAnswer(
                target=report.target.name,
                statement=item.tiding.reference,
                event=item.tiding.event.value,
                happened_at=clock.to_text(item.tiding.at),
                fate=item.fate.value,
                sent_at=_text(item.row.answered_at) if item.row and item.fate is Fate.SENT else None,
            )
            for report in reports
            for item in report.told
        ]
    )


def _named(json: SecretMessage, kind: str) -> dict[str, str]:
    """Return the settings that a secret comes with; raises BadTarget where a name is missing."""
    if kind_named(kind).named and not json.username:
        raise BadTarget(fields={"username": N_("Enter the user name.")})
    return {"username": json.username} if json.username else {}


def _standing(session: Session, name: str) -> dict[str, Any]:
    found: Standing = next(item for item in standings(session, current_actor()) if item.name == name)
    return found.to_json()


def _receipt(target: str, row: Delivery) -> ReceiptAnswer:
    return ReceiptAnswer(
        target=target,
        parcel=row.parcel,
        fate=row.fate.value,
        attempts=row.attempts,
        answer=row.answer,
        answered_at=_text(row.answered_at),
        digest=row.digest,
    )


def _text(moment: datetime | None) -> str | None:
    return clock.to_text(moment) if moment else None
