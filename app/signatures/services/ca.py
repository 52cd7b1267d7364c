"""The hub's certificate authority as files: a root that is carried away, an issuing authority, a seal (KM-1).

    <keys>/ca/root.crt        the root that is in use; its key belongs elsewhere
    <keys>/ca/root.crl        the root's own revocation list
    <keys>/ca/root/           root.key and root.crt where `cahier init` made a root, until they are moved away
    <keys>/ca/issuing.key     signs certificates of persons, revocation lists, the seal's certificate
    <keys>/ca/seal.key        seals what leaves the house; never signs for a person
    <keys>/ca/earlier-N.key   issuing keys from before a ceremony, kept for their revocation lists

Private keys never reach the database; certificates and lists do (app/signatures/services/certifying.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.signatures.errors import AuthorityMissing, RootRefused
from app.signatures.rules import Level
from app.signatures.services.profiles import (
    ROOT_LIST_VALID,
    PrivateKey,
    make_issuing,
    make_leaf,
    make_list,
    make_root,
    new_private_key,
)
from app.storage.keeping import replace_file

FOLDER = "ca"
SEAL_NAME = "Cahier seal"


@dataclass(frozen=True)
class Authority:
    """The issuing authority of a running hub; `level` is what the hub claims of the signatures it certifies."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    level: Level = Level.ADVANCED

    @property
    def fingerprint(self) -> str:
        """The SHA-256 fingerprint of the authority's certificate."""
        return fingerprint_of(self.certificate)


class Root(NamedTuple):
    """An opened root: for the length of a ceremony."""

    certificate: x509.Certificate
    key: PrivateKey


class SealIdentity(NamedTuple):
    """What seals what leaves the house: the key, its certificate, and those above it, the root last."""

    key: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]


class Public(NamedTuple):
    """Everything public that the files hold: what an act writes into the trail."""

    root: x509.Certificate
    issuing: x509.Certificate
    seal: x509.Certificate
    root_list: x509.CertificateRevocationList


def has_authority(keys: Path) -> bool:
    """Say whether an issuing authority stands in the folder of keys."""
    return (keys / FOLDER / "issuing.key").exists()


def init_root(folder: Path, origin: str, passphrase: bytes | None) -> x509.Certificate:
    """Make a root in a folder, its key encrypted where there is a passphrase; raise RootRefused where one stands."""
    if (folder / "root.key").exists():
        raise RootRefused(f"there is a root in {folder} already; it is never overwritten")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = new_private_key()
    certificate = make_root(key, origin)
    replace_file(folder / "root.crt", pem_of(certificate))
    replace_file(folder / "root.key", _private_pem(key, passphrase))
    return certificate


def open_root(folder: Path, passphrase: bytes | None) -> Root:
    """Open a root for a ceremony; raise RootRefused without one, or for a passphrase that does not open it."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / "root.crt").read_bytes())
        key = serialization.load_pem_private_key((folder / "root.key").read_bytes(), passphrase)
    except FileNotFoundError as error:
        raise RootRefused(f"there is no root in {folder}: {Path(error.filename).name} is missing") from None
    except (ValueError, TypeError):
        raise RootRefused("the passphrases do not open this root") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise RootRefused(f"root.key and root.crt in {folder} do not belong together")
    return Root(certificate, key)


def init_issuing(keys: Path, root: Root) -> None:
    """Make an issuing authority and a seal under a root; the one before stays, for its revocation lists alone."""
    folder = keys / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _put_earlier_aside(folder)
    key, seal_key = new_private_key(), new_private_key()
    issuing = make_issuing(key.public_key(), root.certificate, root.key)
    seal = make_leaf(seal_key.public_key(), SEAL_NAME, issuing, key, is_seal=True)
    revoked = make_list(root.certificate, root.key, 1, (), ROOT_LIST_VALID)
    replace_file(folder / "root.crt", pem_of(root.certificate))
    replace_file(folder / "root.crl", revoked.public_bytes(serialization.Encoding.PEM))
    replace_file(folder / "seal.crt", pem_of(seal))
    replace_file(folder / "seal.key", _private_pem(seal_key))
    replace_file(folder / "issuing.crt", pem_of(issuing))
    # Last: where this file stands, everything stands.
    replace_file(folder / "issuing.key", _private_pem(key))


def open_authority(keys: Path, level: Level = Level.ADVANCED) -> Authority:
    """Open the issuing authority; raise AuthorityMissing where `cahier init` made none, or it cannot be read."""
    return _open(keys / FOLDER / "issuing.key", level)


def find_authority(keys: Path) -> Authority | None:
    """Open the issuing authority if it is there: what ends a key must not fail because it is not."""
    return open_authority(keys) if has_authority(keys) else None


def all_authorities(keys: Path) -> list[Authority]:
    """Open the issuing authority and those before it, each of which answers for the certificates it issued."""
    folder = keys / FOLDER
    paths = [*folder.glob("issuing.key"), *sorted(folder.glob("earlier-*.key"))]
    return [_open(path, Level.ADVANCED) for path in paths]


def public_part(keys: Path) -> Public:
    """Read what is public of the authority; raise AuthorityMissing."""
    folder = keys / FOLDER
    try:
        root, issuing, seal = (_certificate(folder / f"{name}.crt") for name in ("root", "issuing", "seal"))
        return Public(root, issuing, seal, x509.load_pem_x509_crl((folder / "root.crl").read_bytes()))
    except (FileNotFoundError, ValueError):
        raise AuthorityMissing from None


def seal_identity(keys: Path) -> SealIdentity:
    """Open the hub's seal; raise AuthorityMissing where there is none."""
    public = public_part(keys)
    return SealIdentity(_key(keys / FOLDER / "seal.key"), public.seal, (public.issuing, public.root))


def root_left_behind(keys: Path) -> Path | None:
    """Return where the key of a root lies that should have been carried away."""
    path = keys / FOLDER / "root" / "root.key"
    return path if path.exists() else None


def fingerprint_of(certificate: x509.Certificate) -> str:
    """Return the SHA-256 fingerprint of a certificate as 64 hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def pem_of(certificate: x509.Certificate) -> bytes:
    """Return a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def joined_passphrase(parts: Sequence[str]) -> bytes:
    """Return the passphrase that the custodians know only together (KM-10); raise RootRefused for a short part."""
    if any(len(part) < 12 for part in parts):
        raise RootRefused("each custodian's part has at least 12 characters")
    return "\n".join(parts).encode()


def _open(path: Path, level: Level) -> Authority:
    return Authority(_certificate(path.with_suffix(".crt")), _key(path), level)


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        raise AuthorityMissing from None


def _key(path: Path) -> PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (FileNotFoundError, ValueError, TypeError):
        raise AuthorityMissing from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise AuthorityMissing
    return key


def _put_earlier_aside(folder: Path) -> None:
    if not (folder / "issuing.key").exists():
        return
    number = len(list(folder.glob("earlier-*.key"))) + 1
    for ending in (".crt", ".key"):
        (folder / f"issuing{ending}").rename(folder / f"earlier-{number}{ending}")


def _private_pem(key: PrivateKey, passphrase: bytes | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
