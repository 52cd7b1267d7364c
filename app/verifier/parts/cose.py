"""Public keys of passkeys as COSE writes them (RFC 9052, RFC 9053, RFC 8230), and whether one signed some bytes."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from app.verifier.parts.faults import Malformed

KEY_TYPE, ALGORITHM_LABEL = 1, 3
CURVE, POINT_X, POINT_Y = -1, -2, -3
MODULUS, EXPONENT = -1, -2
ES256, EDDSA, RS256 = (2, -7), (1, -8), (3, -257)
P256, ED25519 = 1, 6
LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 8192
MOST_LABELS = 16


def read_cose(data: bytes) -> dict[int, int | bytes]:
    """Return a key's labels: a map of integers to integers or byte strings, of definite length, and nothing after."""
    try:
        kind, count, place = _head(data, 0)
        if kind != 5 or count > MOST_LABELS:
            raise Malformed("passkey-key")
        labels: dict[int, int | bytes] = {}
        for _ in range(count):
            label, place = _item(data, place)
            value, place = _item(data, place)
            if not isinstance(label, int) or label in labels:
                raise Malformed("passkey-key")
            labels[label] = value
    except IndexError as error:
        raise Malformed("passkey-key") from error
    if place != len(data):
        raise Malformed("passkey-key")
    return labels


def _item(data: bytes, place: int) -> tuple[int | bytes, int]:
    kind, number, place = _head(data, place)
    if kind == 0:
        return number, place
    if kind == 1:
        return -1 - number, place
    if kind == 2 and place + number <= len(data):
        return data[place : place + number], place + number
    raise Malformed("passkey-key")


def _head(data: bytes, place: int) -> tuple[int, int, int]:
    """Return the major type of an item, its number, and where it goes on (RFC 8949 §3)."""
    kind, number = data[place] >> 5, data[place] & 31
    place += 1
    if number < 24:
        return kind, number, place
    if number > 26:
        raise Malformed("passkey-key")
    length = 1 << (number - 24)
    if place + length > len(data):
        raise Malformed("passkey-key")
    return kind, int.from_bytes(data[place : place + length], "big"), place + length


def check_cose(key: dict[int, int | bytes], value: bytes, message: bytes) -> None:
    """Verify a signature with a COSE key as its algorithm says; Malformed for a false one or a key of another kind."""
    kind = (key.get(KEY_TYPE), key.get(ALGORITHM_LABEL))
    try:
        if kind == ES256 and key.get(CURVE) == P256:
            point = b"\x04" + _octets(key, POINT_X) + _octets(key, POINT_Y)
            public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
            public.verify(value, message, ec.ECDSA(hashes.SHA256()))
        elif kind == EDDSA and key.get(CURVE) == ED25519:
            Ed25519PublicKey.from_public_bytes(_octets(key, POINT_X)).verify(value, message)
        elif kind == RS256:
            _check_rsa(key, value, message)
        else:
            raise Malformed("passkey-key")
    except InvalidSignature as error:
        raise Malformed("passkey-value") from error
    except Malformed:
        raise
    except Exception as error:  # a crafted key makes the library raise several kinds
        raise Malformed("passkey-key") from error


def _check_rsa(key: dict[int, int | bytes], value: bytes, message: bytes) -> None:
    exponent, modulus = key.get(EXPONENT), key.get(MODULUS)
    if not isinstance(exponent, bytes) or not isinstance(modulus, bytes):
        raise Malformed("passkey-key")
    numbers = RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big"))
    if not LEAST_RSA_BITS <= numbers.n.bit_length() <= MOST_RSA_BITS or numbers.e.bit_length() > 64:
        raise Malformed("passkey-key")
    numbers.public_key().verify(value, message, padding.PKCS1v15(), hashes.SHA256())


def _octets(key: dict[int, int | bytes], label: int) -> bytes:
    value = key.get(label)
    if not isinstance(value, bytes) or len(value) != 32:
        raise Malformed("passkey-key")
    return value
