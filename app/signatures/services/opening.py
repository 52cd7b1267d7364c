"""Opening keys in a request: for the person whose session it is, and for a second person at the same tablet.

    key = open_own_key(password, login, read_proof(form))
    checker, key, person = open_second_person(login, password, read_proof(form))
    with acting(landing) as session: some_service(session, ..., key, actor=...)

A key is opened before the act takes the database, because stretching a password takes a tenth of a second; it lives as
long as the request. A wrong password counts toward the doors of the person named, in transactions of their own
(P11.300(d), ES-5).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from flask import Flask, current_app
from sqlalchemy.orm import Session

from app.identity.errors import NoPasskey, SignInFailed, WrongPassword
from app.identity.models import FactorKind, Person
from app.identity.queries import actor_of
from app.identity.rules.people import bare_name
from app.identity.services.factors import Proof
from app.identity.services.sessions import check_password, remember_full_signing
from app.identity.views.attempts import password_attempt
from app.identity.views.proving import NO_PROOF, kinds_asked, prove
from app.identity.views.recognition import current_session
from app.kernel.actors import Actor
from app.kernel.errors import NotFound
from app.signatures.errors import LoginNeeded
from app.signatures.rules import Level, Meaning
from app.signatures.services.ca import Authority, find_authority, open_authority
from app.signatures.services.cosigning import take_cosigning
from app.signatures.services.keys import Cosigning, OpenKey, open_key
from app.storage.tables import new_id
from app.web.visitors import current_actor, current_visitor, edge

BOTH = ("login", "password")
WITH_TOKEN = ("token", "password")
_GIVEN = "cahier_signatures"


@dataclass(frozen=True)
class Signed:
    """What a room says of a thing of its own that was signed: its name, its page, what each signature covers now."""

    name: str
    url: str
    present_digest: Callable[[Meaning, str | None], str]


FindSigned = Callable[[Session, str, Actor], Signed]
"""Finds a signed thing by the id in its subject; raises NotFound for an actor who may not see it."""


@dataclass(frozen=True)
class _Given:
    pepper: bytes = field(repr=False)
    rooms: Mapping[str, FindSigned]
    keys: Path
    level: Level
    run: str


@dataclass(frozen=True)
class _Factor:
    """What a person gave besides the password: which kind of factor, and whether it signs too."""

    kind: FactorKind | None = None
    cosigning: Cosigning | None = None


def install_signing(app: Flask, pepper: bytes, rooms: Mapping[str, FindSigned], keys: Path, level: Level) -> None:
    """Give the application the pepper that every wrapped key needs, and the rooms whose things are signed.

    `rooms` maps the kind of thing, the first word of a subject, to how its room finds one; `keys` is the folder of the
    hub's authority, `level` what it claims of the signatures that it certifies.
    """
    # All processes of one server are forked from this application: they share the run, and a restart is another one.
    app.extensions[_GIVEN] = _Given(pepper, rooms, keys, level, new_id())
    app.add_template_global(needs_login, "signing_needs_login")
    app.add_template_global(factors_asked, "signing_factors")
    app.add_template_global(may_cosign, "signing_cosigns")


def current_pepper() -> bytes:
    """Return the pepper of this installation, which stands outside the database."""
    return _given().pepper


def current_authority() -> Authority:
    """Open the hub's issuing authority; raises AuthorityMissing."""
    return open_authority(_given().keys, _given().level)


def ending_authority() -> Authority | None:
    """Open the issuing authority for an act that ends a key, which goes on without it."""
    return find_authority(_given().keys)


def find_signed(session: Session, subject: str, actor: Actor) -> Signed | None:
    """Return what was signed as its room shows it to this actor; None when no room knows it. Raises NotFound."""
    kind, _, identifier = subject.partition(":")
    find = _given().rooms.get(kind)
    return find(session, identifier, actor) if find else None


def needs_login() -> bool:
    """Say whether a signature takes everything: the first since the session was last broken (ES-1).

    Signing in, unlocking, changing operator, a changed role or factor and a restart of the server break it. A program
    names its person by its token, with every request (P11.200(a)(1)). A second factor is asked for where this says yes,
    and of programs each time: they have no session that could be unbroken.
    """
    visitor = current_visitor()
    if visitor is None or visitor.through_token:
        return False
    session = current_session()
    return session.first_signed_at is None or session.signing_run != _given().run


