"""Ending certificates before their day, and publishing the lists that say so (KM-6).

A revocation is part of the act that causes it: a reset, somebody leaving, a next key, a compromise. The list is made in
the same act; where the issuing key is not there, the row stands, counts at once, and the worker publishes it later.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import HUB_LOG
from app.audit.services import Subject, hold_log, note
from app.kernel import clock
from app.kernel.actors import Actor, system_actor
from app.signatures.models import Certificate, Revocation, RevocationList
from app.signatures.rules import RevocationReason
from app.signatures.services.ca import Authority
from app.signatures.services.profiles import Listed, make_list
from app.storage import Storage

PUBLISH_EVERY = timedelta(days=1)
PUBLISHER = system_actor("worker")
AUTHORITY = Subject("authority", str(HUB_LOG))


def revoke(
    session: Session,
    key_ids: Iterable[str],
    reason: RevocationReason,
    *,
    authority: Authority | None,
    since: datetime | None = None,
) -> list[str]:
    """Revoke the certificates of keys as part of an act of the hub's log, publish the list, return their serials."""
    query = select(Certificate).outerjoin(Revocation, Revocation.serial == Certificate.serial)
    query = query.where(Certificate.key_id.in_(list(key_ids)), Revocation.serial.is_(None))
    found = session.scalars(query.order_by(Certificate.serial)).all()
    made = [
        Revocation(serial=one.serial, reason=reason, revoked_at=clock.now(), suspected_since=since) for one in found
    ]
    session.add_all(made)
    if authority and any(one.issuer == authority.fingerprint for one in found):
        hold_log(session, None)
        add_list(session, authority, made)
    return [one.serial for one in found]


def add_list(session: Session, authority: Authority, also: Sequence[Revocation] = ()) -> RevocationList:
    """Make an authority's next list; `also` are revocations of the same act. The caller holds the hub's log."""
    last = session.scalar(select(func.max(RevocationList.number)).where(RevocationList.issuer == authority.fingerprint))
    query = select(Revocation).join(Certificate, Certificate.serial == Revocation.serial)
    stored = session.scalars(query.where(Certificate.issuer == authority.fingerprint)).all()
    all_of_them = {one.serial: one for one in (*stored, *also)}
    entries = [
        Listed(int(one.serial, 16), one.revoked_at, one.reason, one.suspected_since)
        for _, one in sorted(all_of_them.items())
    ]
    number = (last or 0) + 1
    made = make_list(authority.certificate, authority.key, number, entries)
    row = RevocationList(
        issuer=authority.fingerprint,
        number=number,
        pem=made.public_bytes(serialization.Encoding.PEM).decode(),
        this_update=made.last_update_utc,
        next_update=made.next_update_utc,
    )
    session.add(row)
    return row


def publish_due_lists(storage: Storage, authorities: Sequence[Authority]) -> None:
    """Publish the lists that are a day old, or lack what was revoked since: what the worker does (KM-6)."""
    with storage.reading() as session:
        due = lists_due(session, authorities)
    if due:
        with storage.transaction() as session:
            publish_lists(session, due, actor=PUBLISHER)


def lists_due(session: Session, authorities: Iterable[Authority]) -> list[Authority]:
    """Return the authorities whose newest list is a day old, or does not hold what was revoked since."""
    return [authority for authority in authorities if _is_due(session, authority)]


def publish_lists(session: Session, authorities: Sequence[Authority], *, actor: Actor) -> list[RevocationList]:
    """Publish the next list of each of these authorities: an act of the worker, daily (KM-6)."""
    hold_log(session, None)
    made = [add_list(session, authority) for authority in authorities]
    after = {"lists": [[row.issuer, row.number] for row in made]}
    note(session, Action.REVOCATIONS_PUBLISHED, AUTHORITY, actor=actor, after=after)
    return made


def _is_due(session: Session, authority: Authority) -> bool:
    if authority.certificate.not_valid_after_utc <= clock.now():
        return False
    last = session.scalar(
        select(RevocationList)
        .where(RevocationList.issuer == authority.fingerprint)
        .order_by(RevocationList.number.desc())
        .limit(1)
    )
    if last is None or clock.now() - last.this_update >= PUBLISH_EVERY:
        return True
    query = select(Revocation.serial).join(Certificate, Certificate.serial == Revocation.serial)
    revoked = session.scalars(query.where(Certificate.issuer == authority.fingerprint))
    listed = x509.load_pem_x509_crl(last.pem.encode())
    return any(listed.get_revoked_certificate_by_serial_number(int(serial, 16)) is None for serial in revoked)
