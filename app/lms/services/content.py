"""Answering a platform that asks for content (Deep Linking 2.0): what was asked is kept a while, and answered once."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from joserfc import jwt
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.lms import queries
from app.lms.errors import NoSuchRequest
from app.lms.models import ContentRequest, Deployment, Launch
from app.lms.rules.deep_linking import Asked, Parties, Picked, answer_claims, items_of
from app.lms.services.tool_keys import signing_key
from app.storage.tables import new_id

OPEN_FOR = timedelta(hours=2)


@dataclass(frozen=True)
class Answered:
    """What goes back to the platform: a signed token, and where a form sends it."""

    return_url: str
    token: str = field(repr=False)


def keep_request(session: Session, launch_id: str, asked: Asked) -> str:
    """Keep what a platform asked in a launch, and return its id. No act: nothing has happened yet."""
    session.execute(delete(ContentRequest).where(ContentRequest.expires_at < clock.now()))
    launch = session.get_one(Launch, launch_id)
    kept = ContentRequest(
        id=new_id(),
        deployment_id=launch.deployment_id,
        person_id=launch.person_id,
        asked=json.dumps(asdict(asked)),
        expires_at=clock.now() + OPEN_FOR,
    )
    session.add(kept)
    return kept.id


def open_request(session: Session, request_id: str, actor: Actor, *, for_act: bool = False) -> ContentRequest:
    """Return a request that waits for this person's answer; raise NoSuchRequest for any other."""
    kept = session.get(ContentRequest, request_id, with_for_update=for_act or None)
    if kept is None or kept.person_id != actor.person_id or kept.answered_at or kept.expires_at < clock.now():
        raise NoSuchRequest
    return kept


def asked_in(kept: ContentRequest) -> Asked:
    """Return what a platform asked."""
    return Asked(**json.loads(kept.asked))


def answer_request(
    session: Session, request_id: str, picked: Sequence[Picked], launch_url: str, sealing: bytes, *, actor: Actor
) -> Answered:
    """Answer a platform with the exercises that a teacher picked. Raises NoSuchRequest."""
    role = actor.require(Permission.EXERCISE_READ)
    kept = open_request(session, request_id, actor, for_act=True)
    asked, deployment = asked_in(kept), session.get_one(Deployment, kept.deployment_id)
    platform = queries.platform_of_deployment(session, deployment.id)
    chosen = picked if asked.many else picked[:1]
    parties = Parties(platform.client_id, platform.issuer, deployment.deployment_id)
    items = items_of(chosen, launch_url, asked)
    claims = answer_claims(items, asked, parties, secrets.token_urlsafe(24), clock.now())
    key = signing_key(session, sealing, platform.operator_id)
    token = jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key)
    kept.answered_at = clock.now()
    subject = Subject("lti_deployment", deployment.id, deployment.operator_id)
    after = {"platform": platform.name, "exercises": [item.exercise for item in chosen]}
    note(session, Action.LTI_CONTENT_PICKED, subject, actor=actor, role=role, after=after)
    return Answered(asked.return_url, token)
