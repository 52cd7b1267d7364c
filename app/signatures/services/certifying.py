"""Certifying: the authority's own certificates in the trail; a person's, once somebody else confirmed who they are.

A personal certificate needs all four (KM-2): the accepted statement, a request that the key itself signed, a confirmed
identity, and that the one who confirms is independent of whoever let the person in.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import HUB_LOG, Line
from app.audit.services import hold_log, note, read_body
from app.identity.models import Person, PersonState
from app.identity.queries import lost_factors
from app.identity.services.factors import settle_losses
from app.identity.services.people import access_person, person_subject
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict
from app.signatures.errors import NoProofOfPossession, NotIndependent
from app.signatures.models import Acknowledgement, Certificate, KeyState, RevocationList, SigningKey
from app.signatures.rules import CertificateKind, Custody, Enrolment, Proofing, RevocationReason, level_claimed
from app.signatures.services.ca import Authority, fingerprint_of, pem_of, public_part
from app.signatures.services.keys import certified_key, end_key, pending_key, valid_key
from app.signatures.services.profiles import (
    PublicKey,
    common_name_of,
    faults_of_person,
    make_leaf,
    organisation_of,
)
from app.signatures.services.revoking import AUTHORITY, add_list, revoke
from app.storage.rows import FOR_AN_ACT

LETS_IN = frozenset({Action.PERSON_ADDED, Action.PERSON_INVITED, Action.CREDENTIALS_RESET, Action.KEY_COMPROMISED})
"""The deeds that give somebody an activation code, and with it the account."""


def is_authority_noted(session: Session, keys: Path) -> bool:
    """Say whether the certificates in the files stand in the database."""
    public = public_part(keys)
    wanted = {fingerprint_of(one) for one in (public.root, public.issuing, public.seal)}
    return wanted <= set(session.scalars(select(Certificate.fingerprint).where(Certificate.fingerprint.in_(wanted))))


def note_authority(session: Session, keys: Path, authority: Authority, *, actor: Actor) -> list[Certificate]:
    """Write the authority's own certificates and first lists into the trail (KM-1); raise AuthorityMissing."""
    public = public_part(keys)
    hold_log(session, None)
    root = fingerprint_of(public.root)
    made = [
        _row(CertificateKind.ROOT, public.root, None),
        _row(CertificateKind.ISSUING, public.issuing, root),
        _row(CertificateKind.SEAL, public.seal, authority.fingerprint),
    ]
    known = set(session.scalars(select(Certificate.fingerprint)))
    made = [row for row in made if row.fingerprint not in known]
    session.add_all(made)
    _add_root_list(session, root, public.root_list)
    add_list(session, authority)
    after = {
        "organisation": organisation_of(public.issuing),
        "certificates": [[row.kind.value, row.fingerprint] for row in made],
    }
    note(session, Action.AUTHORITY_NOTED, AUTHORITY, actor=actor, after=after)
    return made


def confirm_identity(
    session: Session, person_id: str, how: Proofing, *, actor: Actor, authority: Authority
) -> Certificate:
    """Confirm that a waiting key is this person's, and certify it; the key before it ends as superseded (KM-2, KM-4).

    Who lost a second factor may enrol another after that. Raises Conflict when no key waits, NotIndependent,
    NoProofOfPossession.
    """
    role = actor.require(Permission.IDENTITY_CONFIRM)
    person = access_person(session, person_id, actor)
    check_independent(session, person_id, actor)
    key = pending_key(session, person_id)
    accepted = session.scalar(select(Acknowledgement.id).where(Acknowledgement.person_id == person_id).limit(1))
    if key is None or accepted is None or person.state is not PersonState.ACTIVE:
        raise Conflict(N_("No key of this person waits for somebody to confirm who they are."))
    hold_log(session, None)
    superseded = _supersede(session, valid_key(session, person_id), authority)
    row = _certify(key, how, authority, actor)
    session.add(row)
    key.state = KeyState.VALID
    after: dict[str, Any] = {
        "key": key.fingerprint,
        "certificate": row.fingerprint,
        "enrolment": Enrolment.IN_PERSON.value,
        "proofing": how.value,
        "until": clock.to_text(row.not_after),
    }
    if settled := settle_losses(session, person_id):
        after["factors"] = settled
    subject = person_subject(person_id)
    before = {"certificates": superseded}
    note(session, Action.IDENTITY_CONFIRMED, subject, actor=actor, role=role, before=before, after=after)
    return row


def confirm_after_loss(session: Session, person_id: str, how: Proofing, *, actor: Actor) -> None:
    """Confirm anew who a person is that lost a second factor: they may enrol another, and sign (P11.300(c), KM-7).

    Raises Conflict when nothing was lost, NotIndependent also for whoever removed it.
    """
    role = actor.require(Permission.IDENTITY_CONFIRM)
    access_person(session, person_id, actor)
    person = session.get_one(Person, person_id, with_for_update=FOR_AN_ACT, populate_existing=True)
    check_independent(session, person_id, actor)
    settled = settle_losses(session, person_id)
    if not settled or person.state is not PersonState.ACTIVE:
        raise Conflict(N_("Nothing of this person waits for somebody to confirm who they are."))
    after = {"proofing": how.value, "factors": settled}
    note(session, Action.IDENTITY_RECONFIRMED, person_subject(person_id), actor=actor, role=role, after=after)


