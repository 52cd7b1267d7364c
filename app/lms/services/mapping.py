"""Acts on mappings: what of a platform stands for which exercise or competency, confirmed together, ended singly."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.competencies.errors import UnknownCompetency
from app.competencies.queries import competency_of
from app.exercises.errors import UnknownExercise
from app.exercises.queries import current_version
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.lms import queries
from app.lms.errors import BadMapping, NoSuchMapping, NoSuchPlatform, NothingMapped
from app.lms.models import Deployment, Mapping, Platform
from app.lms.rules.mapping import Suggestion, Thing, ThingKind
from app.lms.services.arriving import named_exercise
from app.storage.tables import new_id

_LONGEST_NAME = 500


@dataclass(frozen=True)
class Place:
    """A deployment whose things are mapped, and its platform."""

    deployment: Deployment
    platform: Platform


def access_place(session: Session, deployment_id: str, actor: Actor) -> Place:
    """Return a deployment in use of the actor's operator, or any for who acts for the hub; raise NoSuchPlatform."""
    deployment = session.get(Deployment, deployment_id)
    if deployment is None or deployment.ended_at or actor.operator_id not in (None, deployment.operator_id):
        raise NoSuchPlatform
    return Place(deployment, session.get_one(Platform, deployment.platform_id))


def set_mappings(
    session: Session, deployment_id: str, confirmed: Sequence[Suggestion], *, actor: Actor
) -> list[Mapping]:
    """Let things of a platform stand for what somebody confirmed, in one act, instead of what they stood for before.

    What stands so already is left as it is. Raises NothingMapped where that is all, BadMapping, NoSuchPlatform.
    """
    role = actor.require(Permission.TARGET_ADMINISTER)
    place = access_place(session, deployment_id, actor)
    if len({one.thing.key for one in confirmed}) < len(confirmed):
        raise BadMapping
    changed, before_it = [], []
    for one in confirmed:
        mapping = queries.mapping_of(session, place.deployment.id, one.thing.kind, one.thing.id)
        if mapping and mapping.code == one.code:
            continue
        _check_code(session, one)
        before_it += [_facts(mapping)] if mapping else []
        changed.append(_say(mapping or _mapping(place.deployment, one.thing), one))
    if not changed:
        raise NothingMapped
    session.add_all(changed)
    before: dict[str, object] = {"mappings": before_it} if before_it else {}
    after = {"platform": place.platform.name, "mappings": [_facts(mapping) for mapping in changed]}
    note(session, Action.LTI_MAPPING_SET, _subject(place), actor=actor, role=role, before=before, after=after)
    return changed


def end_mapping(session: Session, mapping_id: str, *, actor: Actor) -> Mapping:
    """Let something of a platform stand for nothing any more; what it opened before stays. Raises NoSuchMapping."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    mapping = session.get(Mapping, mapping_id)
    if mapping is None or mapping.ended_at or actor.operator_id not in (None, mapping.operator_id):
        raise NoSuchMapping
    place = access_place(session, mapping.deployment_id, actor)
    mapping.ended_at = clock.now()
    if mapping.kind is ThingKind.LINK:
        _forget_exercise(session, mapping)
    before = {"platform": place.platform.name, "mappings": [_facts(mapping)]}
    note(session, Action.LTI_MAPPING_ENDED, _subject(place), actor=actor, role=role, before=before)
    return mapping


def _forget_exercise(session: Session, mapping: Mapping) -> None:
    """Let an activity open no more what only the mapping made it open."""
    link = queries.link_named(session, mapping.deployment_id, mapping.thing_id)
    if link and link.exercise_code == mapping.code:
        named = named_exercise(session, link.named)
        if named != link.exercise_code:
            link.exercise_code = named


def _check_code(session: Session, one: Suggestion) -> None:
    try:
        if one.thing.kind is ThingKind.COMPETENCY:
            competency_of(session, one.code)
        else:
            current_version(session, one.code)
    except (UnknownCompetency, UnknownExercise):
        raise BadMapping from None


def _mapping(deployment: Deployment, thing: Thing) -> Mapping:
    return Mapping(
        id=new_id(),
        deployment_id=deployment.id,
        operator_id=deployment.operator_id,
        kind=thing.kind,
        thing_id=thing.id,
    )


def _say(mapping: Mapping, one: Suggestion) -> Mapping:
    """Write into a mapping what was confirmed, and what the thing is called now."""
    mapping.code, mapping.ground = one.code, one.ground
    mapping.name = one.thing.name[:_LONGEST_NAME]
    mapping.course = one.thing.course[:_LONGEST_NAME] if one.thing.course else None
    mapping.set_at = clock.now()
    return mapping


def _facts(mapping: Mapping) -> dict[str, object]:
    return {
        "kind": mapping.kind.value,
        "thing": mapping.thing_id,
        "code": mapping.code,
        "ground": mapping.ground.value,
    }


def _subject(place: Place) -> Subject:
    return Subject("lti_deployment", place.deployment.id, place.deployment.operator_id)
