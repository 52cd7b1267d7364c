"""Asking for a second factor in a request, in whatever room: what the hub's terms are, what was given, whether it is
right.

with password_attempt(login): check the password; kind = prove(person_id, read_proof(request.form), actor)
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from flask import Flask, current_app
from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.errors import FactorMissing, FactorNeeded, FactorSuspected
from app.identity.models import FactorKind, FactorState
from app.identity.rules.doors import SecondFactor
from app.identity.services.enrolling import suspect_factor
from app.identity.services.factors import (
    CounterWentBack,
    Proof,
    Terms,
    check_nothing_lost,
    use_factor,
    use_passkey_on,
)
from app.identity.services.passkeys import Assertion
from app.identity.services.sessions import check_own_password
from app.identity.views.attempts import password_attempt
from app.kernel.actors import Actor
from app.kernel.errors import Conflict, NotFound
from app.web.visitors import current_visitor, edge

CODE_FIELD, PASSKEY_FIELD, COSIGN_FIELD = "factor_code", "passkey", "cosign"
NO_PROOF = Proof()
Used = TypeVar("Used")
_TERMS = "cahier_factor_terms"


def install_factors(app: Flask, terms: Terms) -> None:
    """Give the application the hub's terms for second factors."""
    app.extensions[_TERMS] = terms
    app.add_template_global(kinds_of_others, "factors_of_others")


def current_terms() -> Terms:
    """Return the hub's terms for second factors."""
    return cast(Terms, current_app.extensions[_TERMS])


def read_proof(form: Mapping[str, str]) -> Proof:
    """Return what a form gives besides the password."""
    return Proof(form.get(CODE_FIELD, ""), form.get(PASSKEY_FIELD, ""), form.get(COSIGN_FIELD, ""))


def prove(person_id: str, proof: Proof, actor: Actor, *, to_sign: bool = True) -> FactorKind | None:
    """Ask for a person's second factor where the hub's terms do; return the kind that was used, None where none is.

    Opens transactions of its own, therefore never inside one; inside `password_attempt`, so that failures count. Raises
    FactorNeeded for nothing given, WrongFactor, FactorSuspected; `to_sign` also FactorMissing for somebody who must
    enrol one first, FactorLost for somebody who lost one and whom nobody confirmed since.
    """
    terms = current_terms()
    asks = SecondFactor.OFFERED if terms.asks is SecondFactor.REQUIRED and not to_sign else terms.asks
    with edge().storage.reading() as session:
        if to_sign and asks is not SecondFactor.OFF:
            check_nothing_lost(session, person_id)
        if not _is_asked(session, person_id, asks):
            return None
    if not proof.is_given:
        raise FactorNeeded
    return _use(actor, lambda session: use_factor(session, person_id, proof, terms, purpose_of(actor)))


def prove_on_digest(person_id: str, answer: str, digest: bytes, moment: int, actor: Actor) -> Assertion:
    """Verify and use up a passkey's answer to a challenge that is a digest; as `prove`."""
    terms = current_terms()
    with edge().storage.reading() as session:
        check_nothing_lost(session, person_id)
    return _use(actor, lambda session: use_passkey_on(session, person_id, answer, digest, moment, terms))


def _use(actor: Actor, use: Callable[[Session], Used]) -> Used:
    try:
        with edge().storage.transaction() as session:
            return use(session)
    except CounterWentBack as error:
        _suspect(error, actor)
        raise


def purpose_of(actor: Actor, deed: str = "prove") -> str:
    """Return what a passkey's challenge is bound to: the session in which it is asked, and what for."""
    return f"{deed}|{actor.session_id}"


def kinds_asked(person_id: str) -> frozenset[FactorKind]:
    """Return the kinds of factor that a form should offer to a person who signs; none where none is asked."""
    if current_terms().asks is SecondFactor.OFF:
        return frozenset()
    with edge().storage.reading() as session:
        return queries.factor_kinds(session, person_id)


def kinds_of_others() -> frozenset[FactorKind]:
    """Return the kinds that a second person at this tablet may have: those that anybody here enrolled."""
    if current_terms().asks is SecondFactor.OFF:
        return frozenset()
    with edge().storage.reading() as session:
        return queries.factor_kinds(session)


def check_self(password: str, proof: Proof) -> None:
    """Check that it is the person behind this session who asks: by the password, and by a factor if they have one.

    Raises WrongPassword and what `prove` raises; NotFound for a program, which has no account page.
    """
    visitor = current_visitor()
    if visitor is None or visitor.through_token:
        raise NotFound
    actor = visitor.actor
    with password_attempt(visitor.login):
        with edge().storage.reading() as session:
            person = check_own_password(session, password, actor=actor)
        prove(person.id, proof, actor, to_sign=False)


def factor_lines(session: Session, person_id: str) -> list[dict[str, Any]]:
    """Return a person's factors as pages show them, with when each was used last (P11.300(e))."""
    held = queries.factors_of(session, person_id)
    uses = queries.last_uses(session, held)
    return [{"factor": found, "used_at": uses[found.id].used_at if found.id in uses else None} for found in held]


def _is_asked(session: Session, person_id: str, asks: SecondFactor) -> bool:
    """Say whether this person must give a factor; raises FactorMissing, FactorSuspected for who cannot."""
    if asks is SecondFactor.OFF:
        return False
    held = queries.factors_of(session, person_id)
    if not held and asks is SecondFactor.REQUIRED:
        raise FactorMissing(subject=f"person:{person_id}")
    if held and all(factor.state is FactorState.SUSPECTED for factor in held):
        raise FactorSuspected(subject=f"person:{person_id}")
    return bool(held)


def _suspect(error: CounterWentBack, actor: Actor) -> None:
    try:
        with edge().storage.transaction() as session:
            suspect_factor(session, error.factor_id, actor=actor)
    except Conflict:
        pass  # another request put it out of use already
