"""Our own keys: made, used to sign, rotated; the keyset that platforms read (security framework §6.3).

RSA with 2,048 bits and RS256, which every platform takes (security framework §6.1). Making one takes a moment and is
done before the act.
"""

from datetime import timedelta
from typing import Any

from joserfc.jwk import RSAKey
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.delivery.services.seals import seal, unseal
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.lms.models import ToolKey
from app.storage.tables import new_id

KEY_BITS = 2048
OUTLASTS = timedelta(hours=2)
"""How long a retired key stays in the keyset: longer than anything that it signed is valid or kept by a platform."""


def new_tool_key(sealing: bytes) -> ToolKey:
    """Return a new key with its private half sealed; the caller's act adds it to the session."""
    made = RSAKey.generate_key(KEY_BITS, private=True)
    identifier, kid = new_id(), made.thumbprint()
    public = {**made.as_dict(private=False), "kid": kid, "alg": "RS256", "use": "sig"}
    sealed = seal(sealing, identifier, made.as_pem(private=True).decode())
    return ToolKey(id=identifier, kid=kid, public_jwk=public, sealed_private=sealed, made_at=clock.now())


def signing_key(session: Session, sealing: bytes) -> RSAKey:
    """Return the private key that signs now, with its `kid`; raise LookupError before there is any."""
    found = key_in_use(session)
    if found is None or found.sealed_private is None:
        raise LookupError("the hub has no key for platforms yet: add a platform, or run `cahier lti key rotate`")
    return RSAKey.import_key(unseal(sealing, found.id, found.sealed_private), {"kid": found.kid})


def key_in_use(session: Session) -> ToolKey | None:
    """Return the newest key that is not retired."""
    query = select(ToolKey).where(ToolKey.retired_at.is_(None))
    return session.scalar(query.order_by(ToolKey.made_at.desc(), ToolKey.id).limit(1))


def key_set(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Return the keyset as platforms read it: the key in use, and those that were retired a moment ago."""
    recent = or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > clock.now() - OUTLASTS)
    query = select(ToolKey).where(recent).order_by(ToolKey.made_at.desc(), ToolKey.id)
    return {"keys": [key.public_jwk for key in session.scalars(query)]}


def rotate_key(session: Session, made: ToolKey, *, actor: Actor) -> ToolKey:
    """Let a new key sign from now on; the one before is retired and its private half destroyed (LT-2)."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    retired = []
    for old in session.scalars(select(ToolKey).where(ToolKey.retired_at.is_(None)).with_for_update()):
        old.retired_at, old.sealed_private = clock.now(), None
        retired.append(old.kid)
    session.add(made)
    subject, before, after = Subject("lti_tool_key", made.id), {"keys": retired}, {"key": made.kid}
    note(session, Action.LTI_KEY_ROTATED, subject, actor=actor, role=role, before=before, after=after)
    return made
