"""HTTPS on a bench network without a public name: an authority of the installation's own, and what it issues.

A tablet trusts the authority once. Because its key lies on this machine, the authority is limited by name constraints
(RFC 5280 §4.2.1.10) to private addresses, local names and the names it was made for: whoever steals the key cannot pass
for any other site. Keys are ECDSA P-256, in files of mode 600 under `var/tls`.
"""

import ipaddress
import os
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.kernel import clock
from app.kernel.errors import CahierError

AUTHORITY_VALID = timedelta(days=3650)
SERVER_VALID = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)
BEFORE_NOW = timedelta(hours=1)
"""A certificate begins an hour early, because a tablet's clock may be behind."""

LOCAL_NAMES = ("localhost", "local", "lan", "internal", "home.arpa")
PRIVATE_NETWORKS = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"),
    *("::1/128", "fc00::/7", "fe80::/10"),
)
_HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\Z"
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class CertificateRefused(CahierError):
    """A certificate cannot be made or used; the message says what to type."""

    code = "certificate"


@dataclass(frozen=True)
class Files:
    """Where the certificates of an installation stand."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The certificate that a tablet trusts."""
        return self.folder / "ca.crt"

    @property
    def authority_key(self) -> Path:
        """The key of the authority."""
        return self.folder / "ca.key"

    @property
    def server(self) -> Path:
        """The certificate that the server shows."""
        return self.folder / "server.crt"

    @property
    def server_key(self) -> Path:
        """The key of the server."""
        return self.folder / "server.key"


@dataclass(frozen=True)
class Certificate:
    """What stands in a certificate: the names it is for, how long it is valid, and its SHA-256 fingerprint."""

    names: tuple[str, ...]
    until: datetime
    fingerprint: str

    def expires_soon(self) -> bool:
        """Say whether it is time to make a new one."""
        return self.until - clock.now() < RENEW_BEFORE


def make_certificates(files: Files, hosts: Sequence[str], *, new_authority: bool = False) -> bool:
    """Make a server certificate for this machine, these hosts and those named before; an authority if there is none.

    Returns whether the authority is new, so that tablets must be told. Raises CertificateRefused for a host that is no
    host name or address, or that the authority may not vouch for.
    """
    extra = [_checked(host) for host in hosts]
    files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    is_new = new_authority or not files.authority.exists()
    earlier = [_checked(name) for name in read_certificate(files.server).names] if files.server.exists() else []
    names = list(dict.fromkeys([*_own_names(), *earlier, *extra]))
    if is_new:
        _make_authority(files, names)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    for name in extra:
        _check_permitted(authority, name)
    _make_server(files, authority, [name for name in names if _is_permitted(authority, name)])
    return is_new


def read_certificate(path: Path) -> Certificate:
    """Read what stands in a certificate; raise CertificateRefused when there is none that can be read."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        raise CertificateRefused("there is no certificate yet: run `cahier tls init`") from None
    except ValueError:
        raise CertificateRefused(f"{path} is no certificate: run `cahier tls init`") from None
    names: tuple[str, ...] = ()
    try:
        held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = tuple(str(name.value) for name in held)
    except x509.ExtensionNotFound:
        pass  # the authority's own names nobody
    fingerprint = ":".join(f"{byte:02X}" for byte in found.fingerprint(hashes.SHA256()))
    return Certificate(names, found.not_valid_after_utc, fingerprint)


def addresses_of_this_machine() -> list[Address]:
    """Return the addresses under which others on the network reach this machine, as far as it knows itself."""
    found = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")}
    for family, remote in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            # Connecting a datagram socket sends nothing; it only asks which address would be used.
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((remote, 9))
                found.add(ipaddress.ip_address(probe.getsockname()[0]))
        except OSError:
            continue
    try:
        for *_, address in socket.getaddrinfo(socket.gethostname(), None):
            found.add(ipaddress.ip_address(str(address[0]).partition("%")[0]))
    except OSError:
        pass  # a machine whose own name does not resolve has only the addresses above
    return sorted(found, key=lambda address: (not address.is_loopback, address.version, address))


def _own_names() -> list[str | Address]:
    names = {"localhost", *(socket.gethostname().lower(), socket.getfqdn().lower())}
    hosts = sorted(name for name in names if _HOST.match(name))
    return [*hosts, *addresses_of_this_machine()]


def _checked(host: str) -> str | Address:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().rstrip(".")
    if not _HOST.match(name):
        raise CertificateRefused(f"{host!r} is no host name and no address")
    return name


def _make_authority(files: Files, names: Sequence[str | Address]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Cahier on {socket.gethostname()[:40]}")])
    hosts = [*LOCAL_NAMES, *(host for host in names if isinstance(host, str))]
    networks = [*PRIVATE_NETWORKS, *(str(address) for address in names if not isinstance(address, str))]
    permitted: list[x509.GeneralName] = [x509.DNSName(host) for host in dict.fromkeys(hosts)]
    permitted += [x509.IPAddress(ipaddress.ip_network(network)) for network in dict.fromkeys(networks)]
    usage = _usage(signs_certificates=True)
    builder = (
        _builder(subject, subject, key.public_key(), AUTHORITY_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    _write(files.authority_key, _pem(key))
    _write(files.authority, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _make_server(files: Files, authority: x509.Certificate, names: Iterable[str | Address]) -> None:
    signing = serialization.load_pem_private_key(files.authority_key.read_bytes(), None)
    if not isinstance(signing, ec.EllipticCurvePrivateKey):
        raise CertificateRefused(f"{files.authority_key} is no key of ours: run `cahier tls init --new-authority`")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cahier")])
    alternatives = [x509.DNSName(name) if isinstance(name, str) else x509.IPAddress(name) for name in names]
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    builder = (
        _builder(subject, authority.subject, key.public_key(), SERVER_VALID)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer, critical=False)
    )
    _write(files.server_key, _pem(key))
    _write(files.server, builder.sign(signing, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, valid: timedelta
) -> x509.CertificateBuilder:
    now = clock.now().replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE_NOW)
        .not_valid_after(now + valid)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _check_permitted(authority: x509.Certificate, name: str | Address) -> None:
    if not _is_permitted(authority, name):
        raise CertificateRefused(
            f"the authority that tablets trust by now may not vouch for {name}: "
            f"run `cahier tls init --new-authority --host {name}`, then let every tablet trust the new one"
        )


def _is_permitted(authority: x509.Certificate, name: str | Address) -> bool:
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    for permitted in constraints.permitted_subtrees or ():
        if isinstance(permitted, x509.DNSName) and isinstance(name, str):
            if name == permitted.value or name.endswith("." + permitted.value):
                return True
        elif isinstance(permitted, x509.IPAddress) and not isinstance(name, str):
            network = permitted.value
            if isinstance(network, ipaddress.IPv4Network | ipaddress.IPv6Network) and name in network:
                return True
    return False


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place whole, readable by its owner alone from the first byte on."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    new.rename(path)
