"""Everything that proves one record, as the files of its bundle, read from one unchanging view of the database."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import __version__
from app.audit.models import HUB_LOG, Log
from app.audit.rotating import announcing_lines
from app.evidence.queries import lines as found
from app.evidence.queries.anchors import ReliedOn, anchors_of, certificates_of, enrolments_of
from app.evidence.queries.logs import ShownLog, shown_log
from app.evidence.queries.rows import rows_of
from app.evidence.queries.signatures import certificate_named, signature_files, token_named
from app.evidence.queries.texts import decisions_in, texts_in
from app.exercises.models import ExerciseVersion
from app.identity.models import Operator
from app.kernel import canonical, clock
from app.notebook.models import Record
from app.notebook.queries import sheet_of
from app.signatures.models import RevocationList, Signature
from app.signatures.queries import signatures_of
from app.storage.errors import FileAltered, FileMissing
from app.storage.files import FileStore

SCHEMA = "cahier.bundle.v1"
ATTACHMENTS = "evidence/attachments/"

_log = logging.getLogger("cahier.evidence")


@dataclass(frozen=True)
class Proof:
    """What proves a record: the files of its bundle by path, and how far its operator's log reaches in it."""

    files: dict[str, bytes]
    origin: str
    size: int


def prove(session: Session, record: Record, made_at: datetime, store: FileStore) -> Proof:
    """Return the files that prove a record; raise NotSealed while a line of it is under no checkpoint.

    A file that the store does not hold as it was is left out: the bundle then says that it is missing (PF-9).
    """
    log_id = session.scalars(select(Log.id).where(Log.operator_id == record.operator_id)).one()
    chain = found.chain_of(session, log_id, record)
    signatures = signatures_of(session, f"record:{record.id}")
    relied = _relied_on(session, log_id, signatures)
    rows = canonical.canonical_bytes(rows_of(session, record, relied.rows))
    written = [*(line.body for line in chain), *(signature.manifest.encode() for signature in signatures)]
    texts = texts_in(session, [rows, *written])
    erasures = found.lines_at(session, texts.erasures)
    opened = texts.opened | decisions_in(session, (line.facts()["reason"] for line in erasures))
    logs = {HUB_LOG: shown_log(session, HUB_LOG), log_id: shown_log(session, log_id)}
    stamped = _stamped_lists(session, relied)
    announced = {(one, index) for one in (HUB_LOG, log_id) for index in announcing_lines(session, one)}
    lines = {
        *chain,
        *found.quiet_days(session, logs[log_id].log, chain[0].index if chain else 0, logs[log_id].size),
        *erasures,
        *found.issues_of_series(session, log_id, record),
        *found.lines_at(session, relied.places | stamped.places | announced),
        *found.releases_named(session, chain),
    }
    files = {
        "evidence/rows.json": rows,
        "evidence/texts.json": canonical.canonical_bytes(opened),
        "evidence/exercise.json": _exercise(session, record),
        "evidence/bundle.json": canonical.canonical_bytes(_about(session, record, logs, made_at)),
        **signature_files(session, signatures),
        **relied.files,
        **stamped.files,
        **_attachments(session, record, store),
    }
    covering = logs[log_id].sizes_covering(signature.line_index for signature in signatures)
    for log_of, shown in logs.items():
        files |= shown.line_files(sorted(line for line in lines if line.log_id == log_of))
        files |= shown.checkpoint_files(relied.sizes | covering if log_of == log_id else stamped.sizes)
    return Proof(files, logs[log_id].log.origin, logs[log_id].size)


def _relied_on(session: Session, log_id: int, signatures: Sequence[Signature]) -> ReliedOn:
    whole = [signature for signature in signatures if signature.part is None]
    tokens = anchors_of(
        session,
        log_id,
        (signature.line_index for signature in whole),
        (token for signature in whole if (token := token_named(signature))),
    )
    certificates = certificates_of(
        session,
        (fingerprint for signature in signatures if (fingerprint := certificate_named(signature))),
        (signature.signed_at for signature in signatures),
    )
    passkeys = enrolments_of(session, (signature.id for signature in signatures))
    return ReliedOn(
        tokens.files | certificates.files,
        tokens.places | certificates.places | passkeys.places,
        tokens.sizes,
        certificates.rows + passkeys.rows,
    )


def _stamped_lists(session: Session, relied: ReliedOn) -> ReliedOn:
    """Return the tokens over the hub's log from which the revocation lists are known to have existed (KM-6)."""
    lists = (row.line_index for row in relied.rows if isinstance(row, RevocationList) and row.log_id == HUB_LOG)
    return anchors_of(session, HUB_LOG, lists, ())


def _attachments(session: Session, record: Record, store: FileStore) -> dict[str, bytes]:
    files = {}
    for file in sheet_of(session, record).files:
        if file.facts:
            try:
                files[f"{ATTACHMENTS}{file.facts.sha256}"] = store.read(file.facts.sha256)
            except (FileMissing, FileAltered):
                _log.exception("%s leaves without a file that its entry %s names", record.number, file.entry.sequence)
    return files


def _exercise(session: Session, record: Record) -> bytes:
    query = select(ExerciseVersion.content).where(
        ExerciseVersion.code == record.exercise_code, ExerciseVersion.version == record.exercise_version
    )
    return canonical.canonical_bytes(session.scalars(query).one())


def _about(session: Session, record: Record, logs: dict[int, ShownLog], made_at: datetime) -> dict[str, object]:
    operator = session.get_one(Operator, record.operator_id)
    series, year, _ = record.number.rsplit("-", 2)
    return {
        "schema": SCHEMA,
        "record": record.id,
        "number": record.number,
        "exercise": record.exercise_code,
        "operator": operator.code.lower(),
        "series": {"name": series, "year": int(year)},
        "log": {shown.name: {"origin": shown.log.origin, "size": shown.size} for shown in logs.values()},
        "made_at": clock.to_text(made_at),
        "release": __version__,
    }
