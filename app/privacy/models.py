"""The tables of privacy: erasures, requests, restrictions, breaches, companies and what is disclosed to them; terms of
retention, and lists of what is over.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, String
from sqlalchemy.orm import Mapped, mapped_column

from app.privacy.rules.breaching import BreachSource
from app.privacy.rules.disclosing import Extent, Use
from app.privacy.rules.erasing import ErasureState, Ground
from app.privacy.rules.requests import Asked, Outcome, Way
from app.privacy.rules.restricting import RestrictionGround
from app.privacy.rules.retention import ExpiryState, ItemKind, ItemState, RetentionClass
from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.tables import AppendOnly, Base, Evidenced, new_id


class Erasure(Evidenced, Base):
    """That a person's values are to be erased, or were: on which ground, which shares, decided by whom (GD-17).

    `decision` commits to the words of the decision, which stay and never name the person; `shares` holds their codes.
    """

    __tablename__ = "erasure"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    ground: Mapped[Ground] = mapped_column(EnumValue(Ground))
    shares: Mapped[list[Any]]
    decision: Mapped[Digest]
    state: Mapped[ErasureState] = mapped_column(EnumValue(ErasureState))
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]


class Timed:
    """A row with a term: when it is due, when its clock stopped, and when each reminder was given (once)."""

    due_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    soon_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]


class DataRequest(Timed, Evidenced, Base):
    """What a person asked about their data, and what they were answered (GD-12(3)).

    `words`, `delay` and `answer` commit to texts: what was asked, why more time is needed, the answer with its reasons.
    """

    __tablename__ = "data_request"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    asked: Mapped[Asked] = mapped_column(EnumValue(Asked))
    way: Mapped[Way] = mapped_column(EnumValue(Way))
    words: Mapped[Digest]
    received_on: Mapped[str] = mapped_column(String(10))
    recorded_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime]
    more_months: Mapped[int | None]
    delay: Mapped[Digest | None]
    extended_by: Mapped[str | None] = mapped_column(String(80))
    extended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(EnumValue(Outcome))
    answer: Mapped[Digest | None]
    answered_by: Mapped[str | None] = mapped_column(String(80))
    erasure_id: Mapped[Id | None] = mapped_column(reference("erasure.id"))
    restriction_id: Mapped[Id | None] = mapped_column(reference("restriction.id"))


class Restriction(Evidenced, Base):
    """That a person's data are stored and not used: on which ground, since when, until when (GD-18).

    `reason` and `ending` commit to why it was set and why it ends; the person is told of the end before it comes.
    """

    __tablename__ = "restriction"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    ground: Mapped[RestrictionGround] = mapped_column(EnumValue(RestrictionGround))
    reason: Mapped[Digest]
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime]
    ending: Mapped[Digest | None]
    announced_by: Mapped[str | None] = mapped_column(String(80))
    announced_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(80))
    lifted_at: Mapped[datetime | None]


class Breach(Timed, Evidenced, Base):
    """A breach of personal data: its facts, who is notified and why, what they are told (GD-33/34).

    `nature`, `concerned`, `consequences`, `measures`, `grounds`, the two texts and `late` commit to what people wrote;
    `findings` holds the places that a verification named. Without an operator it is the hub's.
    """

    __tablename__ = "breach"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"), index=True)
    source: Mapped[BreachSource] = mapped_column(EnumValue(BreachSource))
    incident_id: Mapped[Id | None] = mapped_column(reference("incident.id"))
    detected_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime]
    kinds: Mapped[list[Any]]
    findings: Mapped[list[Any]]
    nature: Mapped[Digest | None]
    concerned: Mapped[Digest | None]
    people: Mapped[int | None]
    records: Mapped[int | None]
    consequences: Mapped[Digest | None]
    measures: Mapped[Digest | None]
    notify_authority: Mapped[bool | None] = mapped_column(Boolean)
    notify_people: Mapped[bool | None] = mapped_column(Boolean)
    grounds: Mapped[Digest | None]
    authority_text: Mapped[Digest | None]
    people_text: Mapped[Digest | None]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    authority_notified_at: Mapped[datetime | None]
    late: Mapped[Digest | None]
    people_notified_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(80))
    closed_at: Mapped[datetime | None]


class Employer(Evidenced, Base):
    """A company to which results of an operator's people may be disclosed; no person and no role."""

    __tablename__ = "employer"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(80))


class EmployerToken(Evidenced, Base):
    """A company's key to the results disclosed to it, known by its digest, limited in time, revocable."""

    __tablename__ = "employer_token"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    employer_id: Mapped[Id] = mapped_column(reference("employer.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Disclosure(Evidenced, Base):
    """That a company may see a person's results: for which use, which of them, until when, set by whom.

    `reason` and `end_reason` are commitments; `competencies` holds codes when the extent names them.
    """

    __tablename__ = "disclosure"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"))
    employer_id: Mapped[Id] = mapped_column(reference("employer.id"), index=True)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    use: Mapped[Use] = mapped_column(EnumValue(Use))
    extent: Mapped[Extent] = mapped_column(EnumValue(Extent))
    competencies: Mapped[list[Any]]
    reason: Mapped[Digest]
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(80))
    end_reason: Mapped[Digest | None]


class DisclosureView(AppendOnly, Evidenced, Base):
    """That a company looked at a person's results; the line of the look names all whom it saw (GDPR 15(1)(c))."""

    __tablename__ = "disclosure_view"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    disclosure_id: Mapped[Id] = mapped_column(reference("disclosure.id"), index=True)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    seen_at: Mapped[datetime]


class RetentionTerm(AppendOnly, Evidenced, Base):
    """How long a class of data is kept from one decision to the next; the highest version counts (GD-5(1)(e)).

    In calendar months; `reason` commits to why the hub chose it.
    """

    __tablename__ = "retention_term"

    retention_class: Mapped[RetentionClass] = mapped_column(EnumValue(RetentionClass), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    months: Mapped[int]
    minor_months: Mapped[int]
    reason: Mapped[Digest]
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime]


class Expiry(Evidenced, Base):
    """A list of what is over, of an operator or (None) of the hub: approved by one person, confirmed by another.

    `decision` commits to the words of whoever approved it; they stay and name nobody.
    """

    __tablename__ = "expiry"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"), index=True)
    state: Mapped[ExpiryState] = mapped_column(EnumValue(ExpiryState))
    found_at: Mapped[datetime]
    decision: Mapped[Digest | None]
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(80))
    confirmed_at: Mapped[datetime | None]


class ExpiryItem(Evidenced, Base):
    """Something on such a list: a record's texts, its files, a person, or old rows of operation.

    Held back until a day with a reason (a commitment), or erased. `decision` commits to the words that the line of its
    erasure gives as reason, which stay.
    """

    __tablename__ = "expiry_item"

    expiry_id: Mapped[Id] = mapped_column(reference("expiry.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[ItemKind] = mapped_column(EnumValue(ItemKind))
    retention_class: Mapped[RetentionClass] = mapped_column(EnumValue(RetentionClass))
    over_since: Mapped[datetime]
    record_id: Mapped[Id | None] = mapped_column(reference("record.id"), index=True)
    person_id: Mapped[Id | None] = mapped_column(reference("person.id"), index=True)
    rows: Mapped[int | None]
    state: Mapped[ItemState] = mapped_column(EnumValue(ItemState))
    held_until: Mapped[datetime | None]
    held_by: Mapped[str | None] = mapped_column(String(80))
    hold_reason: Mapped[Digest | None]
    ended_at: Mapped[datetime | None]
    decision: Mapped[Digest | None]