def factors_asked() -> frozenset[FactorKind]:
    """Return the kinds of second factor that the present signature may be given; none where none is asked."""
    return kinds_asked(current_actor().person_id or "") if needs_login() else frozenset()


def may_cosign() -> bool:
    """Say whether the person at this session has a passkey that may sign beside their key."""
    visitor = current_visitor()
    if visitor is None or visitor.through_token:
        return False
    return FactorKind.PASSKEY in kinds_asked(visitor.actor.person_id or "")


def open_own_key(password: str, login: str = "", proof: Proof = NO_PROOF) -> OpenKey:
    """Open the key of the person behind this request.

    Raises LoginNeeded without the login where it is needed, WrongPassword for a wrong one of either, which says not
    which; what `prove` or `take_cosigning` raises of the second factor; NoSigningKey before the accountability
    statement was accepted, TooMany while the door is closed.
    """
    actor, full, visitor = current_actor(), needs_login(), current_visitor()
    if full and not login.strip():
        raise LoginNeeded
    by_token = visitor is not None and visitor.through_token
    with edge().storage.reading() as session:
        person = session.get(Person, actor.person_id)
    if person is None:
        raise NotFound
    with password_attempt(person.login or ""):
        if full and bare_name(login) != bare_name(person.login or ""):
            raise WrongPassword(subject=actor.pseudonym)
        with edge().storage.reading() as session:
            key = open_key(session, person.id, password, current_pepper())
        factor = _take_factor(person.id, proof, actor, is_asked=full or by_token)
    if full and (factor.cosigning is None or factor.cosigning.assertion):
        with edge().storage.transaction() as session:
            remember_full_signing(session, _given().run, actor=actor)
    return _with_factor(key, WITH_TOKEN if by_token else BOTH if full else key.factors, factor)


def open_second_person(login: str, password: str, proof: Proof = NO_PROOF) -> tuple[Actor, OpenKey, Person]:
    """Open the key of somebody else at the tablet, for one act; the session it carries stays whose it was.

    The second person acts for the operator that the session acts for, and gives everything: the session is not theirs
    (P11.200(a)(1)(ii)). Their passkey signs too, as with their own session. Raises WrongPassword, with the same words
    for an unknown login, a wrong password and somebody who holds no role there (ES-5); what `prove` or `take_cosigning`
    raises; NoSigningKey and its like, TooMany.
    """
    actor, person, factor = _recognise(
        login, password, lambda actor, person: _take_factor(person.id, proof, actor, is_asked=True)
    )
    with edge().storage.reading() as session:
        key = open_key(session, person.id, password, current_pepper())
    return actor, _with_factor(key, BOTH, factor), person


def recognise_second_person(login: str, password: str) -> tuple[Actor, Person]:
    """Recognise somebody else at the tablet for an act that takes no signature; as `open_second_person`."""
    actor, person, _ = _recognise(login, password, lambda *_: _Factor())
    return actor, person


def _take_factor(person_id: str, proof: Proof, actor: Actor, *, is_asked: bool) -> _Factor:
    """Take what a person gave besides the password; raise NoPasskey when none of theirs can sign too."""
    if not proof.cosign:
        return _Factor(prove(person_id, proof, actor) if is_asked else None)
    visitor = current_visitor()
    if visitor is None or visitor.through_token or FactorKind.PASSKEY not in kinds_asked(person_id):
        raise NoPasskey
    return _Factor(FactorKind.PASSKEY, take_cosigning(person_id, proof, actor))


def _recognise(login: str, password: str, more: Callable[[Actor, Person], _Factor]) -> tuple[Actor, Person, _Factor]:
    """Check a login, its password and what `more` asks, as one trial: a right password alone forgets no failure."""
    host = current_actor()
    try:
        with password_attempt(login):
            with edge().storage.reading() as session:
                person = check_password(session, login, password)
                actor = actor_of(session, person, host.operator_id, session_id=host.session_id)
            factor = more(actor, person) if actor.roles else _Factor()
    except SignInFailed as error:
        raise WrongPassword(subject=error.subject) from None
    if not actor.roles:
        raise WrongPassword(subject=actor.pseudonym)
    return actor, person, factor


def _with_factor(key: OpenKey, given: tuple[str, ...], factor: _Factor) -> OpenKey:
    named = (*given, factor.kind.value) if factor.kind else given
    return replace(key, factors=named, cosigning=factor.cosigning)


def _given() -> _Given:
    return cast(_Given, current_app.extensions[_GIVEN])
