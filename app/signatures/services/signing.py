"""Making a signature as part of another room's act (ES-3, ES-4)."""

import base64
import secrets
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import __version__
from app.audit.anchors import latest_anchor
from app.audit.services import keep_text
from app.identity.errors import WrongFactor
from app.identity.models import FactorKind, Person, PersonState
from app.kernel import canonical, clock
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import Refused
from app.signatures.errors import CertificateOver, ContentChanged, CosignNeeded, NotCertified
from app.signatures.models import PasskeySignature, Signature
from app.signatures.rules import Certified, Circumstances, Fresh, Meaning, Signable, build_manifest
from app.signatures.services.keys import Cosigning, OpenKey, certified_key
from app.storage.tables import new_id


def sign(
    session: Session, signable: Signable, meaning: Meaning, key: OpenKey, *, actor: Actor, shown_digest: str, zone: str
) -> Signature:
    """Sign as part of an act: the server builds the manifest from what is stored, never from what was posted (ES-3).

    `shown_digest` is the digest that the signer's page carried. Raises ContentChanged when it is no longer the
    subject's, NotCertified or CertificateOver without a certificate now, and Refused when the open key is not the
    actor's own (ES-6). Raises CosignNeeded where the key was opened for a passkey to sign too.
    """
    # To sign for somebody:
    # (1) the key is their own; (2) a role they hold now permits it; (3) they saw what is signed; (4) they are active;
    # (5) the key is certified at this moment, whatever it was when it was opened.
    if key.person_id != actor.person_id:
        raise Refused(subject=signable.subject)
    role = actor.require(Permission.SIGN, signable.subject)
    if shown_digest != signable.digest:
        raise ContentChanged(subject=signable.subject)
    person = session.get_one(Person, key.person_id)
    if person.state is not PersonState.ACTIVE:
        raise Refused(subject=signable.subject)
    cosigning = key.cosigning or Cosigning()
    fresh = cosigning.fresh or _fresh()
    made = _circumstances(session, signable, person, key, role=role, actor=actor, zone=zone, fresh=fresh)
    manifest = build_manifest(signable, meaning, made)
    _check_cosigned(key, canonical.digest(manifest), fresh, signable.subject)
    signature = _row(signable, meaning, key, made, manifest)
    session.add(signature)
    if cosigning.assertion:
        session.add(PasskeySignature(signature_id=signature.id, **asdict(cosigning.assertion)))
    return signature


def _fresh() -> Fresh:
    return Fresh(clock.now(), secrets.token_hex(16), canonical.new_salt(), canonical.new_salt())


def _check_cosigned(key: OpenKey, digest: str, fresh: Fresh, subject: str) -> None:
    """Raise CosignNeeded while the passkey signed nothing yet, ContentChanged when it signed another manifest.

    A manifest names a passkey only when that passkey signs it: one that merely answered is refused as WrongFactor.
    """
    if key.cosigning is None:
        if FactorKind.PASSKEY in key.factors:
            raise WrongFactor(subject=subject)
        return
    if key.cosigning.assertion is None:
        raise CosignNeeded(key.person_id, digest, fresh)
    if digest != key.cosigning.digest:
        raise ContentChanged(subject=subject)


def _row(signable: Signable, meaning: Meaning, key: OpenKey, made: Circumstances, manifest: bytes) -> Signature:
    return Signature(
        id=new_id(),
        subject=signable.subject,
        part=signable.part,
        subject_digest=signable.digest,
        meaning=meaning,
        signer_id=key.person_id,
        signer_name=made.name_commitment,
        signer_login=made.login_commitment,
        role=made.role,
        key_id=key.key_id,
        signed_at=made.at,
        zone=made.zone,
        manifest=manifest.decode(),
        manifest_digest=canonical.digest(manifest),
        value=base64.b64encode(key.sign(manifest)).decode(),
        certificate=made.certified.fingerprint,
        enrolment=made.certified.enrolment,
        custody=made.custody,
        level=made.level,
    )


def _check_certified(session: Session, key: OpenKey, subject: str) -> Certified:
    certified = certified_key(session, key.key_id)
    if certified is None or certified != key.certified:
        raise NotCertified(subject=subject)
    if not certified.covers(clock.now()):
        raise CertificateOver(subject=subject)
    return certified


def _circumstances(
    session: Session,
    signable: Signable,
    person: Person,
    key: OpenKey,
    *,
    role: Role,
    actor: Actor,
    zone: str,
    fresh: Fresh,
) -> Circumstances:
    return Circumstances(
        signer=actor.pseudonym,
        name_commitment=keep_text(session, person.name or "", person.id, salt=fresh.name_salt),
        login_commitment=keep_text(session, person.login or "", person.id, salt=fresh.login_salt),
        role=role.value,
        key_fingerprint=key.fingerprint,
        certified=_check_certified(session, key, signable.subject),
        session_id=actor.session_id,
        language=actor.language,
        shown_digest=signable.digest,
        zone=zone,
        at=fresh.at,
        release=__version__,
        nonce=fresh.nonce,
        factors=key.factors,
        prior=_prior(session, signable.subject),
        freshness=_freshness(session, signable.operator_id),
    )


def _prior(session: Session, subject: str) -> tuple[str, ...]:
    query = select(Signature.manifest_digest).where(Signature.subject == subject)
    # In the order of their lines, whatever the clock said: that is what a verifier sees.
    return tuple(session.scalars(query.order_by(Signature.line_index)))


def _freshness(session: Session, operator_id: str | None) -> dict[str, Any] | None:
    """Name the newest anchored checkpoint and its token, which nobody could know before its time (§13.6, PF-6)."""
    anchor = latest_anchor(session, operator_id)
    return anchor.facts() if anchor else None
