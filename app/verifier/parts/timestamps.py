"""Time-stamp tokens: RFC 3161 with RFC 5816, in signed data of RFC 5652."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from app.verifier.parts.certificates import certificate_of_der, find_chain
from app.verifier.parts.der import INTEGER, OBJECT, OCTET_STRING, SEQUENCE, SET, Element, read_der
from app.verifier.parts.faults import Malformed

SIGNED_DATA, TIME_STAMP = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
RSA_PSS = "1.2.840.113549.1.1.10"
DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
}
# Signature algorithms that name a digest of their own, which must be the signer's.
SIGNATURE_DIGESTS = {
    "1.2.840.113549.1.1.11": "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.12": "2.16.840.1.101.3.4.2.2",
    "1.2.840.113549.1.1.13": "2.16.840.1.101.3.4.2.3", "1.2.840.10045.4.3.2": "2.16.840.1.101.3.4.2.1",
    "1.2.840.10045.4.3.3": "2.16.840.1.101.3.4.2.2", "1.2.840.10045.4.3.4": "2.16.840.1.101.3.4.2.3",
}  # fmt: skip
OTHER_SIGNATURES = {"1.2.840.113549.1.1.1", RSA_PSS, "1.3.101.112", "1.2.840.10045.2.1"}
CERTIFICATES, REVOCATIONS, SIGNED_ATTRIBUTES, KEY_IDENTIFIER = 0xA0, 0xA1, 0xA0, 0x80


@dataclass(frozen=True)
class Token:
    """A time-stamp token as read: what it stamps, when, and what is needed to verify who says so."""

    imprint: tuple[str, bytes]
    time: datetime
    content: bytes
    attributes: dict[str, Element]
    signed: bytes
    digest: str
    algorithm: str
    signature: bytes
    certificates: list[x509.Certificate]

    def stamps(self, data: bytes) -> bool:
        """Say whether the token is over these bytes."""
        return self.imprint[1] == _hashed(self.imprint[0], data)


def read_token(data: bytes) -> Token:
    """Return a token from its DER; Malformed for anything else, or for one with several signers."""
    kind, wrapped = _exactly(read_der(data).parts(), 2)
    if kind.object() != SIGNED_DATA:
        raise Malformed("token")
    (inside,) = _exactly(_exactly(wrapped.parts(0xA0), 1)[0], 1, SEQUENCE)
    version, _, encapsulated, *others = _exactly(inside.parts(), 4, at_least=True)
    version.integer()
    content = _content(encapsulated)
    certificates = [one for part in others if part.tag == CERTIFICATES for one in part.parts(CERTIFICATES)]
    if others[-1].tag != SET or any(part.tag not in {CERTIFICATES, REVOCATIONS} for part in others[:-1]):
        raise Malformed("token")
    (signer,) = _exactly(others[-1].parts(SET), 1)
    imprint, time = _stamped(content)
    known = [certificate_of_der(one.raw) for one in certificates[:20] if one.tag == SEQUENCE]
    return Token(imprint, time, content, *_signer(signer), certificates=known)


def verify_token(token: Token, pool: list[x509.Certificate], roots: list[x509.Certificate]) -> datetime:
    """Return when the certificates behind a token end, the root's aside: until then it proves by itself.

    Refuses, as Malformed, a token that its signer did not sign, or whose signer no root knows.
    """
    kind = _one_value(token.attributes, CONTENT_TYPE).object()
    digest = _one_value(token.attributes, MESSAGE_DIGEST).expect(OCTET_STRING).content
    if kind != TIME_STAMP or digest != _hashed(token.digest, token.content):
        raise Malformed("token-content")
    known = [*token.certificates, *pool]
    signers = [one for one in known if _is_named(token, one)]
    if not signers:
        raise Malformed("token-signer")
    if not _is_signed(token, signers[0]):
        raise Malformed("token-signature")
    chain = find_chain(signers[0], known, roots, token.time, "time")
    return min(one.not_valid_after_utc for one in chain[: max(len(chain) - 1, 1)])


def _exactly(parts: list[Element] | Element, count: int, tag: int = 0, at_least: bool = False) -> list[Element]:
    """Return the elements if they are as many as they must be, and each carries the tag if one is given."""
    listed = [parts] if isinstance(parts, Element) else parts
    if len(listed) < count or (len(listed) > count and not at_least):
        raise Malformed("der")
    return [one.expect(tag) if tag else one for one in listed]


def _content(encapsulated: Element) -> bytes:
    kind, wrapped = _exactly(encapsulated.parts(), 2)
    if kind.object() != TIME_STAMP:
        raise Malformed("token")
    (octets,) = _exactly(wrapped.parts(0xA0), 1, OCTET_STRING)
    return octets.content


def _stamped(content: bytes) -> tuple[tuple[str, bytes], datetime]:
    """Return the imprint and the time of a TSTInfo."""
    version, policy, imprint, serial, generated, *_ = _exactly(read_der(content).parts(), 5, at_least=True)
    algorithm, hashed = _exactly(imprint.parts(), 2)
    if version.integer() != 1:
        raise Malformed("token")
    policy.expect(OBJECT)
    serial.expect(INTEGER)
    return (_algorithm(algorithm), hashed.expect(OCTET_STRING).content), generated.moment()


def _signer(signer: Element) -> tuple[dict[str, Element], bytes, str, str, bytes]:
    """Return the signed attributes, the bytes that were signed, the two algorithms, and the signature."""
    version, identity, digest, attributes, algorithm, signature, *_ = _exactly(signer.parts(), 6, at_least=True)
    version.integer()
    if identity.tag not in {SEQUENCE, KEY_IDENTIFIER}:
        raise Malformed("token")
    listed = [_exactly(one.parts(), 2) for one in attributes.parts(SIGNED_ATTRIBUTES)]
    found = {name.object(): values for name, values in listed}
    if len(found) != len(listed):
        raise Malformed("token")
    # What is signed is the attributes as a SET, although they stand there under a tag of their place (RFC 5652 §5.4).
    signed = bytes([SET]) + attributes.raw[1:]
    return found, signed, _algorithm(digest), _algorithm(algorithm), signature.expect(OCTET_STRING).content


def _algorithm(element: Element) -> str:
    return _exactly(element.parts(), 1, at_least=True)[0].object()


def _one_value(attributes: dict[str, Element], name: str) -> Element:
    if name not in attributes:
        raise Malformed("token-content")
    return _exactly(attributes[name].parts(SET), 1)[0]


def _hashed(algorithm: str, data: bytes) -> bytes:
    if algorithm not in DIGESTS:
        raise Malformed("token-algorithm")
    hasher = hashes.Hash(DIGESTS[algorithm]())
    hasher.update(data)
    return hasher.finalize()


def _is_named(token: Token, certificate: x509.Certificate) -> bool:
    """Say whether the signed attributes name this certificate as the one that signs."""
    der = certificate.public_bytes(Encoding.DER)
    if SIGNING_CERTIFICATE_V2 in token.attributes:
        listed = _one_value(token.attributes, SIGNING_CERTIFICATE_V2)
        first, *rest = _exactly(_first_identity(listed).parts(), 1, at_least=True)
        if first.tag == OCTET_STRING:
            return first.content == hashlib.sha256(der).digest()
        return _exactly(rest, 1, at_least=True)[0].expect(OCTET_STRING).content == _hashed(_algorithm(first), der)
    if SIGNING_CERTIFICATE in token.attributes:
        listed = _one_value(token.attributes, SIGNING_CERTIFICATE)
        named = _exactly(_first_identity(listed).parts(), 1, at_least=True)[0].expect(OCTET_STRING).content
        # The old attribute knows SHA-1 only; it picks the certificate, whose key then has to verify.
        return named == hashlib.sha1(der, usedforsecurity=False).digest()
    raise Malformed("token-signer")


def _first_identity(attribute: Element) -> Element:
    identities = _exactly(attribute.parts(), 1, at_least=True)[0]
    return _exactly(identities.parts(), 1, at_least=True)[0].expect(SEQUENCE)


def _is_signed(token: Token, certificate: x509.Certificate) -> bool:
    if SIGNATURE_DIGESTS.get(token.algorithm, token.digest) != token.digest or token.digest not in DIGESTS:
        raise Malformed("token-algorithm")
    if token.algorithm not in SIGNATURE_DIGESTS and token.algorithm not in OTHER_SIGNATURES:
        raise Malformed("token-algorithm")
    key, digest = certificate.public_key(), DIGESTS[token.digest]()
    try:
        if isinstance(key, rsa.RSAPublicKey) and token.algorithm == RSA_PSS:
            pss = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
            key.verify(token.signature, token.signed, pss, digest)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(token.signature, token.signed, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(token.signature, token.signed, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(token.signature, token.signed)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
