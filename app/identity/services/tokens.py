"""Bearer tokens for the API: made by a person for themselves, limited to scopes, shown once, revocable."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.identity import queries
from app.identity.errors import NotOnesOwn
from app.identity.models import Person, PersonState, Token
from app.identity.rules.roles import SCOPE_PERMISSIONS, Scope
from app.identity.services.sessions import digest_of_token
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Invalid, NotFound
from app.storage.tables import new_id

TOKEN_PREFIX = "cahier_"
LONGEST_DAYS = 366
LONGEST_LABEL = 100


def make_token(
    session: Session, person_id: str, label: str, scopes: Sequence[Scope], *, days: int, actor: Actor
) -> tuple[Token, str]:
    """Make a token for a person; return it and the secret, which is shown once.

    A person makes tokens for themselves, for the operator they act for; only the command on the host makes them for
    others.
    """
    actor.require(Permission.TOKEN_OWN)
    if actor.person_id not in (None, person_id):
        raise NotOnesOwn(N_("Everybody makes their own tokens."))
    if not 1 <= len(label.strip()) <= LONGEST_LABEL:
        raise Invalid(fields={"label": N_("Say what the token is for, in at most 100 characters.")})
    if not scopes:
        raise Invalid(fields={"scopes": N_("Choose at least one scope.")})
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(fields={"days": N_("A token is valid for 1 to 366 days.")})
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    now = clock.now()
    token = Token(
        id=new_id(),
        person_id=person_id,
        operator_id=actor.operator_id if actor.person_id else queries.first_operator_id(session, person_id),
        label=label.strip(),
        token_hash=digest_of_token(secret),
        scopes=sorted(scopes),
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    subject = Subject("person", person_id)
    note(session, Action.TOKEN_MADE, subject, actor=actor, after={"token": token.id, "scopes": sorted(scopes)})
    return token, secret


def revoke_token(session: Session, token_id: str, *, actor: Actor) -> None:
    """Revoke one of one's own tokens; it stops working at once (P11.300(c))."""
    token = session.get(Token, token_id)
    if token is None or token.revoked_at or token.person_id != actor.person_id:
        raise NotFound
    token.revoked_at = clock.now()
    note(session, Action.TOKEN_REVOKED, Subject("person", token.person_id), actor=actor, before={"token": token.id})


def actor_of_token(session: Session, secret: str) -> Actor | None:
    """Return who a bearer token acts for, within its scopes; None for one that is unknown, over or revoked."""
    token = session.scalar(select(Token).where(Token.token_hash == digest_of_token(secret)))
    if token is None or token.revoked_at or token.expires_at <= clock.now():
        return None
    person = session.get_one(Person, token.person_id)
    if person.state is not PersonState.ACTIVE:
        return None
    allowed = frozenset[object]().union(*(SCOPE_PERMISSIONS[Scope(scope)] for scope in token.scopes))
    whole = queries.actor_of(session, person, token.operator_id, session_id=f"token:{token.id}")
    grants = {permission: role for permission, role in whole.grants.items() if permission in allowed}
    return Actor(whole.pseudonym, grants, whole.roles, whole.operator_id, whole.session_id, whole.language)
