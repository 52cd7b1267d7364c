"""A full dump of the database and the configuration, in a stranger's hands (P11.200(a)(3), §14.7)."""

import base64
import binascii
import dataclasses
import hashlib

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import inspect, text

from app.identity.errors import WrongPassword
from app.signatures.services import keys as personal
from app.signatures.services.keys import unlock_key
from tests.flows.signing import give_key, keys_of, pepper_of, sign_something
from tests.installation import password_of


def dump(house):
    """Return every value of every table, as bytes: what `pg_dump` or a copy of the file gives away."""
    values = set()
    with house.storage.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                values |= {
                    bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in row if one
                }
    return values


def configuration(house):
    """Return every setting of the application, as bytes; secrets are none of them, but files."""
    return {str(getattr(house.settings, field.name)).encode() for field in dataclasses.fields(house.settings)}


def readings(values):
    """Return each value as it stands, and as what it may be the text of."""
    for value in values:
        yield value
        for decode in (bytes.fromhex, lambda one: base64.b64decode(one, validate=True)):
            try:
                yield decode(value.decode())
            except (ValueError, binascii.Error, UnicodeDecodeError):
                continue


@pytest.fixture
def stolen(house):
    """An installation in which two people signed, and all that a thief carries away."""
    give_key(house, "trainee")
    give_key(house, "assessor")
    sign_something(house, "trainee")
    return house, dump(house) | configuration(house)


@pytest.mark.requirement("KM-1", "KM-10")
def test_nothing_that_is_stored_is_a_private_key(stolen):
    _, values = stolen
    opened = []

    for value in readings(values):
        for load in (serialization.load_pem_private_key, serialization.load_der_private_key):
            try:
                opened.append(load(value, None))
            except (ValueError, TypeError):
                continue

    assert opened == []
    assert not any(b"PRIVATE KEY" in value for value in values)


@pytest.mark.requirement("P11.200(a)(3)", "KM-11")
def test_no_stored_material_opens_a_personal_key(stolen):
    """Every stored value as the pepper, with the right password even; what has no password has less."""
    house, values = stolen
    (key,) = keys_of(house, "trainee")
    peppers = set(readings(values)) | {b"", hashlib.sha256(b"").digest()}
    stretched = personal.stretch(key, password_of("trainee"))
    nonce, wrapped = bytes.fromhex(key.wrapping["nonce"]), base64.b64decode(key.wrapped)
    bound = f"{key.person_id}|{key.id}|{key.algorithm}|1".encode()

    opened = []
    for pepper in peppers:
        wrapping_key = HKDF(hashes.SHA256(), 32, salt=pepper, info=b"cahier.key-wrapping.v1").derive(stretched)
        try:
            opened.append(AESGCM(wrapping_key).decrypt(nonce, wrapped, bound))
        except InvalidTag:
            continue

    assert len(peppers) > 100
    assert opened == []
    assert unlock_key(key, password_of("trainee"), pepper_of(house)).key_id == key.id  # the trial itself would open it


@pytest.mark.requirement("P11.200(a)(3)")
def test_no_stored_hash_passes_for_a_password_even_beside_the_pepper(stolen):
    house, _ = stolen
    (key,) = keys_of(house, "trainee")
    with house.storage.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM credential WHERE person_id = :id"), {"id": key.person_id})
        guesses = [str(value) for row in rows for value in row if value]

    for guess in (*guesses, key.fingerprint, key.wrapping["salt"], ""):
        with pytest.raises(WrongPassword):
            unlock_key(key, guess, pepper_of(house))

    assert len(guesses) > 2
