"""Keys towards platforms: made, used to sign, rotated; the keysets that platforms read (security framework §6.3).

Each operator signs to its platforms with its own, the hub with the hub's. Platforms that are older than the first key
of their operator are signed to with the hub's until that key was published for a while. RSA with 2,048 bits and RS256,
which every platform takes (security framework §6.1). Making one takes a moment and is done before the act.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import RSAKey
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.delivery.services.seals import seal, unseal
from app.identity.models import Operator
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import NotFound
from app.lms import queries
from app.lms.models import ToolKey
from app.storage.tables import new_id

KEY_BITS = 2048
OUTLASTS = timedelta(hours=2)
"""How long a retired key stays in the keyset: longer than anything that it signed is valid or kept by a platform."""

PUBLISHED_AHEAD = timedelta(days=1)
"""How long platforms that know another key can read an operator's first one before it signs."""


def new_tool_key(sealing: bytes) -> ToolKey:
    """Return a new key with its private half sealed; the caller's act says whose it is and adds it to the session."""
    made = RSAKey.generate_key(KEY_BITS, private=True)
    identifier, kid = new_id(), made.thumbprint()
    public = {**made.as_dict(private=False), "kid": kid, "alg": "RS256", "use": "sig"}
    sealed = seal(sealing, identifier, made.as_pem(private=True).decode())
    return ToolKey(id=identifier, kid=kid, public_jwk=public, sealed_private=sealed, made_at=clock.now())


def signing_key(session: Session, sealing: bytes, operator_id: str | None) -> RSAKey:
    """Return the private key that signs for an operator now, with its `kid`; raise LookupError before there is any."""
    found = key_that_signs(session, operator_id)
    if found is None or found.sealed_private is None:
        raise LookupError("there is no key for platforms yet: add a platform, or run `cahier lti key rotate`")
    return RSAKey.import_key(unseal(sealing, found.id, found.sealed_private), {"kid": found.kid})


def key_that_signs(session: Session, operator_id: str | None) -> ToolKey | None:
    """Return an operator's own key where it has one that signs already, else the hub's."""
    own = [key for key in queries.tool_keys_of(session, operator_id) if _begins(key) <= clock.now()]
    return own[0] if own else next(iter(queries.tool_keys_of(session, None)), None)


def give_first_key(session: Session, made: ToolKey, operator_id: str | None) -> bool:
    """Let an operator have this key where it has none, as part of an act; say whether it was taken.

    It signs at once where no platform of the operator knows another key.
    """
    if queries.tool_keys_of(session, operator_id):
        return False
    _hand_over(session, made, operator_id, ())
    return True


def key_set(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Return the keyset of the whole hub: the keys in use, and those that were retired a moment ago.

    Platforms that were registered before operators had keys read it.
    """
    query = select(ToolKey).where(_readable()).order_by(ToolKey.made_at.desc(), ToolKey.id)
    return {"keys": [key.public_jwk for key in session.scalars(query)]}


def key_set_of(session: Session, operator_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return an operator's own keyset; the hub's keys stand in it while one of them signs for the operator, and until
    what it signed has expired.
    """
    own = ToolKey.operator_id == operator_id
    every = [key for key in session.scalars(select(ToolKey).where(own)) if not _was_replaced_unused(key)]
    # One that was published ahead follows the hub's, any other follows none.
    alone_since = [key.signs_from + OUTLASTS if key.signs_from else key.made_at for key in every]
    is_independent = any(moment <= clock.now() for moment in alone_since)
    whose = own if is_independent else or_(own, ToolKey.operator_id.is_(None))
    query = select(ToolKey).where(whose, _readable()).order_by(ToolKey.made_at.desc(), ToolKey.id)
    return {"keys": [key.public_jwk for key in session.scalars(query)]}


def rotate_key(session: Session, made: ToolKey, operator_id: str | None, *, actor: Actor) -> ToolKey:
    """Let a new key of an operator, or of the hub, sign from now on; the one before is retired and its private half
    destroyed (LT-2). No other operator's is touched. Raises NotFound for another's or none.

    The first of an operator whose platforms know the hub's signs once it was published for a while.
    """
    role = actor.require(Permission.TARGET_ADMINISTER)
    if actor.operator_id not in (None, operator_id) or (operator_id and session.get(Operator, operator_id) is None):
        raise NotFound
    before = queries.tool_keys_of(session, operator_id, for_act=True)
    _hand_over(session, made, operator_id, before)
    for old in before:
        old.retired_at, old.sealed_private = clock.now(), None
    after: dict[str, Any] = {"key": made.kid, "operator": operator_id}
    after |= {"signs_from": clock.to_text(made.signs_from)} if made.signs_from else {}
    subject, retired = Subject("lti_tool_key", made.id, operator_id), {"keys": [old.kid for old in before]}
    note(session, Action.LTI_KEY_ROTATED, subject, actor=actor, role=role, before=retired, after=after)
    return made


def _hand_over(session: Session, made: ToolKey, operator_id: str | None, before: Sequence[ToolKey]) -> None:
    """Let a key be an operator's, from the moment when every platform that knows another one can have read it."""
    made.operator_id = operator_id
    signed_before = any(_begins(key) <= clock.now() for key in before)
    if operator_id and not signed_before and queries.has_platform(session, operator_id):
        made.signs_from = clock.now() + PUBLISHED_AHEAD
    session.add(made)


def _was_replaced_unused(key: ToolKey) -> bool:
    """Say whether a key was retired before it signed anything."""
    return key.retired_at is not None and key.retired_at < _begins(key)


def _begins(key: ToolKey) -> datetime:
    return key.signs_from or key.made_at


def _readable() -> Any:
    return or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > clock.now() - OUTLASTS)
