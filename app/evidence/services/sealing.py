"""Sealing the paper: the hub's signature as PAdES, with a time stamp and all that verifies it, where the hub has them.

What can be reached depends on what the hub has: B-LTA with a time-stamping authority and revocation lists, B-T with an
authority alone, B-B with neither.
"""

import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
from asn1crypto import crl, keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "Seal"
QUERY = "application/timestamp-query"
SECONDS = 20.0
PDF_A_VERSION, PDF_2 = (1, 7), "/2.0"
NO_TOKEN = (httpx.HTTPError, TimestampRequestError, SigningError, PathError, ValidationError)

_log = logging.getLogger("cahier.evidence")

AskAuthority = Callable[[bytes], bytes]
"""Sends a time-stamp request to an authority and returns its response, both as DER (RFC 3161 §3.4)."""


@dataclass(frozen=True)
class Seal:
    """What the hub seals with: its key, its certificate, those above up to the root, and their revocation lists."""

    key: CertificateIssuerPrivateKeyTypes
    certificate: x509.Certificate
    chain: Sequence[x509.Certificate] = ()
    revocation_lists: Sequence[x509.CertificateRevocationList] = ()


@dataclass(frozen=True)
class Authority:
    """A time-stamping authority: how to ask it, and the roots that vouch for its tokens."""

    ask: AskAuthority
    roots: Sequence[x509.Certificate] = ()


@dataclass(frozen=True)
class Sealed:
    """A sealed PDF and the level that it reached, such as `B-LTA` (ETSI EN 319 142-1)."""

    pdf: bytes
    level: str


def ask_over_http(address: str) -> AskAuthority:
    """Return how to ask the authority at an address (RFC 3161 §3.4); raises httpx.HTTPError when it gives no answer."""

    def ask(request: bytes) -> bytes:
        answer = httpx.post(address, content=request, headers={"Content-Type": QUERY}, timeout=SECONDS)
        return answer.raise_for_status().content

    return ask


def seal_of(keys_folder: Path) -> Seal | None:
    """Return the seal of this hub, from the files of its certificate authority; None while there are none."""
    folder = keys_folder / "ca"
    try:
        key = load_pem_private_key((folder / "seal.key").read_bytes(), password=None)
        seal, issuing, root = (_certificate(folder / f"{name}.crt") for name in ("seal", "issuing", "root"))
        listed = x509.load_pem_x509_crl((folder / "root.crl").read_bytes())
    except FileNotFoundError:
        return None
    return Seal(cast(CertificateIssuerPrivateKeyTypes, key), seal, (issuing, root), (listed,))


def authority_at(addresses: Sequence[str], roots: Path) -> Authority | None:
    """Return the first of the hub's time-stamping authorities, with the roots in a folder; None where it has none."""
    if not addresses:
        return None
    return Authority(ask_over_http(addresses[0]), roots_in(roots))


def roots_in(folder: Path) -> list[x509.Certificate]:
    """Return the certificates in a folder of PEM files, by file name."""
    paths = sorted([*folder.glob("*.pem"), *folder.glob("*.crt")])
    return [one for path in paths for one in x509.load_pem_x509_certificates(path.read_bytes())]


def seal_pages(
    pdf: bytes, seal: Seal, *, signers_of: Sequence[x509.Certificate] = (), authority: Authority | None = None
) -> Sealed:
    """Seal a PDF, with the certificates of those who signed the record beside the hub's own.

    An authority that gives no token that can be relied on is done without; the level says so.
    """
    if authority is None:
        return _sealed(pdf, seal, signers_of, None, "B-B")
    level = "B-LTA" if seal.revocation_lists else "B-T"
    try:
        return _sealed(pdf, seal, signers_of, authority, level)
    except NO_TOKEN:
        _log.warning("no time stamp for a paper, which is sealed without", exc_info=True)
        return _sealed(pdf, seal, signers_of, None, "B-B")


def _sealed(
    pdf: bytes, seal: Seal, signers_of: Sequence[x509.Certificate], authority: Authority | None, level: str
) -> Sealed:
    for_good = level == "B-LTA"
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=for_good,
        use_pades_lta=for_good,
        validation_context=_context(seal, authority) if for_good else None,
    )
    known = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    known.register_multiple([_plain(one) for one in (*seal.chain, *signers_of)])
    signer = signers.SimpleSigner(_plain(seal.certificate), _plain_key(seal.key), known)
    stamper = _Asking(authority.ask) if authority else None
    made = io.BytesIO()
    signers.PdfSigner(metadata, signer, timestamper=stamper).sign_pdf(_PdfAWriter(io.BytesIO(pdf)), output=made)
    return Sealed(made.getvalue(), level)


class _PdfAWriter(IncrementalPdfFileWriter):
    """Keeps a paper what PDF/A-3 lets it be, PDF 1.7: an elliptic curve has pyHanko announce PDF 2.0 (ISO/TS 32002)."""

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Raise the version as asked, and never above 1.7."""
        super().ensure_output_version(min(version, PDF_A_VERSION))  # type: ignore[no-untyped-call]

    def register_extension(self, ext: DeveloperExtension) -> None:
        """Announce an extension, unless it is one of PDF 2.0."""
        if ext.base_version != PDF_2:
            super().register_extension(ext)


class _Asking(TimeStamper):
    """Gets tokens by whatever way the hub asks its authority."""

    def __init__(self, ask: AskAuthority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ask = ask

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Ask for one token."""
        return tsp.TimeStampResp.load(self._ask(req.dump()))


def _context(seal: Seal, authority: Authority | None) -> ValidationContext:
    roots = [one for one in seal.chain if one.issuer == one.subject]
    return ValidationContext(
        trust_roots=[_plain(one) for one in (*roots, *(authority.roots if authority else ()))],
        other_certs=[_plain(one) for one in seal.chain],
        crls=[crl.CertificateList.load(one.public_bytes(Encoding.DER)) for one in seal.revocation_lists],
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def _certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _plain(certificate: x509.Certificate) -> Any:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _plain_key(key: CertificateIssuerPrivateKeyTypes) -> Any:
    return keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
