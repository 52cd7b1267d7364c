"""What the worker does: which duties there are, how often, and what each calls in the rooms."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import httpx
from flask import Flask

from app.audit.cosigning import cosign_due_logs
from app.audit.policies import read_policy
from app.audit.sealing import seal_due_logs
from app.audit.signer import CheckpointSigner
from app.audit.texts import destroy_doomed_keys
from app.audit.timestamping import Authorities, anchor_due_logs, open_client
from app.delivery.services.couriers import Couriers, deliver_once
from app.evidence.services.handing_out import forget_old_orders, remove_keys_of_orders
from app.evidence.views import carry_out_order, press_of
from app.factory import create_app, forgetting
from app.identity.queries import list_operators
from app.identity.services.doors import forget_old_failures
from app.identity.services.sessions import forget_old_sessions
from app.installation.working import Duty
from app.kernel import clock
from app.kernel.actors import Permission, system_actor
from app.lms.services.doors import forget_old_logins
from app.lms.services.grading import derive_grades, install_grades
from app.lms.services.rosters import Means as Rosters
from app.lms.services.synchronising import synchronise_next
from app.notebook.services.keeping import JUST_NOW, clear_unnamed
from app.privacy.rules.retention import ItemKind
from app.privacy.services.carrying_out import Means, carry_out_next
from app.privacy.services.expiring import propose_expiry
from app.privacy.services.reminding import remind_due
from app.privacy.services.sweeping import sweep
from app.signatures.services.ca import all_authorities
from app.signatures.services.revoking import publish_due_lists
from app.storage import Storage
from app.storage.files import FileStore, files_at
from app.web.receipts import forget_old_receipts, remove_keys_of_receipts
from app.web.refusals import write_stranger_refusals
from config.secrets import DELIVERY, PEPPER, read_secret
from config.settings import Settings
from xapi.delivery import KIND
from xapi.feed import derive_once
from xapi.services.cmi5_sending import report_courses
from xapi.statements import Hub

EXPIRY = system_actor("worker", Permission.ERASURE_DECIDE)
RECEIPTS_KEPT = timedelta(days=30)
DAY = 24 * 3600.0


@contextmanager
def open_duties(settings: Settings, storage: Storage) -> Iterator[list[Duty]]:
    """Give the worker's duties for an installation, with what they keep open between two rounds."""
    key = read_secret(settings.keys, DELIVERY)
    couriers, signer = Couriers(key), CheckpointSigner(settings.keys)
    hub, client = Hub(settings.statement_home), open_client()
    authorities = Authorities(settings.authorities, settings.timestamp_roots)
    pepper, language = read_secret(settings.keys, PEPPER), settings.default_language
    rosters = Rosters(install_grades(storage, key), pepper, language)
    try:
        yield [
            Duty("strangers", 20.0, lambda: write_strangers(storage)),
            Duty("checkpoints", 2.0, lambda: seal(storage, signer)),
            Duty("time stamps", 20.0, lambda: anchor(storage, client, authorities)),
            Duty("cosignatures", 20.0, lambda: cosign(storage, client, settings.policy_file)),
            Duty("revocation lists", 60.0, lambda: publish(storage, settings.keys)),
            Duty("statements", 1.0, lambda: derive_once(storage, hub) > 0),
            Duty(f"deliveries of {KIND}", 1.0, lambda: deliver(storage, couriers)),
            Duty("courses", 2.0, lambda: report(storage, key)),
            Duty("grades", 2.0, lambda: derive_grades(storage, settings.public_url) > 0),
            Duty("rosters", 10.0, lambda: synchronise_next(storage, rosters)),
            Duty("exports", 1.0, lambda: export(settings, storage)),
            Duty("erased keys", 20.0, lambda: destroy_keys(storage)),
            Duty("clearing", 3600.0, lambda: clear_away(storage)),
            Duty("files", 3600.0, lambda: clear_files(storage, files_at(settings))),
            Duty("terms", 60.0, lambda: remind(storage)),
            Duty("integrity", DAY, lambda: look_whole(settings, storage)),
            Duty("what is over", 21600.0, lambda: list_what_is_over(storage)),
            Duty("expiry", 20.0, lambda: expire(storage, settings)),
        ]
    finally:
        couriers.close()
        client.close()


