"""Reviewing a record as an assessor would: every exception judged, then signed, then concluded under a decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from app.assessment import queries
from app.assessment.rules import Draft, Judged, facts_of_statement
from app.assessment.services import begin_review, conclude, judge_exception, return_record, sign_review
from app.competencies.rules.awarding import Outcome, Verdict
from app.installation.demonstration.scheduling import Story
from app.installation.demonstration.stage import Player, Stage
from app.kernel import canonical
from app.notebook.models import Record
from app.notebook.queries import sheet_of
from app.notebook.rules.sheet import Sheet
from app.notebook.rules.words import Judgement
from app.signatures.rules import Meaning

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Opinion:
    """What an assessor makes of a record; `unmet` names the criteria that were not met, with a remark."""

    verdict: Verdict
    grounds: str = ""
    scope: str = ""
    unmet: Mapping[str, str] = field(default_factory=dict)
    accepts: bool = True
    on_exceptions: str = "Expliqué et sans effet sur le résultat."


@dataclass
class Review:
    """One record under review."""

    stage: Stage
    record_id: str
    assessor: Player

    def begin(self) -> Story:
        """Take the record into review."""
        self.stage.act(lambda session: begin_review(session, self.record_id, actor=self.assessor.actor))
        yield 9 * MINUTE

    def send_back(self, reason: str) -> Story:
        """Return it with what is to be corrected."""
        yield from self.begin()
        self.stage.act(lambda session: return_record(session, self.record_id, actor=self.assessor.actor, reason=reason))
        yield MINUTE

    def judge(self, opinion: Opinion) -> Story:
        """Judge every exception, and sign the review."""
        yield from self.begin()
        judgement = Judgement.ACCEPTED if opinion.accepts else Judgement.NOT_ACCEPTED
        for found in self._read()[1].exceptions:
            self.stage.act(
                lambda session, number=found.number: judge_exception(  # type: ignore[misc]
                    session,
                    self.record_id,
                    number,
                    judgement,
                    actor=self.assessor.actor,
                    reason=opinion.on_exceptions,
                )
            )
            yield 2 * MINUTE
        shown = self.stage.read(lambda session: queries.signable_review(session, *self._of(session)))
        line, key, actor = shown.facts["trail"]["last"], self.stage.key_of(self.assessor), self.assessor.actor
        self.stage.act(lambda session: sign_review(session, self.record_id, key, shown.digest, line, actor=actor))
        yield 5 * MINUTE

    def finish(self, opinion: Opinion) -> Story:
        """Judge, and conclude: approved when competent, rejected otherwise."""
        yield from self.judge(opinion)
        draft = self._draft(opinion)
        meaning = Meaning.APPROVED if opinion.verdict is Verdict.COMPETENT else Meaning.REJECTED
        digest = self.stage.read(lambda session: self._conclusion_digest(session, draft))
        key, actor = self.stage.key_of(self.assessor), self.assessor.actor
        self.stage.act(
            lambda session: conclude(session, self.record_id, draft, key, digest, meaning=meaning, actor=actor)
        )
        yield MINUTE

    def _draft(self, opinion: Opinion) -> Draft:
        criteria = self._read()[1].exercise.criteria
        judgements = {
            criterion.id: Judged(Outcome.NOT_MET, opinion.unmet[criterion.id])
            if criterion.id in opinion.unmet
            else Judged(Outcome.MET)
            for criterion in criteria
        }
        return Draft(canonical.new_salt(), opinion.verdict, opinion.grounds, opinion.scope, judgements)

    def _conclusion_digest(self, session: Session, draft: Draft) -> str:
        record, sheet = self._of(session)
        facts = facts_of_statement(draft)
        return queries.signable_conclusion(session, record, sheet, draft.commitment(), facts).digest

    def _read(self) -> tuple[Record, Sheet]:
        return self.stage.read(self._of)

    def _of(self, session: Session) -> tuple[Record, Sheet]:
        record = session.get_one(Record, self.record_id)
        return record, sheet_of(session, record)
