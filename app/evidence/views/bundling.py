"""Making what leaves: the paper, sealed where the hub has a seal, and the bundle around it."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import HUB_LOG, Log
from app.audit.sealing import seal_log
from app.audit.signer import CheckpointSigner
from app.evidence.errors import NotSealed
from app.evidence.queries.anchors import newest_lists
from app.evidence.queries.bundles import Proof, prove
from app.evidence.rules.archive import write_archive
from app.evidence.rules.crate import METADATA, describe
from app.evidence.services.printing import print_pages
from app.evidence.services.sealing import Authority, Seal, authority_at, seal_of, seal_pages
from app.evidence.views.describing import described
from app.evidence.views.paper import Page, Reach, open_page, paper_css, paper_html
from app.kernel import clock
from app.kernel.actors import Actor
from app.notebook.errors import FileDamaged
from app.notebook.models import Record
from app.notebook.rules.pictures import Shown
from app.notebook.services.keeping import picture_of
from app.storage import Storage
from app.storage.files import FileStore, files_at
from app.web.console import Chosen

VALUES = "evidence/rows.json"
STEPS = 4
TRIES = 3
_CERTIFICATES = "evidence/certificates/"

Tell = Callable[[int], None]


def _say_nothing(done: int) -> None:
    """Nobody waits for how far it is."""


@dataclass(frozen=True)
class Press:
    """What is needed to make papers and bundles: the keys of logs, the hub's address, the files that people attached,
    its seal, who stamps the time.
    """

    keys: Path
    public_url: str
    files: FileStore
    seal: Callable[[Path], Seal | None] = seal_of
    authority: Authority | None = None


def press_of(settings: Chosen) -> Press:
    """Return with what an installation of these settings makes papers and bundles."""
    authority = authority_at(settings.authorities, settings.timestamp_roots)
    return Press(settings.keys, settings.public_url, files_at(settings), authority=authority)


@dataclass(frozen=True)
class Made:
    """A bundle and its paper, and how the paper is sealed: a level such as `B-B`, or empty for not at all."""

    number: str
    bundle: bytes
    paper: bytes
    level: str


def seal_logs_of(storage: Storage, press: Press, operator_ids: set[str]) -> None:
    """Sign checkpoints over the logs of operators and of the hub, so that everything in them can be proven."""
    signer = CheckpointSigner(press.keys)
    with storage.reading() as session:
        logs = list(session.scalars(select(Log.id).where((Log.id == HUB_LOG) | Log.operator_id.in_(operator_ids))))
    for log_id in logs:
        seal_log(storage, signer, log_id)


def make_now(
    storage: Storage, record_id: str, operator_id: str, press: Press, *, actor: Actor, tell: Tell = _say_nothing
) -> Made:
    """Seal the logs and make a record's bundle, telling how many of STEPS are done.

    Begins again while somebody else writes in the record meanwhile; raises NotSealed when they do not cease.
    """
    for tried in range(TRIES):
        seal_logs_of(storage, press, {operator_id})
        tell(1)
        try:
            with storage.reading() as session:
                return make_bundle(session, record_id, press, actor=actor, tell=tell)
        except NotSealed:
            if tried == TRIES - 1:
                raise
    raise NotSealed


def make_bundle(session: Session, record_id: str, press: Press, *, actor: Actor, tell: Tell = _say_nothing) -> Made:
    """Make the paper and the bundle of a record; raises NotSealed while lines of it are under no checkpoint."""
    record = session.get_one(Record, record_id)
    page = open_page(session, record)
    proof = prove(session, record, clock.now(), press.files)
    tell(2)
    reach = Reach(proof.origin, proof.size, _pictures(page, press.files))
    html = paper_html(session, page, reach, press.public_url, actor=actor)
    pages = print_pages(html, paper_css(), {"rows.json": proof.files[VALUES]})
    tell(3)
    paper, level = _sealed(session, pages, proof, press)
    files = proof.files | {f"{record.number}.pdf": paper}
    metadata = describe(described(session, page, press.public_url), files)
    text = json.dumps(metadata, ensure_ascii=False, indent=1, sort_keys=True)
    moment = record.closed_at or record.completed_at or record.issued_at
    tell(STEPS)
    bundle = write_archive(record.number, files | {METADATA: text.encode()}, moment)
    return Made(record.number, bundle, paper, level)


def _sealed(session: Session, pages: bytes, proof: Proof, press: Press) -> tuple[bytes, str]:
    seal = press.seal(press.keys)
    if seal is None:
        return pages, ""
    above = [one.fingerprint(SHA256()).hex() for one in seal.chain]
    listed = [x509.load_pem_x509_crl(pem.encode()) for pem in newest_lists(session, above)]
    seal = replace(seal, revocation_lists=[*seal.revocation_lists, *listed])
    signers = [
        x509.load_pem_x509_certificate(content)
        for path, content in proof.files.items()
        if path.startswith(_CERTIFICATES)
    ]
    sealed = seal_pages(pages, seal, signers_of=signers, authority=press.authority)
    return sealed.pdf, sealed.level


def _pictures(page: Page, store: FileStore) -> dict[int, bytes]:
    """Return what is printed of each picture, by its entry; one that is damaged is missing, and the paper says so."""
    made = {}
    for file in page.sheet.files:
        if file.facts and file.facts.is_picture:
            with suppress(FileDamaged):
                made[file.entry.sequence] = picture_of(store, file, Shown.PRINT)
    return made
