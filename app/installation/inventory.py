"""The inventory of keys: every key the hub depends on, and every file beside them that nobody can explain (KM-12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.signer import CheckpointSigner
from app.identity.models import Person
from app.installation.certificates import Files
from app.kernel import clock
from app.signatures.models import Certificate, SigningKey
from app.signatures.services.ca import FOLDER
from app.storage.vault import ENDING
from config import secrets
from config.settings import Settings

HUB = "the hub"
CUSTODIANS = "two custodians"
P256 = "ECDSA P-256"
UNKNOWN = "before keys of logs could change"


@dataclass(frozen=True)
class Key:
    """One key: what it is for, who answers for it, where it is, since when and until when, and how it is changed."""

    purpose: str
    owner: str
    location: str
    algorithm: str
    created: str
    expires: str
    rotation: str


@dataclass(frozen=True)
class _Kind:
    """What is known of a kind of file: its names under the folder, and what is said of each."""

    pattern: str
    purpose: str
    algorithm: str
    rotation: str
    owner: str = HUB


SECRETS = (
    _Kind(secrets.SESSION, "signs the cookies of sessions", "HMAC", "remove the file, cahier init"),
    _Kind(secrets.PEPPER, "is mixed into the wrapping of every personal key", "HKDF-SHA-256", "never, while keys are"),
    _Kind(secrets.DELIVERY, "seals the passwords of targets", "AES-256-GCM", "remove the file, cahier init"),
    _Kind(secrets.FACTORS, "seals the secrets of authenticators", "AES-256-GCM", "remove the file, cahier init"),
    _Kind(secrets.VAULT, "wraps the key store", "AES-256-GCM", "never, while the key store is"),
)
AUTHORITY = (
    _Kind("root/root.key", "certifies the issuing authority", P256, "cahier ca init-root", CUSTODIANS),
    _Kind("issuing.key", "certifies people and signs revocation lists", P256, "cahier ca issue-issuing"),
    _Kind("earlier-*.key", "signs revocation lists for what it issued", P256, "stays until its certificates end"),
    _Kind("seal.key", "seals what leaves the house", P256, "cahier ca issue-issuing"),
)
"""Keys under `<keys>/ca`, each beside its certificate."""

LOGS = _Kind("log-*.key", "signs the checkpoints of one log", "Ed25519", "cahier audit key rotate")
WAITING = _Kind("log-*.next", "is to sign the checkpoints of one log", "Ed25519", "cahier audit checkpoint")
PUBLIC_FILES = ("log.lock", "log-*.checkpoint", "log-*.keys", "ca/*.crt", "ca/*.crl", "ca/root/root.crt")


def list_keys(session: Session, settings: Settings) -> list[Key]:
    """Return every key there is: files under the folder of keys, those of HTTPS, and the keys of people by number."""
    return [*_in_files(settings), *_earlier_of_logs(settings), *_of_data(settings), *_personal(session)]


def unlisted_files(settings: Settings) -> list[Path]:
    """Return the files beside keys that are in no inventory."""
    listed = {Path(key.location) for key in _in_files(settings)}
    listed |= {path for pattern in PUBLIC_FILES for path in settings.keys.glob(pattern)}
    tls = Files(settings.var / "tls")
    listed |= {tls.authority, tls.server}
    found = [path for folder in (settings.keys, tls.folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(path for path in found if path not in listed)


def _in_files(settings: Settings) -> Iterator[Key]:
    for kind in (*SECRETS, LOGS, WAITING):
        yield from _files(settings.keys, kind)
    for kind in AUTHORITY:
        yield from _files(settings.keys / FOLDER, kind)
    tls = settings.var / "tls"
    yield from _files(tls, _Kind("ca.key", "certifies this server to tablets", P256, "cahier tls init --new-authority"))
    yield from _files(tls, _Kind("server.key", "serves HTTPS", P256, "cahier tls init"))


def _files(folder: Path, kind: _Kind) -> Iterator[Key]:
    for path in sorted(folder.glob(kind.pattern)):
        purpose = kind.purpose
        if kind in (LOGS, WAITING):
            purpose = f"{purpose}: {path.stem.removeprefix('log-').replace('_', '/')}"
        created = clock.to_text(datetime.fromtimestamp(path.stat().st_mtime, UTC))
        yield Key(purpose, kind.owner, str(path), kind.algorithm, created, _expiry(path), kind.rotation)


def _of_data(settings: Settings) -> Iterator[Key]:
    """Yield the key store, by number: each tree there is a person's, or the hub's."""
    trees = sum(1 for _ in settings.vault.glob(f"*{ENDING}"))
    if trees:
        yield Key(
            f"{trees} trees of keys, each opens what one person wrote, or what was attached",
            HUB,
            str(settings.vault),
            "AES-256-GCM",
            "with the first text of each",
            "",
            "none: a key is destroyed when what it opens is erased",
        )


def _earlier_of_logs(settings: Settings) -> Iterator[Key]:
    """Yield the keys that logs had before: gone, and good for the checkpoints that they signed."""
    signer = CheckpointSigner(settings.keys)
    for origin in signer.origins():
        for one in signer.history(origin).keys[:-1]:
            yield Key(
                f"signed the checkpoints of fewer than {one.end} lines of one log: {origin}",
                HUB,
                f"destroyed; its public key: {one.key.to_text()}",
                LOGS.algorithm,
                one.since or UNKNOWN,
                one.until,
                "none: it was succeeded",
            )


def _expiry(path: Path) -> str:
    """Return when the certificate beside a key ends, if there is one."""
    beside = path.with_suffix(".crt")
    if path.suffix != ".key" or not beside.exists():
        return ""
    return clock.to_text(x509.load_pem_x509_certificate(beside.read_bytes()).not_valid_after_utc)


def _personal(session: Session) -> Iterator[Key]:
    """Yield the keys of people that have not ended: in the database, opened by nobody but their owners."""
    query = (
        select(SigningKey, Person, func.max(Certificate.not_after))
        .join(Person, Person.id == SigningKey.person_id)
        .outerjoin(Certificate, Certificate.key_id == SigningKey.id)
        .where(SigningKey.ended_at.is_(None))
        .group_by(*SigningKey.__table__.columns, *Person.__table__.columns)
        .order_by(SigningKey.made_at, SigningKey.id)
    )
    for row in session.execute(query).all():
        key, holder = row[0], row[1]
        until: datetime | None = row[2]
        yield Key(
            f"signs for a person ({key.state.value})",
            holder.login or key.person_id,
            f"database, table signing_key, {key.id}, wrapped",
            key.algorithm,
            clock.to_text(key.made_at),
            clock.to_text(until) if until is not None else "",
            "a new key each year, with a new certificate",
        )
