"""Tables of the notebook: number series, records, entries, exceptions, corrected attributions."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.notebook.rules.words import AttributionState, EntryKind, ExceptionKind, Judgement, Purpose, RecordState, Source
from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.tables import AppendOnly, Base, Evidenced, new_id


class Series(Evidenced, Base):
    """The last number given in a series of an operator and year, so that numbers stay dense (ER-H1)."""

    __tablename__ = "series"

    operator_id: Mapped[Id] = mapped_column(reference("operator.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Record(Evidenced, Base):
    """One executed exercise: its number, its pinned master, its people, its state.

    `note` commits to why it was returned, aborted or voided, `conclusion` to the statement that the assessor signed.
    Once `misattributed_at` is set, the work was not the performer's, and `rightful_id` says whose it was if that is
    known: the signatures stay, and it founds nothing for anybody (GD-16). `site` and `room` say in words where it is
    executed, as the training room was called when it was chosen (ER-H4); they are empty where nobody said so.
    """

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("operator_id", "number"),
        Index(None, "operator_id", "state"),
        Index(None, "performer_id", "state"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"))
    number: Mapped[str] = mapped_column(String(40))
    exercise_code: Mapped[str] = mapped_column(String(20))
    exercise_version: Mapped[int]
    exercise_digest: Mapped[Digest]
    purpose: Mapped[Purpose] = mapped_column(EnumValue(Purpose))
    language: Mapped[str] = mapped_column(String(2))
    zone: Mapped[str] = mapped_column(String(64))
    release: Mapped[str] = mapped_column(String(40))
    performer_id: Mapped[Id] = mapped_column(reference("person.id"))
    issued_by: Mapped[str] = mapped_column(String(80))
    cohort_id: Mapped[Id | None]
    training_room_id: Mapped[Id | None]
    site: Mapped[str | None] = mapped_column(String(200))
    room: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[RecordState] = mapped_column(EnumValue(RecordState))
    round: Mapped[int] = mapped_column(default=1)
    issued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reviewer_id: Mapped[Id | None]
    misattributed_at: Mapped[datetime | None]
    rightful_id: Mapped[Id | None] = mapped_column(index=True)
    note: Mapped[Digest | None]
    conclusion: Mapped[Digest | None]


class Entry(AppendOnly, Evidenced, Base):
    """One thing put into a record; `value` is canonical text, `raw` what was typed, `committed` says that value is a
    commitment.
    """

    __tablename__ = "entry"

    record_id: Mapped[Id] = mapped_column(reference("record.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[EntryKind] = mapped_column(EnumValue(EntryKind))
    step_id: Mapped[str] = mapped_column(String(60))
    field_id: Mapped[str | None] = mapped_column(String(60))
    position: Mapped[int | None]
    attempt: Mapped[int]
    corrects: Mapped[int | None]
    value: Mapped[str | None] = mapped_column(Text)
    raw: Mapped[str | None] = mapped_column(Text)
    committed: Mapped[bool] = mapped_column(Boolean, default=False)
    unit: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[Source] = mapped_column(EnumValue(Source))
    evaluation: Mapped[list[Any] | None]
    inputs: Mapped[dict[str, Any] | None]
    reason: Mapped[Digest | None]
    performed_by: Mapped[Id]
    recorded_at: Mapped[datetime]


class RecordException(Evidenced, Base):
    """What departs from the master and must be judged: opened by a value or raised by the performer (ER-18, ER-19)."""

    __tablename__ = "record_exception"

    record_id: Mapped[Id] = mapped_column(reference("record.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[ExceptionKind] = mapped_column(EnumValue(ExceptionKind))
    step_id: Mapped[str] = mapped_column(String(60))
    field_id: Mapped[str | None] = mapped_column(String(60))
    position: Mapped[int | None]
    entry: Mapped[int | None]
    facts: Mapped[dict[str, Any]]
    comment: Mapped[Digest | None]
    commented_by: Mapped[Id | None]
    opened_by: Mapped[Id]
    opened_at: Mapped[datetime]
    judgement: Mapped[Judgement | None] = mapped_column(EnumValue(Judgement))
    grounds: Mapped[Digest | None]
    judged_by: Mapped[Id | None]
    judged_at: Mapped[datetime | None]


class Attribution(Evidenced, Base):
    """That a record is not the work of the person it was issued to: proposed by one, confirmed by another (GD-16).

    `reason` commits to why, in words that name nobody: both people read them.
    """

    __tablename__ = "attribution"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[Id] = mapped_column(reference("record.id"), index=True)
    performer_id: Mapped[Id]
    rightful_id: Mapped[Id | None]
    state: Mapped[AttributionState] = mapped_column(EnumValue(AttributionState))
    reason: Mapped[Digest]
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
