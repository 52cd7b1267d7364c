"""Tables of identity: operators, sites, training rooms, people, credentials, roles, cohorts, sessions, tokens, factors,
throttles, notices.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.identity.rules.people import AccountName
from app.kernel.actors import Role
from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.particulars import HasParticulars, Particular
from app.storage.tables import AppendOnly, Base, Evidenced, Passing, new_id


class Means(StrEnum):
    """How a parent or guardian was informed."""

    LETTER = "letter"
    MEETING = "meeting"
    TELEPHONE = "telephone"
    MAIL = "mail"


class PersonState(StrEnum):
    """Where a person stands: invited until the first password is chosen, disabled for good when they leave.

    Whom another system vouched for is active without a password: they come by a launch, and sign nothing.
    """

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class FactorKind(StrEnum):
    """What a person has besides their password; the value is what a signature's manifest says was used (ES-1)."""

    TOTP = "totp"
    PASSKEY = "passkey"


class FactorState(StrEnum):
    """Where a factor stands; a suspected one, whose counter went back, opens nothing until it is removed (P11.300).

    One that was lost opens nothing either; until somebody else confirmed anew who its person is, they sign nothing and
    enrol nothing (P11.300(c)).
    """

    ACTIVE = "active"
    SUSPECTED = "suspected"
    LOST = "lost"
    REMOVED = "removed"


class Operator(Evidenced, Base):
    """A training organisation of the hub; its code stands in record numbers and in the origin of its log."""

    __tablename__ = "operator"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]


class Site(Evidenced, Base):
    """Where the hub has rooms, such as Charleroi; without an operator it is shared, else it is that operator's alone.

    What ended is never in use again; its code may be given anew.
    """

    __tablename__ = "site"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TrainingRoom(Evidenced, Base):
    """A room of a site in which records are executed, shared or an operator's like the site; on screens *salle*.

    Not `Room`: in this code a room is a package of the house.
    """

    __tablename__ = "training_room"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[Id] = mapped_column(reference("site.id"), index=True)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Person(HasParticulars, Evidenced, Base):
    """A natural person; by `login_key`, a code of the login under the key store's secret, a login is unique for ever
    and found again (P11.100(a)).

    Login, name, e-mail and year of birth are sealed under the person's key; the columns hold commitments to them. Once
    `erased_at` is set they are gone for good, and the person is shown by their id. While `restricted_at` is set, their
    things are stored and shown to few, and not used (GDPR 18).
    """

    __tablename__ = "person"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    login_commitment: Mapped[str | None] = mapped_column("login", String(100))
    login_key: Mapped[str] = mapped_column(String(64), unique=True)
    name_commitment: Mapped[str | None] = mapped_column("name", String(200))
    email_commitment: Mapped[str | None] = mapped_column("email", String(254))
    birth_year_commitment: Mapped[Digest | None] = mapped_column("year_of_birth")
    language: Mapped[str] = mapped_column(String(2))
    state: Mapped[PersonState] = mapped_column(EnumValue(PersonState))
    added_at: Mapped[datetime]
    bare_salt: Mapped[str | None] = mapped_column("salt", String(32), info={"opening": True})  # of a release before
    erased_at: Mapped[datetime | None]
    restricted_at: Mapped[datetime | None]

    login, name, email, birth_year = Particular(), Particular(), Particular(), Particular()

    @property
    def subject_id(self) -> str:
        """Return the person's own id."""
        return self.id


class GuardianNotice(AppendOnly, Evidenced, Base):
    """That the parents or guardian of somebody under age were informed: who (a commitment), when, by which means.

    `informed_on` is a day.
    """

    __tablename__ = "guardian_notice"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    guardian: Mapped[Digest]
    informed_on: Mapped[str] = mapped_column(String(10))
    means: Mapped[Means] = mapped_column(EnumValue(Means))
    recorded_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime]