def write_strangers(storage: Storage) -> bool:
    """Write the line of one finished minute of strangers' refusals."""
    with storage.transaction() as session:
        return write_stranger_refusals(session)


def seal(storage: Storage, signer: CheckpointSigner) -> bool:
    """Sign a checkpoint over each log in which something was closed, or that was not signed for a while."""
    seal_due_logs(storage, signer)
    return False


def anchor(storage: Storage, client: httpx.Client, authorities: Authorities) -> bool:
    """Have the newest checkpoints stamped by an authority, where there is one."""
    anchor_due_logs(storage, client, authorities)
    return False


def cosign(storage: Storage, client: httpx.Client, policy_file: Path | None) -> bool:
    """Ask the witnesses of the policy, where there is one, to cosign the newest checkpoints."""
    if policy_file:
        cosign_due_logs(storage, client, read_policy(policy_file))
    return False


def publish(storage: Storage, keys: Path) -> bool:
    """Publish the revocation lists that are due."""
    publish_due_lists(storage, all_authorities(keys))
    return False


def deliver(storage: Storage, couriers: Couriers) -> bool:
    """Serve one target once."""
    return not deliver_once(storage, couriers).idle


def report(storage: Storage, key: bytes) -> bool:
    """Tell the courses that launched exercises what they have still to learn."""
    report_courses(storage, key)
    return False


@cache
def application(settings: Settings, storage: Storage) -> Flask:
    """Put the application together for its templates and words, once somebody orders a record."""
    return create_app(settings, storage)


def export(settings: Settings, storage: Storage) -> bool:
    """Make one record that somebody ordered; the application is put together when the first order comes."""
    return carry_out_order(lambda: application(settings, storage), storage, press_of(settings))


def destroy_keys(storage: Storage) -> bool:
    """Destroy the keys that erasures gave up and that a crash left."""
    destroy_doomed_keys(storage)
    return False


def clear_files(storage: Storage, store: FileStore) -> bool:
    """Remove the files of a day ago that no record names: their act was refused, or their values were erased."""
    clear_unnamed(storage, store)
    return False


def remind(storage: Storage) -> bool:
    """Give the reminders of requests and breaches that are due."""
    remind_due(storage)
    return False


def look_whole(settings: Settings, storage: Storage) -> bool:
    """Verify everything, and open a breach over what no breach names yet."""
    signer = CheckpointSigner(settings.keys)
    # Read before the database, so that what the signer remembers cannot be newer than what is read.
    trust = signer.trust(*signer.origins())
    if settings.policy_file:
        trust = replace(trust, policy=read_policy(settings.policy_file))
    sweep(storage, trust, files_at(settings))
    return False


def list_what_is_over(storage: Storage) -> bool:
    """List for each operator, and for the hub, what their terms of retention say is over; people decide over it."""
    with storage.reading() as session:
        owners = [None, *(operator.id for operator in list_operators(session))]
    for owner in owners:
        with storage.transaction() as session:
            propose_expiry(session, owner, actor=EXPIRY)
    return False


def expire(storage: Storage, settings: Settings) -> bool:
    """Erase the next thing on a list that two people decided over, with the files that nothing names any more."""
    means = Means(settings.pepper, forgetting(settings.statement_home))
    with storage.transaction() as session:
        done = carry_out_next(session, means, actor=EXPIRY)
    if done is not None and done is not ItemKind.OPERATION:
        clear_unnamed(storage, files_at(settings), unless_younger=JUST_NOW)
    return done is not None


def clear_away(storage: Storage) -> bool:
    """Remove what only served operation and is old: receipts of forms, failures at doors, sessions. Never evidence."""
    with storage.transaction() as session:
        forget_old_receipts(session, clock.now() - RECEIPTS_KEPT)
        forget_old_failures(session)
        forget_old_sessions(session)
        forget_old_orders(session)
        forget_old_logins(session)
    if storage.vault:
        remove_keys_of_orders(storage.vault)
        remove_keys_of_receipts(storage.vault, clock.now() - RECEIPTS_KEPT)
    return False
