"""Acts on targets: add, renew the secret, write down a trial, end. Each writes one line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.delivery import queries
from app.delivery.errors import NameTaken
from app.delivery.models import Target, TargetState
from app.delivery.rules import Probe, check_address, check_name
from app.delivery.services.kinds import kind_named
from app.delivery.services.seals import seal
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.storage.tables import new_id


@dataclass(frozen=True)
class NewTarget:
    """What a target is to be; `operator_id` None means it receives everything of the hub."""

    kind: str
    name: str
    address: str
    secret: str = field(repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)
    operator_id: str | None = None


def add_target(session: Session, key: bytes, new: NewTarget, *, actor: Actor) -> Target:
    """Add a target; delivery begins at the beginning of what its kind has. Raises BadTarget, NameTaken, UnknownKind."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    kind, address, identifier = kind_named(new.kind), check_address(new.address), new_id()
    if queries.find_target(session, check_name(new.name)):
        raise NameTaken
    target = Target(
        id=identifier,
        operator_id=actor.operator_id or new.operator_id,
        kind=new.kind,
        name=new.name,
        address=address,
        settings=kind.complete(address, new.settings),
        sealed_secret=seal(key, identifier, new.secret) if new.secret else None,
        added_at=clock.now(),
    )
    session.add_all([target, TargetState(target_id=identifier)])
    after = {"name": target.name, "kind": target.kind, "address": target.address, "settings": target.settings}
    note(session, Action.TARGET_ADDED, _subject(target), actor=actor, role=role, after=after)
    return target


def renew_secret(
    session: Session, key: bytes, name: str, secret: str, settings: Mapping[str, Any], *, actor: Actor
) -> Target:
    """Give a target a new secret, and settings that change with it; a target stopped for its credentials goes on."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    target = queries.target_in_use(session, name, actor)
    before = {"settings": target.settings}
    target.sealed_secret = seal(key, target.id, secret)
    target.settings = {**target.settings, **settings}
    _resume(session, target)
    after = {"settings": target.settings}
    note(session, Action.TARGET_SECRET_RENEWED, _subject(target), actor=actor, role=role, before=before, after=after)
    return target


def note_trial(session: Session, name: str, probe: Probe, *, actor: Actor, sent: bool = False) -> Target:
    """Write down how a trial of a target went; one that works again after it was stopped goes on.

    The trial itself (`Carrier.probe`, or with `sent` `Carrier.rehearse`) is made before the act: nobody waits for a
    network inside a transaction.
    """
    role = actor.require(Permission.TARGET_ADMINISTER)
    target = queries.target_in_use(session, name, actor)
    if probe.works:
        _resume(session, target)
    after = {"works": probe.works, "answer": probe.answer} | ({"sent": True} if sent else {})
    note(session, Action.TARGET_TESTED, _subject(target), actor=actor, role=role, after=after)
    return target


def end_target(session: Session, name: str, *, actor: Actor, reason: str | None = None) -> Target:
    """End a target: nothing more goes there, its secret is destroyed, its receipts stay. Its name becomes free."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    target = queries.target_in_use(session, name, actor)
    target.ended_at = clock.now()
    target.sealed_secret = None
    before = {"name": target.name, "address": target.address}
    note(session, Action.TARGET_ENDED, _subject(target), actor=actor, role=role, reason=reason, before=before)
    return target


def _resume(session: Session, target: Target) -> None:
    state = session.get_one(TargetState, target.id)
    state.stopped, state.not_before, state.failures = None, None, 0


def _subject(target: Target) -> Subject:
    return Subject("target", target.id, target.operator_id)
