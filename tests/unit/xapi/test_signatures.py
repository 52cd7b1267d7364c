"""Signed statements: what is a signature of the statement it is attached to, and what is not."""

import json
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry, serialize_compact

from tests.unit.xapi.trail import statement
from xapi.errors import Malformed
from xapi.rules.parts import Attached
from xapi.rules.signatures import USAGE, check_signatures

DIGEST = "ab" * 32


class Large(JWSRegistry):
    """Signatures of any size, as others make them."""

    max_header_length = max_payload_length = 10**9


LARGE = Large(algorithms=["RS256", "RS384", "RS512"], strict_check_header=False)


@cache
def key(_number):
    """Return a key of somebody, for each number another."""
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate(number=1, *, elliptic=False):
    """Return somebody's certificate as it stands in a header."""
    owner = ec.generate_private_key(ec.SECP256R1()) if elliptic else key(number)
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")]), datetime.now(UTC)
    building = x509.CertificateBuilder(name, name, owner.public_key(), x509.random_serial_number())
    building = building.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    made = building.sign(owner, hashes.SHA256())
    return b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def jose(number=1):
    """Return a key as the library takes it."""
    pem = key(number).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return RSAKey.import_key(pem)


def sign(payload, algorithm="RS256", number=1, **header):
    """Return a signature over a payload."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return serialize_compact({"alg": algorithm} | header, data, jose(number), registry=LARGE).encode()


def made_by_hand(header, payload=b"{}", signature=b"x"):
    """Return a signature with any header at all."""
    return b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in (header, payload, signature))


def check(content, value, **attachment):
    """Check a statement to which a content is attached as its signature."""
    named = {
        "usageType": USAGE,
        "display": {"en": "signature"},
        "contentType": "application/octet-stream",
        "length": len(content),
        "sha2": DIGEST,
    }
    check_signatures(value | {"attachments": [named | attachment]}, [Attached(DIGEST, content)])


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
@pytest.mark.parametrize("with_certificate", [True, False])
def test_a_signature_of_the_same_statement_is_accepted(algorithm, with_certificate):
    value = statement()
    header = {"x5c": [certificate()]} if with_certificate else {}

    check(sign(value, algorithm, **header), value)


def test_a_signature_may_be_long_and_its_header_say_more():
    value = statement(result={"response": "a" * 200_000})

    check(sign(value, x5c=[certificate()] * 5, iat=1, kid="mine"), value)


def test_what_an_lrs_sets_may_be_missing_in_what_was_signed():
    value = statement()
    signed = {name: item for name, item in value.items() if name not in ("id", "timestamp")}

    check(sign(signed), value)


def test_a_signature_by_another_key_than_the_certificates_is_refused():
    value = statement()

    with pytest.raises(Malformed, match="not of the key"):
        check(sign(value, number=2, x5c=[certificate(1)]), value)


@pytest.mark.parametrize("change", [{"verb": {"id": "x:other"}}, {"timestamp": "2020-01-01T00:00:00Z"}])
def test_a_signature_of_another_statement_is_refused(change):
    value = statement()

    with pytest.raises(Malformed, match="another statement"):
        check(sign(value | change, x5c=[certificate()]), value)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no JSON",
        b"[]",
        b"5",
        b"null",
        b"\xff",
        b'{"timestamp":5}',
        b'{"timestamp":"x"}',
        b'{"a":1,"a":1}',
        b"1e9999999999999999999",
        b'{"actor":{"member":[[],{},1]}}',
        b'{"result":{"duration":[]}}',
    ],
)
def test_what_is_signed_and_is_no_statement_is_refused(payload):
    with pytest.raises(Malformed):
        check(sign(payload), statement())


@pytest.mark.parametrize(
    "header",
    ['{"alg":"none"}', '{"alg":"HS256"}', '{"alg":"ES256"}', '{"alg":"PS256"}', '{"alg":5}', '{"alg":["RS256"]}', "{}"]
    + ["[]", "5", "null", "no JSON", '{"alg":"RS256","crit":["x"],"x":1}', '{"alg":"RS256","b64":false,"crit":["b64"]}']
    + [f'{{"alg":"RS256","x5c":{chain}}}' for chain in ('"x"', "5", "[5]", '["!"]', '["AAAA"]', '{"a":1}', "true")],
)
def test_a_header_that_names_no_such_signature_is_refused(header):
    with pytest.raises(Malformed):
        check(made_by_hand(header.encode()), statement())


def test_a_certificate_of_another_kind_of_key_is_refused():
    value = statement()

    with pytest.raises(Malformed, match=r"certificate|key"):
        check(sign(value, x5c=[certificate(elliptic=True)]), value)


@pytest.mark.parametrize("content", [b"", b"a", b"a.b", b"a.b.c", b"a.b.c.d", b"..", b"\xff.\xff.\xff", b"e30.e30.!"])
def test_what_is_no_signature_at_all_is_refused(content):
    with pytest.raises(Malformed):
        check(content, statement())


def test_a_signature_must_say_that_it_is_bytes():
    value = statement()

    with pytest.raises(Malformed, match="content type"):
        check(sign(value), value, contentType="text/plain")


def test_another_attachment_is_not_looked_at():
    check(b"no signature", statement(), usageType="https://a.example/photograph", contentType="image/png")


def test_a_signature_that_stays_elsewhere_is_not_looked_at():
    check(b"no signature", statement(), sha2="cd" * 32, fileUrl="https://a.example/signature")
