"""Reading a time-stamp token as the CMS structure that it is: whose certificate it names, and when that ends.

Formats: RFC 5652 (signed data), RFC 5035 (the attribute that names the signing certificate), RFC 5816.
"""

import hashlib
from datetime import datetime
from typing import Any

from asn1crypto import cms, tsp
from cryptography import x509

_HASHES = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
# Loading this module is what teaches asn1crypto the two attributes that name a certificate.
_NAMING = (tsp.SigningCertificate, tsp.SigningCertificateV2)
UNREADABLE = (ValueError, TypeError, KeyError, IndexError)


def check_signer_named(token: bytes) -> None:
    """Raise ValueError unless the signed attributes name exactly the certificate that the signature names (TSP-4)."""
    try:
        signed = _signed(token)
        (signer,) = signed["signer_infos"]
        certificate = _signing(signed)
        attributes = {one["type"].native: one["values"] for one in signer["signed_attrs"]}
        if "signing_certificate_v2" in attributes:
            named = attributes["signing_certificate_v2"][0]["certs"][0]
            digest = _HASHES[named["hash_algorithm"]["algorithm"].native]
        else:  # the attribute from before RFC 5816 knows SHA-1 only; it picks the certificate, the key then verifies
            named, digest = attributes["signing_certificate"][0]["certs"][0], hashlib.sha1
        whole = certificate.dump()
        is_named = named["cert_hash"].native == digest(whole).digest()
        place = named["issuer_serial"]
        if place.native is not None:
            is_named = is_named and place["serial_number"].native == certificate.serial_number
    except UNREADABLE as error:
        raise ValueError(f"the token does not say whose it is: {type(error).__name__}") from None
    if not is_named:
        raise ValueError("the signed attributes name another certificate than the signature")


def end_of(token: bytes) -> datetime | None:
    """Return when the first of the certificates in a token ends, a root's aside; None for a token without any."""
    try:
        held = [x509.load_der_x509_certificate(one.dump()) for one in _signed(token)["certificates"]]
    except UNREADABLE:
        return None
    below = [one for one in held if one.subject != one.issuer] or held
    return min((one.not_valid_after_utc for one in below), default=None)


def as_reply(token: bytes) -> bytes:
    """Return a token in the reply that an authority gave it in, for libraries that read only replies (RFC 3161)."""
    content = cms.ContentInfo.load(token)
    return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": content}).dump())


def _signed(token: bytes) -> Any:
    return cms.ContentInfo.load(token)["content"]


def _signing(signed: Any) -> Any:
    """Return the certificate that the signature names; raises IndexError where the token does not carry it."""
    (signer,) = signed["signer_infos"]
    sid = signer["sid"]
    held = [one.chosen for one in signed["certificates"]]
    if sid.name == "issuer_and_serial_number":
        wanted = sid.chosen
        found = [
            one
            for one in held
            if one.serial_number == wanted["serial_number"].native and one.issuer == wanted["issuer"]
        ]
    else:
        found = [one for one in held if one.key_identifier == sid.native]
    return found[0]
