"""The acts on second factors: enrolling one's own, removing it, removing somebody else's that was lost.

Enrolment comes with a trial, which the caller verified before the act (P11.300(e)).
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity import queries
from app.identity.models import Factor, FactorKind, FactorState, FactorUse, Person
from app.identity.rules.people import check_reason
from app.identity.services.codes import seal_secret
from app.identity.services.factors import check_nothing_lost, end_factor
from app.identity.services.passkeys import NewPasskey
from app.identity.services.people import administered_person, person_subject
from app.identity.services.sessions import break_signing, end_all_sessions
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, NotFound
from app.storage.rows import FOR_AN_ACT
from app.storage.tables import new_id


def enrol_authenticator(session: Session, secret: str, step: int, key: bytes, *, actor: Actor) -> Factor:
    """Enrol the actor's authenticator, whose code of `step` was the trial; the secret is sealed under `key`.

    Raises Conflict for somebody who has one already, FactorLost after a loss until somebody confirmed who they are.
    """
    held = _held_by(session, actor)
    check_nothing_lost(session, actor.person_id or "")
    if any(factor.kind is FactorKind.TOTP for factor in held):
        raise Conflict(N_("You have an authenticator already. Remove it before you enrol another."))
    factor = _factor(actor, FactorKind.TOTP)
    factor.sealed = seal_secret(key, secret, factor.id)
    return _enrol(session, factor, FactorUse(last_moment=step, counter=0), actor)


def enrol_passkey(session: Session, made: NewPasskey, *, actor: Actor) -> Factor:
    """Enrol a passkey of the actor, which answered a trial; raises Conflict for one that is known, FactorLost."""
    _held_by(session, actor)
    check_nothing_lost(session, actor.person_id or "")
    known = select(Factor.id).where(Factor.credential_id == made.credential_id, Factor.state != FactorState.REMOVED)
    if session.scalar(known):
        raise Conflict(N_("This passkey is enrolled already."))
    factor = _factor(actor, FactorKind.PASSKEY)
    factor.credential_id, factor.public_key = made.credential_id, made.public_key
    use = FactorUse(last_moment=made.trial.moment, counter=made.trial.counter)
    return _enrol(session, factor, use, actor, host=made.host)


def remove_own_factor(session: Session, factor_id: str, *, actor: Actor) -> None:
    """Remove one of the actor's own factors, with which or with another of which they just proved who they are."""
    factor = next((found for found in _held_by(session, actor) if found.id == factor_id), None)
    if factor is None:
        raise NotFound
    before = factor.state
    end_factor(session, factor)
    break_signing(session, factor.person_id)
    note(
        session,
        Action.FACTOR_REMOVED,
        person_subject(factor.person_id),
        actor=actor,
        before={"state": before.value},
        after=_facts(factor),
    )


def remove_factor(session: Session, person_id: str, factor_id: str, *, actor: Actor, reason: str) -> None:
    """Remove somebody else's factor that was lost or stolen; it opens nothing from now on (P11.300(c)).

    Their sessions end, where it may have been used. They sign and enrol nothing until somebody else confirmed anew who
    they are; whoever removes it cannot (KM-7). Raises NotOnesOwn, HubOnly, NotFound, Invalid without a reason.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    administered_person(session, person_id, actor)
    factor = next((found for found in queries.factors_of(session, person_id) if found.id == factor_id), None)
    if factor is None:
        raise NotFound
    reason, before = check_reason(reason), factor.state
    end_factor(session, factor, FactorState.LOST)
    sessions = end_all_sessions(session, person_id)
    note(
        session,
        Action.FACTOR_REMOVED,
        person_subject(person_id),
        actor=actor,
        role=role,
        reason=reason,
        before={"state": before.value},
        after={**_facts(factor), "sessions": sessions},
    )


def suspect_factor(session: Session, factor_id: str, *, actor: Actor) -> None:
    """Put a passkey out of use whose counter went back; raises Conflict when another request was quicker."""
    factor = session.get_one(Factor, factor_id, with_for_update=True, populate_existing=True)
    if factor.state is not FactorState.ACTIVE:
        raise Conflict
    factor.state = FactorState.SUSPECTED
    break_signing(session, factor.person_id)
    note(session, Action.FACTOR_SUSPECTED, person_subject(factor.person_id), actor=actor, after=_facts(factor))


def _held_by(session: Session, actor: Actor) -> list[Factor]:
    """Return the actor's factors, one change at a time."""
    person = session.get_one(Person, actor.person_id, with_for_update=FOR_AN_ACT, populate_existing=True)
    return queries.factors_of(session, person.id)


def _factor(actor: Actor, kind: FactorKind) -> Factor:
    return Factor(
        id=new_id(), person_id=actor.person_id or "", kind=kind, state=FactorState.ACTIVE, added_at=clock.now()
    )


def _enrol(session: Session, factor: Factor, use: FactorUse, actor: Actor, **more: str) -> Factor:
    use.factor_id, use.used_at = factor.id, clock.now()
    session.add_all([factor, use])
    break_signing(session, factor.person_id)
    note(session, Action.FACTOR_ADDED, person_subject(factor.person_id), actor=actor, after=_facts(factor) | more)
    return factor


def _facts(factor: Factor) -> dict[str, str]:
    return {"factor": factor.id, "kind": factor.kind.value, "state": factor.state.value}
