"""The bodies and answers of the notebook's API. Decimals travel as text: "5.0" is not "5"."""

from typing import Annotated, Any

from pydantic import Field

from app.notebook.rules.files import Origin
from app.notebook.rules.words import Judgement, Purpose, RecordState
from app.web.openapi import Answer, Message

Words = Field(max_length=4000)


class IssueMessage(Message):
    """What to execute, by whom (left out: by oneself), why, and in which room (by id) if that is known."""

    exercise: str = Field(max_length=20)
    performer: str | None = Field(default=None, max_length=36)
    purpose: Purpose
    room: str | None = Field(default=None, max_length=36)


class RoomMessage(Message):
    """In which room the performer works; another one, once the record was begun, takes a reason."""

    room: str = Field(max_length=36)
    reason: str = Field(default="", max_length=4000)


class Typed(Message):
    """What is typed into a field: `value`, or for equipment and lots what stands on the label; decimals as text."""

    value: str = Field(default="", max_length=4000)
    code: str = Field(default="", max_length=100)
    serial: str = Field(default="", max_length=100)
    number: str = Field(default="", max_length=100)
    due: str = Field(default="", max_length=10)


class EntryMessage(Typed):
    """A value for a field, and the number of the reading where the field repeats."""

    field: str = Field(max_length=60)
    position: int | None = Field(default=None, ge=1, le=10_000)


class ChangeMessage(Typed):
    """Another value for a cell, with the reason."""

    reason: str = Words


class ReasonMessage(Message):
    """A reason, in words."""

    reason: str = Words


class NotApplicableMessage(ReasonMessage):
    """That a field, or with no field the whole step, does not apply."""

    field: str | None = Field(default=None, max_length=60)
    position: int | None = Field(default=None, ge=1, le=10_000)


class ExceptionMessage(ReasonMessage):
    """An exception reported on a step."""

    step: str = Field(max_length=60)


class SecondReading(Message):
    """What the second person read themselves."""

    field: str = Field(max_length=60)
    position: int | None = Field(default=None, ge=1, le=10_000)
    value: str = Field(max_length=100)


FactorCode = Annotated[
    str, Field(max_length=20, description="The present code of the signer's authenticator, where they enrolled one.")
]
"""What a program gives besides the password for somebody who enrolled an authenticator (ES-1)."""


ShownRoom = Annotated[
    str | None,
    Field(
        max_length=36,
        description="The id of the room that the signer was shown, empty for none: another one by now is refused like "
        "another digest. Left out, the room is not compared.",
    ),
]
"""The room is named by a signature and is no part of its digest."""


class CheckMessage(Message):
    """A second person's check: who they are, the digest of the step they were shown, their own readings."""

    login: str = Field(max_length=100)
    password: str = Field(max_length=256)
    factor_code: FactorCode = ""
    shown_digest: str = Field(max_length=64)
    shown_room: ShownRoom = None
    readings: list[SecondReading] = Field(default=[], max_length=100)


class SignMessage(Message):
    """A signature: the password again, and the digest of what was shown."""

    password: str = Field(max_length=256)
    factor_code: FactorCode = ""
    shown_digest: str = Field(max_length=64)
    shown_room: ShownRoom = None


class VoidMessage(ReasonMessage):
    """A void: the reason, and the second person who agrees."""

    login: str = Field(max_length=100)
    password: str = Field(max_length=256)
    factor_code: FactorCode = ""


class FileForm(Message):
    """What comes beside a file, as a form of several parts; the file itself is the part `file`."""

    description: str = Field(default="", max_length=4000, description="What it shows, for those who cannot see it.")
    origin: Origin = Field(default=Origin.ORIGINAL)
    reason: str = Field(default="", max_length=4000, description="Why only now, where the step is complete.")
    file: Any = Field(default=None, json_schema_extra={"type": "string", "format": "binary"})


class FileAnswer(Answer):
    """What is known of a file; `taken_at` and `device` are what its camera says."""

    name: str
    description: str
    media_type: str
    bytes: int
    sha256: str
    origin: Origin
    taken_at: str
    device: str


class EntryAnswer(Answer):
    """An entry of a record; `file` is what it attached, unless that was erased."""

    sequence: int
    kind: str
    step: str
    field: str | None
    position: int | None
    attempt: int
    corrects: int | None
    value: str | None
    unit: str | None
    source: str
    evaluation: list[dict[str, Any]]
    reason: str | None
    performed_by: str
    recorded_at: str
    file: FileAnswer | None = None


class ExceptionAnswer(Answer):
    """An exception of a record."""

    number: int
    kind: str
    step: str
    field: str | None
    position: int | None
    entry: int | None
    facts: dict[str, Any]
    comment: str | None
    judgement: Judgement | None
    grounds: str | None


class StepAnswer(Answer):
    """A step as it stands; `digest` is what a second person's check signs."""

    id: str
    title: str
    state: str
    missing: list[str]
    needs_check: bool
    digest: str


class SignatureAnswer(Answer):
    """A signature block, and what the signature is worth for the record as it stands now."""

    name: str
    login: str
    role: str
    meaning: str
    part: str | None
    at: str
    zone: str
    coverage: str
    standing: str
    level: str | None


class RecordSummary(Answer):
    """A record in a list."""

    id: str
    number: str
    exercise: str
    version: int
    purpose: Purpose
    performer: str
    state: RecordState
    issued_at: str
    site: str | None = None
    room: str | None = None
    misattributed_at: str | None = None


class RecordAnswer(RecordSummary):
    """A record whole; `digest` is what PERFORMED signs."""

    exercise_digest: str
    language: str
    zone: str
    round: int
    digest: str
    steps: list[StepAnswer]
    entries: list[EntryAnswer]
    exceptions: list[ExceptionAnswer]
    signatures: list[SignatureAnswer]


class RecordsAnswer(Answer):
    """A page of records, with the count of all."""

    records: list[RecordSummary]
    count: int


class WorklistAnswer(Answer):
    """What waits for a person."""

    to_do: list[RecordSummary]
    to_correct: list[RecordSummary]
    waiting: list[RecordSummary]
    to_review: list[RecordSummary]


class RecordsQuery(Message):
    """Which records to list."""

    state: RecordState | None = None
    search: str = Field(default="", max_length=40)
    page: int = Field(default=1, ge=1, le=100_000)
