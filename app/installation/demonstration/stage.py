"""Where the demonstration plays: the installation, its people once they are there, and one transaction for each act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.models import Operator
from app.identity.queries import actor_of, person_by_login
from app.identity.rules.people import Notice
from app.identity.services.operators import add_cohort, add_operator, join_cohort
from app.identity.services.people import NewPerson, activate_person, add_person, prepare_activation
from app.identity.services.places import NewPlace, add_site, add_training_room
from app.installation.demonstration.accounts import Account, new_password
from app.installation.demonstration.cast import (
    COHORT,
    COMPANY,
    DEMO,
    OPERATORS,
    PARTS,
    QUALITY,
    SIGNERS,
    SITES,
    TRAINEE,
    Part,
)
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role, system_actor
from app.notebook.services.files import FileShelf
from app.privacy.rules.disclosing import Extent, Granted, Use
from app.privacy.services.disclosing import add_employer, disclose_results, make_employer_token, view_results
from app.signatures.rules import STATEMENT, Proofing
from app.signatures.services.accounts import accept_statement
from app.signatures.services.ca import Authority
from app.signatures.services.certifying import confirm_identity
from app.signatures.services.keys import OpenKey, make_key, open_key
from app.storage import Storage
from app.web.languages import catalogue

FOUNDER = system_actor(
    "demonstration", Permission.OPERATOR_ADMINISTER, Permission.SITE_ADMINISTER, Permission.PERSON_ADMINISTER
)

T = TypeVar("T")


@dataclass(frozen=True)
class Player:
    """A person of the demonstration, and who they are when they act."""

    part: Part
    actor: Actor
    password: str = field(repr=False)

    @property
    def id(self) -> str:
        """The person's id."""
        return self.actor.person_id or ""


@dataclass
class Stage:
    """The installation that is being filled."""

    storage: Storage
    pepper: bytes
    zone: str
    authority: Authority
    shelf: FileShelf
    notices: Mapping[str, Notice]
    players: dict[str, Player] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    operators: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    cohort_id: str = ""
    _keys: dict[str, OpenKey] = field(default_factory=dict, init=False)

    def act(self, deed: Callable[[Session], T]) -> T:
        """Do one act in a transaction of its own, as a request would."""
        with self.storage.transaction() as session:
            return deed(session)

    def read(self, query: Callable[[Session], T]) -> T:
        """Read without writing."""
        with self.storage.reading() as session:
            return query(session)

    def player(self, login: str) -> Player:
        """Return a player by login."""
        return self.players[login]

    def open_operators(self) -> None:
        """Add the operators."""
        for code, name in OPERATORS.items():
            self.act(lambda session, one=(code, name): add_operator(session, *one, zone=self.zone, actor=FOUNDER))  # type: ignore[misc]
        self.operators = {
            operator.code: operator.id
            for operator in self.read(lambda session: session.scalars(select(Operator)).all())
        }

    def open_sites(self) -> None:
        """Add the sites with their rooms, some shared and some an operator's own."""
        for place, rooms in SITES.items():
            new = self._place(*place)
            site = self.act(lambda session, new=new: add_site(session, new, actor=FOUNDER)).id  # type: ignore[misc]
            for one in rooms:
                self.rooms[one[0]] = self._open_room(site, self._place(*one))

    def enter(self, part: Part) -> None:
        """Let a person be added, choose a password, and, if they sign, accept the statement and be confirmed."""
        password = new_password()
        operator_id = self.operators[part.operator] if part.operator else None
        new = NewPerson(part.login, part.name, part.language, part.roles)
        _, code = self.act(
            lambda session: add_person(session, new, operator_id=operator_id, pepper=self.pepper, actor=FOUNDER)
        )
        prepared = self.read(lambda session: prepare_activation(session, part.login, code, password))
        self.act(lambda session: activate_person(session, prepared, notice=self.notices[part.language]))
        actor = self.read(lambda session: _actor(session, part.login, operator_id))
        if part.login in SIGNERS:
            self._accept(actor, password)
        self.players[part.login] = Player(part, actor, password)
        roles = tuple(role.value for role in part.roles)
        self.accounts.append(Account(part.login, password, part.name, roles, part.operator, part.language))

    def key_of(self, player: Player) -> OpenKey:
        """Return the key of somebody who signs; stretching a password once a person is slow enough."""
        if player.id not in self._keys:
            self._keys[player.id] = self.read(
                lambda session: open_key(session, player.id, player.password, self.pepper)
            )
        return self._keys[player.id]

    def gather_cohort(self) -> None:
        """Put the trainees of the first operator into a cohort, by an assessor."""
        assessors = [player for player in self.players.values() if Role.ASSESSOR in player.actor.roles]
        assessor = next(player.actor for player in assessors if player.part.operator == DEMO)
        operator_id = self.operators[DEMO]
        cohort = self.act(lambda session: add_cohort(session, COHORT, operator_id=operator_id, actor=assessor))
        self.cohort_id = cohort.id
        for part in PARTS:
            if part.operator == DEMO and Role.TRAINEE in part.roles:
                trainee = self.player(part.login).id
                self.act(lambda session, one=trainee: join_cohort(session, cohort.id, one, actor=assessor))  # type: ignore[misc]

    def tell_company(self) -> None:
        """Disclose a trainee's results to the company that sent them, which looks once."""
        quality, trainee = self.player(QUALITY).actor, self.player(TRAINEE).id
        granted = Granted(Use.SENT, Extent.ALL, (), clock.now().date() + timedelta(days=365))
        name, contact, reason = COMPANY
        company = self.act(lambda session: add_employer(session, name, contact, actor=quality)).id
        secret = self.act(lambda session: make_employer_token(session, company, days=90, actor=quality))[1]
        self.act(lambda session: disclose_results(session, company, trainee, granted, actor=quality, reason=reason))
        self.act(lambda session: view_results(session, secret))

    def _open_room(self, site_id: str, new: NewPlace) -> str:
        return self.act(lambda session: add_training_room(session, site_id, new, actor=FOUNDER)).id

    def _place(self, code: str, name: str, owner: str | None) -> NewPlace:
        return NewPlace(code, name, self.operators[owner] if owner else None)

    def _accept(self, actor: Actor, password: str) -> None:
        text = catalogue(actor.language).gettext(STATEMENT)
        # Made directly: the password was chosen a moment ago, and checking it again would only take time.
        prepared = make_key(actor.person_id or "", password, self.pepper)
        self.act(lambda session: accept_statement(session, prepared, text, actor=actor))
        confirmer = self._confirmer(actor.operator_id)
        self.act(
            lambda session: confirm_identity(
                session, prepared.person_id, Proofing.DOCUMENT, actor=confirmer, authority=self.authority
            )
        )

    def _confirmer(self, operator_id: str | None) -> Actor:
        """Return an administrator of the operator, or of the hub: those come first, and sign nothing themselves."""
        administrators = [one.actor for one in self.players.values() if Role.ADMINISTRATOR in one.actor.roles]
        own = [actor for actor in administrators if actor.operator_id == operator_id]
        return (own or administrators)[0]


def _actor(session: Session, login: str, operator_id: str | None) -> Actor:
    person = person_by_login(session, login)
    if person is None:
        raise LookupError(login)
    return actor_of(session, person, operator_id)
