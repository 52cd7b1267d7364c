"""The API of assessment: review, judgements, return, decision under signature."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from spectree import Response
from sqlalchemy.orm import Session

from app.assessment import queries, services
from app.assessment.rules import Draft, Judged, facts_of_statement
from app.competencies.rules.awarding import Outcome, Verdict
from app.identity.services.factors import Proof
from app.kernel import canonical
from app.kernel.actors import Permission
from app.kernel.errors import N_, Invalid
from app.notebook.api.messages import FactorCode, ReasonMessage, RecordSummary, SignMessage
from app.notebook.api.reading import summary
from app.notebook.queries import access_record, sheet_of
from app.notebook.rules.words import Judgement
from app.signatures.rules import Meaning
from app.signatures.services.opening import open_own_key
from app.web.access import requires
from app.web.acting import perform
from app.web.openapi import Answer, Message, Problem, spec
from app.web.visitors import current_actor, edge

blueprint = Blueprint("assessment_api", __name__, url_prefix="/api/v1/records/<uuid:record_id>")
FAILURES = {f"HTTP_{status}": Problem for status in (401, 403, 404, 409, 429)}
ACTS = Response(HTTP_200=RecordSummary, **FAILURES)
CONCLUDING = {"APPROVED": Meaning.APPROVED, "REJECTED": Meaning.REJECTED}


class JudgementMessage(ReasonMessage):
    """A judgement of one exception, with its grounds."""

    judgement: Judgement


class CriterionMessage(Message):
    """A finding on one criterion."""

    outcome: Outcome
    remark: str = Field(default="", max_length=2000)


class DraftMessage(Message):
    """A decision before it is signed."""

    verdict: Verdict
    grounds: str = Field(default="", max_length=4000)
    scope: str = Field(default="", max_length=1000)
    judgements: dict[str, CriterionMessage] = {}
    reassess_on: date | None = None


class DecisionMessage(DraftMessage):
    """A decision to sign: as it was previewed, with the salt and the digest of the preview."""

    meaning: str = Field(pattern="^(APPROVED|REJECTED)$")
    salt: str = Field(pattern="^[0-9a-f]{32}$")
    password: str = Field(max_length=256)
    factor_code: FactorCode = ""
    shown_digest: str = Field(max_length=64)


class ReviewSignMessage(SignMessage):
    """A signature of the review: also the last line of the record's trail that was read (`facts.trail.last`)."""

    shown_line: int = Field(ge=0)


class ReviewAnswer(Answer):
    """What REVIEWED would sign now; `facts.trail` says which lines about the record it covers."""

    digest: str
    facts: dict[str, Any]


class PreviewAnswer(Answer):
    """What a decision would sign: the statement in full, its salt, and the digest."""

    statement: str
    salt: str
    digest: str


@blueprint.get("/review")
@requires(Permission.RECORD_ASSESS)
@spec.validate(resp=Response(HTTP_200=ReviewAnswer, **FAILURES), tags=["assessment"])
def read_review(record_id: UUID) -> Any:
    """Say what REVIEWED would sign now."""
    with edge().storage.reading() as session:
        record = access_record(session, str(record_id), current_actor())
        signable = queries.signable_review(session, record, sheet_of(session, record))
    return ReviewAnswer(digest=signable.digest, facts=signable.facts)


@blueprint.post("/review")
@requires(Permission.RECORD_ASSESS)
@spec.validate(resp=ACTS, tags=["assessment"])
def begin(record_id: UUID) -> Any:
    """Take a completed record into review."""
    return _act(record_id, lambda session, record: services.begin_review(session, record, actor=current_actor()))


@blueprint.post("/exceptions/<int:number>/judgement")
@requires(Permission.RECORD_ASSESS)
@spec.validate(resp=ACTS, tags=["assessment"])
def judge(record_id: UUID, number: int, json: JudgementMessage) -> Any:
    """Judge one exception."""
    return _act(
        record_id,
        lambda session, record: services.judge_exception(
            session, record, number, json.judgement, actor=current_actor(), reason=json.reason
        ),
    )


@blueprint.post("/return")
@requires(Permission.RECORD_ASSESS)
@spec.validate(resp=ACTS, tags=["assessment"])
def give_back(record_id: UUID, json: ReasonMessage) -> Any:
    """Return a record to its performer with the points to correct."""
    return _act(
        record_id,
        lambda session, record: services.return_record(session, record, actor=current_actor(), reason=json.reason),
    )


@blueprint.post("/review/signature")
@requires(Permission.RECORD_ASSESS)
@spec.validate(resp=ACTS, tags=["assessment"])
def sign(record_id: UUID, json: ReviewSignMessage) -> Any:
    """Sign REVIEWED."""
    key = open_own_key(json.password, proof=Proof(json.factor_code))
    return _act(
        record_id,
        lambda session, record: services.sign_review(
            session, record, key, json.shown_digest, json.shown_line, actor=current_actor()
        ),
    )


@blueprint.post("/decision/preview")
@requires(Permission.RECORD_ASSESS)
@spec.validate(resp=Response(HTTP_200=PreviewAnswer, **FAILURES), tags=["assessment"])
def preview(record_id: UUID, json: DraftMessage) -> Any:
    """Show what a decision would sign; nothing is recorded."""
    draft = _draft(json, canonical.new_salt())
    with edge().storage.reading() as session:
        record = access_record(session, str(record_id), current_actor())
        signable = queries.signable_conclusion(
            session, record, sheet_of(session, record), draft.commitment(), facts_of_statement(draft)
        )
    return PreviewAnswer(statement=draft.statement(), salt=draft.salt, digest=signable.digest)


@blueprint.post("/decision")
@requires(Permission.RECORD_ASSESS)
@spec.validate(resp=ACTS, tags=["assessment"])
def decide(record_id: UUID, json: DecisionMessage) -> Any:
    """Sign APPROVED or REJECTED with the decision on competency."""
    key = open_own_key(json.password, proof=Proof(json.factor_code))
    draft, meaning = _draft(json, json.salt), CONCLUDING.get(json.meaning)
    if meaning is None:
        raise Invalid(fields={"meaning": N_("Choose one of the answers offered.")})
    return _act(
        record_id,
        lambda session, record: services.conclude(
            session, record, draft, key, json.shown_digest, meaning=meaning, actor=current_actor()
        ),
    )


def _draft(message: DraftMessage, salt: str) -> Draft:
    return Draft(
        salt=salt,
        verdict=message.verdict,
        grounds=message.grounds,
        scope=message.scope,
        judgements={name: Judged(found.outcome, found.remark) for name, found in message.judgements.items()},
        reassess_on=message.reassess_on,
    )


def _act(record_id: UUID, service: Callable[[Session, str], object]) -> Any:
    def act(session: Session) -> Any:
        service(session, str(record_id))
        return summary(access_record(session, str(record_id), current_actor())).model_dump(mode="json")

    return perform(act)
