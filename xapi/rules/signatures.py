"""Signed statements: a JSON web signature attached to a statement that says the same (xAPI-Data §2.6; RFC 7515).

A signature whose header brings a certificate is verified with it; whether the certificate is worth anything is for
whoever reads the statement to judge, as it is without one.
"""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact

from xapi.errors import Malformed
from xapi.rules.comparing import say_the_same
from xapi.rules.forms import is_timestamp
from xapi.rules.parts import Attached
from xapi.rules.texts import read_value

USAGE: Final = "http://adlnet.gov/expapi/attachments/signature"
_ALGORITHMS = ("RS256", "RS384", "RS512")
_MEDIA_TYPE = "application/octet-stream"
_PLACE = "attachments"


class _Sizes(JWSRegistry):
    """What a signature may hold: a chain of certificates in its header, and a statement of any length."""

    max_header_length = 64 * 1024
    max_payload_length = 32 * 1024 * 1024
    max_signature_length = 4 * 1024


_REGISTRY = _Sizes(algorithms=_ALGORITHMS, strict_check_header=False)


def check_signatures(statement: Mapping[str, Any], attached: Sequence[Attached]) -> None:
    """Raise Malformed for a statement with a signature that is none, is broken, or signs something else."""
    contents = {item.digest: item.content for item in attached}
    for attachment in statement.get("attachments", ()):
        if attachment["usageType"] != USAGE:
            continue
        if attachment["contentType"] != _MEDIA_TYPE:
            raise Malformed(_PLACE, f"a signature must have the content type {_MEDIA_TYPE}")
        digest = attachment["sha2"].lower()
        if digest in contents:
            _check_signature(contents[digest], statement)


def _check_signature(content: bytes, statement: Mapping[str, Any]) -> None:
    try:
        signature = extract_compact(content, registry=_REGISTRY)
        signed = read_value(signature.payload)
    except (JoseError, ValueError) as error:
        raise Malformed(_PLACE, f"a signature is no JSON web signature: {error}") from None
    header = signature.headers()
    if header.get("alg") not in _ALGORITHMS:
        raise Malformed(_PLACE, f"a signature must be made with one of {', '.join(_ALGORITHMS)}")
    if header.get("x5c"):
        _verify(signature, header["x5c"])
    if not isinstance(signed, dict) or not _is_same(signed, statement):
        raise Malformed(_PLACE, "a signature signs another statement than the one it is attached to")


def _is_same(signed: Mapping[str, Any], statement: Mapping[str, Any]) -> bool:
    if "timestamp" in signed:
        is_timestamp(signed["timestamp"], _PLACE)
    return say_the_same(signed, statement)


def _verify(signature: CompactSignature, chain: Sequence[str]) -> None:
    try:
        certificate = x509.load_der_x509_certificate(b64decode(chain[0], validate=True))
        pem = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        is_good = validate_compact(signature, RSAKey.import_key(pem), registry=_REGISTRY)
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError, LookupError) as error:
        raise Malformed(_PLACE, f"the certificate of a signature cannot be used: {error}") from None
    if not is_good:
        raise Malformed(_PLACE, "a signature is not of the key that its certificate names")
