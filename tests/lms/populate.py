"""What of `tests.populate` is about learning platforms: one that launches, a cohort that follows it, what it maps."""

from collections.abc import Callable
from typing import Any

from app.lms.queries import courses, deployments_for
from app.lms.rules import mapping
from app.lms.rules.messages import CLAIM, NRPS_CLAIM, read_message
from app.lms.rules.platforms import Endpoints, Registration
from app.lms.services.arriving import Arrival, arrive, deployment_of
from app.lms.services.launching import Door
from app.lms.services.mapping import set_mappings
from app.lms.services.platforms import NewPlatform, add_platform
from app.lms.services.registering import invite_platform
from app.lms.services.rosters import begin_roster
from app.lms.services.tool_keys import new_tool_key
from config.secrets import DELIVERY, read_secret
from tests.installation import Installation


def _platforms(house: Installation) -> None:
    """Let a learning platform launch somebody into an exercise, and invite another one."""
    key, device = read_secret(house.settings.keys, DELIVERY), "Mozilla/5.0"
    operator, administrator = house.operator_id("ALPHA"), house.actor("administrator")
    points = Endpoints("https://lms.example/auth", "https://lms.example/token", "https://lms.example/keys")
    agreed = Registration("lms", "https://lms.example", "hub", points)
    with house.acting() as session:
        new = NewPlatform(agreed, ["1"], operator, new_tool_key(key))
        platform = add_platform(session, new, actor=administrator)
    with house.acting() as session:
        invite_platform(session, "another", operator, actor=administrator)
    claims: dict[str, Any] = {"sub": "4", "name": "Zoé Lambert", f"{CLAIM}message_type": "LtiResourceLinkRequest"}
    claims |= {f"{CLAIM}version": "1.3.0", f"{CLAIM}deployment_id": "1", f"{CLAIM}roles": ["Learner"]}
    claims |= {f"{CLAIM}context": {"id": "2", "title": "Biotech"}}
    claims |= {NRPS_CLAIM: {"context_memberships_url": "https://lms.example/courses/2/members"}}
    message = read_message(claims | {f"{CLAIM}resource_link": {"id": "7"}}, "https://hub.example/lti/launch")
    with house.storage.reading() as session:
        door = Door(platform, deployment_of(session, platform, message), device, lambda *given: None)
    arrive(house.storage, Arrival(door, message, lambda session: None, house.settings.pepper, "fr"), "PIP-001")


def _rosters(house: Installation) -> None:
    """Let a cohort follow the course of that platform."""
    actor = house.actor("administrator")
    with house.storage.reading() as session:
        course = courses(session, actor)[0]
    with house.acting() as session:
        begin_roster(session, course.link_id, None, actor=actor)


def _mappings(house: Installation) -> None:
    """Let something of that platform stand for an exercise."""
    actor = house.actor("administrator")
    with house.storage.reading() as session:
        deployment, _ = deployments_for(session, actor)[0]
    thing = mapping.Thing(mapping.ThingKind.MODULE, "12", "Pipettes", "Biotech")
    chosen = mapping.Suggestion(thing, "PIP-001", mapping.Ground.BY_HAND)
    with house.acting() as session:
        set_mappings(session, deployment.id, [chosen], actor=actor)


ACTS: list[Callable[[Installation], None]] = [_platforms, _rosters, _mappings]
