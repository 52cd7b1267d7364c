"""Tables of competencies: every loaded version of each, every decision of an assessor, what was set aside of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.competencies.rules.awarding import Taken, Verdict
from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.tables import AppendOnly, Base, Evidenced, new_id


class CompetencyVersion(AppendOnly, Evidenced, Base):
    """A competency as one version of the framework says it; `digest` is the SHA-256 of its canonical content."""

    __tablename__ = "competency_version"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]]
    digest: Mapped[Digest]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(80))


class Decision(AppendOnly, Evidenced, Base):
    """What an assessor decided about a person's competency, on which record, by which criteria (CO-1, CO-3).

    `judgements` maps each criterion to `outcome` and the commitment of a remark; `scope` and `grounds` are commitments
    too. `reassess_on` is a day in `zone`, the operator's zone at the time.
    """

    __tablename__ = "decision"
    __table_args__ = (Index(None, "person_id", "competency_code"), Index(None, "record_id"))

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"))
    person_id: Mapped[Id] = mapped_column(reference("person.id"))
    competency_code: Mapped[str] = mapped_column(String(40))
    competency_version: Mapped[int]
    competency_digest: Mapped[Digest]
    record_id: Mapped[Id]
    record_number: Mapped[str] = mapped_column(String(40))
    record_digest: Mapped[Digest]
    exercise_code: Mapped[str] = mapped_column(String(20))
    exercise_version: Mapped[int]
    exercise_digest: Mapped[Digest]
    verdict: Mapped[Verdict] = mapped_column(EnumValue(Verdict))
    judgements: Mapped[dict[str, Any]]
    scope: Mapped[Digest | None]
    grounds: Mapped[Digest | None]
    assessor_id: Mapped[Id] = mapped_column(reference("person.id"))
    decided_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64))
    awards: Mapped[bool] = mapped_column(Boolean)
    valid_until: Mapped[datetime | None]
    reassess_on: Mapped[str | None] = mapped_column(String(10))


class DecisionSetAside(AppendOnly, Evidenced, Base):
    """That a decision counts no more, or awards no more, because a record it rests on was another's work.

    The decision itself stays as it was signed; `record_id` is the record whose attribution was corrected.
    """

    __tablename__ = "decision_set_aside"

    decision_id: Mapped[Id] = mapped_column(reference("decision.id"), primary_key=True)
    extent: Mapped[Taken] = mapped_column(EnumValue(Taken), primary_key=True)
    record_id: Mapped[Id] = mapped_column(index=True)
    set_aside_at: Mapped[datetime]
    set_aside_by: Mapped[str] = mapped_column(String(80))