def check_independent(session: Session, person_id: str, actor: Actor) -> None:
    """Raise NotIndependent when one person could have done both: let somebody in, and say who they are (KM-7).

    Whoever gave the activation code, or removed a factor that was lost, confirms nothing, and nobody does whom that one
    let in, unless somebody independent confirmed that one's own identity before.
    """
    givers, confirmer = {let_in_by(session, person_id), *_removers(session, person_id)}, actor.pseudonym
    if actor.person_id is None or actor.person_id == person_id or confirmer in givers:
        raise NotIndependent(subject=f"person:{person_id}")
    own = valid_key(session, actor.person_id)
    if own is not None and certified_key(session, own.id) is not None:
        return
    if givers & set(_above(session, confirmer)) or confirmer in set(_above(session, f"person:{person_id}")):
        raise NotIndependent(subject=f"person:{person_id}")


def _removers(session: Session, person_id: str) -> set[str]:
    """Return who removed the factors that a person lost and after which nobody confirmed them yet."""
    lost = {factor.id for factor in lost_factors(session, person_id)}
    if not lost:
        return set()
    query = select(Line.body).where(Line.log_id == HUB_LOG, Line.subject == f"person:{person_id}")
    lines = (read_body(body) for body in session.scalars(query))
    return {
        line["actor"]
        for line in lines
        if line["action"] == Action.FACTOR_REMOVED and line["after"].get("factor") in lost
    }


def let_in_by(session: Session, person_id: str) -> str | None:
    """Return who gave a person the activation code they came in with, as the trail tells; None where nobody did."""
    query = select(Line.body).where(Line.log_id == HUB_LOG, Line.subject == f"person:{person_id}")
    for body in session.scalars(query.order_by(Line.subject_sequence.desc())):
        line = read_body(body)
        if line["action"] in LETS_IN:
            return str(line["actor"])
    return None


def _above(session: Session, pseudonym: str) -> Iterator[str]:
    """Yield who let a person in, who let that one in, and so on up to a process."""
    seen: set[str] = set()
    while pseudonym.startswith("person:") and pseudonym not in seen:
        seen.add(pseudonym)
        pseudonym = let_in_by(session, pseudonym.removeprefix("person:")) or ""
        if pseudonym.startswith("person:"):
            yield pseudonym


def _supersede(session: Session, key: SigningKey | None, authority: Authority) -> list[str]:
    if key is None:
        return []
    end_key(key)
    return revoke(session, [key.id], RevocationReason.SUPERSEDED, authority=authority)


def _certify(key: SigningKey, how: Proofing, authority: Authority, actor: Actor) -> Certificate:
    pseudonym = f"person:{key.person_id}"
    public = _possessed(key, pseudonym)
    certificate = make_leaf(public, pseudonym, authority.certificate, authority.key)
    if faults := faults_of_person(certificate, pseudonym):
        raise AssertionError(f"a certificate off its profile: {', '.join(faults)}")
    row = _row(CertificateKind.PERSONAL, certificate, authority.fingerprint)
    row.person_id, row.key_id, row.enrolment = key.person_id, key.id, Enrolment.IN_PERSON
    row.level = level_claimed(authority.level, Enrolment.IN_PERSON, Custody.WRAPPED)
    row.proofing = how
    row.confirmed_by = actor.person_id
    return row


def _possessed(key: SigningKey, pseudonym: str) -> PublicKey:
    """Return the public half when the key itself asked for its certificate, else raise NoProofOfPossession."""
    try:
        request = x509.load_pem_x509_csr((key.request or "").encode())
        public = serialization.load_pem_public_key(key.public_key.encode())
    except ValueError:
        raise NoProofOfPossession(subject=pseudonym) from None
    is_its_own = request.is_signature_valid and request.public_key() == public
    if not is_its_own or common_name_of(request) != pseudonym or not isinstance(public, PublicKey):
        raise NoProofOfPossession(subject=pseudonym)
    return public


def _row(kind: CertificateKind, certificate: x509.Certificate, issuer: str | None) -> Certificate:
    return Certificate(
        serial=f"{certificate.serial_number:x}",
        kind=kind,
        issuer=issuer,
        subject=certificate.subject.rfc4514_string(),
        pem=pem_of(certificate).decode(),
        fingerprint=fingerprint_of(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        issued_at=clock.now(),
    )


def _add_root_list(session: Session, root: str, made: x509.CertificateRevocationList) -> None:
    number = made.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    if session.get(RevocationList, (root, number)) is None:
        session.add(
            RevocationList(
                issuer=root,
                number=number,
                pem=made.public_bytes(serialization.Encoding.PEM).decode(),
                this_update=made.last_update_utc,
                next_update=made.next_update_utc,
            )
        )