class UsedName(AppendOnly, Evidenced, Base):
    """That a login or an e-mail address was given once, as a code under the pepper, and is never given again.

    It stays when the person's name is erased: without the pepper nobody can guess what it stands for (P11.100(a)).
    """

    __tablename__ = "used_name"

    code: Mapped[Digest] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class OutsideAccount(HasParticulars, Evidenced, Base):
    """That another system, named by its home page, knows a person by a name; ended when it no longer does.

    Who is meant by what that system says, and whom it reads in what it is sent, hangs on this row. The name is sealed;
    by `name_key`, a code of it under the key store's secret, it is found.
    """

    __tablename__ = "outside_account"
    __table_args__ = (
        Index(None, "person_id"),
        Index(
            "uq_outside_account_in_use",
            *("home_page", "kind", "name_key"),
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"))
    home_page: Mapped[str] = mapped_column(String(500))
    kind: Mapped[AccountName] = mapped_column(EnumValue(AccountName))
    name_commitment: Mapped[str | None] = mapped_column("name", String(254))
    name_key: Mapped[Digest | None]
    bare_salt: Mapped[str | None] = mapped_column("salt", String(32), info={"opening": True})  # of a release before
    linked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    name = Particular()

    @property
    def subject_id(self) -> str:
        """Return whose account it is."""
        return self.person_id


class Credential(Evidenced, Base):
    """A person's password hash, or the hash of the code with which they choose their first password."""

    __tablename__ = "credential"

    person_id: Mapped[Id] = mapped_column(reference("person.id"), primary_key=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_set_at: Mapped[datetime | None]
    activation_hash: Mapped[str | None] = mapped_column(String(64))
    activation_expires_at: Mapped[datetime | None]


class Membership(Evidenced, Base):
    """A role held by a person for an operator (None: for the hub) from one moment to another (A11-12.3)."""

    __tablename__ = "membership"
    __table_args__ = (Index(None, "person_id"), Index(None, "operator_id"))

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"))
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    role: Mapped[Role] = mapped_column(EnumValue(Role))
    granted_at: Mapped[datetime]
    granted_by: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(80))


class Cohort(Evidenced, Base):
    """A group of trainees of one operator."""

    __tablename__ = "cohort"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]


class CohortPlace(Evidenced, Base):
    """A person's place in a cohort, from one moment to another."""

    __tablename__ = "cohort_place"

    cohort_id: Mapped[Id] = mapped_column(reference("cohort.id"), primary_key=True)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), primary_key=True)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class WebSession(Passing, Base):
    """A session at a browser, known by the digest of its token; revoked by ending the row (AS-7.2.1).

    `first_signed_at` and `signing_run` say when, and in which run of the server, login and password were last given for
    a signature (ES-1). `launched_at` is set while nothing but a course vouches for the person: such a session does less
    (LT-4); `language` is the one of that course.
    """

    __tablename__ = "web_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    public_id: Mapped[Id] = mapped_column(unique=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    operator_id: Mapped[Id | None]
    device: Mapped[str] = mapped_column(String(200))
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    first_signed_at: Mapped[datetime | None]
    signing_run: Mapped[Id | None]
    launched_at: Mapped[datetime | None]
    language: Mapped[str | None] = mapped_column(String(2))


class Token(HasParticulars, Evidenced, Base):
    """A person's bearer token for the API, known by its digest, limited to scopes, revocable.

    The name that they gave it is sealed; the column holds a commitment, and is empty once it was erased.
    """

    __tablename__ = "token"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    label_commitment: Mapped[str | None] = mapped_column("label", String(100), nullable=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    label = Particular()

    @property
    def subject_id(self) -> str:
        """Return whose token it is."""
        return self.person_id


class Factor(Evidenced, Base):
    """A second factor of a person: an authenticator's sealed secret, or the public half of a passkey (ES-1).

    The secret is destroyed when the factor is removed; a passkey's id and public key stay, for what they signed.
    """

    __tablename__ = "factor"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    kind: Mapped[FactorKind] = mapped_column(EnumValue(FactorKind))
    state: Mapped[FactorState] = mapped_column(EnumValue(FactorState))
    sealed: Mapped[str | None] = mapped_column(Text)
    credential_id: Mapped[str | None] = mapped_column(Text)
    public_key: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class FactorUse(Passing, Base):
    """How far a factor was used, so that no code and no answer of a passkey counts twice (RFC 6238 §5.2).

    `last_moment` is the step of the last code, or when the challenge of the last answer was made, in milliseconds;
    `counter` is what the passkey last counted.
    """

    __tablename__ = "factor_use"

    factor_id: Mapped[Id] = mapped_column(reference("factor.id"), primary_key=True)
    last_moment: Mapped[int] = mapped_column(BigInteger)
    counter: Mapped[int] = mapped_column(BigInteger)
    used_at: Mapped[datetime]


class Throttle(Passing, Base):
    """How many attempts failed lately at one door; `until` is when the next may be made (AS-6.3.1, C3)."""

    __tablename__ = "throttle"

    door: Mapped[str] = mapped_column(String(100), primary_key=True)
    failures: Mapped[int]
    first_failure_at: Mapped[datetime]
    until: Mapped[datetime | None]
    locked: Mapped[bool] = mapped_column(Boolean, default=False)


class NoticeText(AppendOnly, Evidenced, Base):
    """A text of the notice that somebody read: it can be shown for ever, whatever the notice says later (GDPR 13)."""

    __tablename__ = "notice_text"

    digest: Mapped[Digest] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    version: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    first_read_at: Mapped[datetime]


class NoticeReading(AppendOnly, Evidenced, Base):
    """That a person was shown a text of the notice and said that they have read it: information, no consent."""

    __tablename__ = "notice_reading"

    person_id: Mapped[Id] = mapped_column(reference("person.id"), primary_key=True)
    digest: Mapped[Digest] = mapped_column(reference("notice_text.digest"), primary_key=True)
    read_at: Mapped[datetime]
