"""Certificates and lists of the hub against the rules of RFC 5280, the profile, and OpenSSL (KM-1, KM-2, KM-6)."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.kernel import clock
from app.signatures.errors import AuthorityMissing, RootRefused
from app.signatures.rules import RevocationReason
from app.signatures.services.ca import (
    all_authorities,
    init_issuing,
    init_root,
    joined_passphrase,
    open_authority,
    open_root,
    pem_of,
    public_part,
    root_left_behind,
    seal_identity,
)
from app.signatures.services.profiles import (
    Listed,
    faults_of_chain,
    faults_of_person,
    faults_of_times,
    listed_in,
    make_issuing,
    make_leaf,
    make_list,
    make_root,
    new_private_key,
)

PSEUDONYM = "person:5d5c3b9a-0000-4000-8000-000000000001"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CUSTODIANS = ["the first custodian's part", "the second custodian's part"]


@pytest.fixture
def at_nine():
    """The clock of these tests."""
    with clock.simulated(NOW) as time:
        yield time


@pytest.fixture
def keys(tmp_path, at_nine):
    """A folder of keys with an authority under a root that two custodians open."""
    init_root(tmp_path / "medium", "hub.example", joined_passphrase(CUSTODIANS))
    init_issuing(tmp_path / "keys", open_root(tmp_path / "medium", joined_passphrase(CUSTODIANS)))
    return tmp_path / "keys"


@pytest.fixture
def chain(keys):
    """A person's certificate and those above it."""
    authority = open_authority(keys)
    leaf = make_leaf(new_private_key().public_key(), PSEUDONYM, authority.certificate, authority.key)
    return [leaf, authority.certificate, public_part(keys).root]


@pytest.mark.requirement("KM-2", "KM-4")
def test_a_persons_certificate_keeps_to_its_profile(chain):
    leaf = chain[0]

    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert faults_of_person(leaf, PSEUDONYM) == []
    assert leaf.subject.rfc4514_string() == f"CN={PSEUDONYM},O=hub.example"
    assert usage.critical
    assert usage.value.content_commitment
    assert not usage.value.digital_signature
    assert (leaf.not_valid_before_utc, leaf.not_valid_after_utc) == (NOW, NOW + timedelta(days=365))


@pytest.mark.requirement("KM-2")
def test_a_certificate_off_the_profile_is_named(keys):
    authority = open_authority(keys)
    with_mail = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lea@hub.example")]))
        .issuer_name(authority.certificate.subject)
        .public_key(new_private_key().public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=800))
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name("lea@hub.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(authority.certificate.extensions.get_extension_for_class(x509.KeyUsage).value, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .sign(authority.key, hashes.SHA256())
    )

    assert faults_of_person(with_mail, PSEUDONYM) == [
        *("subject", "pseudonym", "no other names", "no authority", "non-repudiation alone", "signs documents"),
        "a year at most",
    ]


@pytest.mark.requirement("KM-1")
def test_a_path_holds_from_the_person_to_the_root(chain):
    assert faults_of_chain(chain) == []
    assert faults_of_times(chain, NOW + timedelta(days=364)) == []
    assert faults_of_times(chain, NOW + timedelta(days=366)) == [f"{PSEUDONYM} was not valid then"]


@pytest.mark.requirement("KM-1")
def test_an_issuing_authority_issues_no_authority_and_for_no_other_organisation_or_use(keys, chain):
    _, issuing, root = chain
    authority = open_authority(keys)
    foreign_root_key, own = new_private_key(), new_private_key()
    foreign = make_issuing(own.public_key(), make_root(foreign_root_key, "other.example"), foreign_root_key)
    below = make_issuing(own.public_key(), authority.certificate, authority.key)
    elsewhere = make_leaf(own.public_key(), PSEUDONYM, foreign, authority.key)
    person = make_leaf(own.public_key(), PSEUDONYM, authority.certificate, authority.key)
    too_deep = make_leaf(own.public_key(), PSEUDONYM, below, own)

    assert any("too long" in fault for fault in faults_of_chain([too_deep, below, issuing, root]))
    assert any("may not vouch for this name" in fault for fault in faults_of_chain([elsewhere, issuing, root]))
    assert any("is no authority" in fault for fault in faults_of_chain([issued_by_a_person(person, own), person]))
    assert any("was not issued by" in fault for fault in faults_of_chain([chain[0], foreign, root]))


def issued_by_a_person(leaf, key):
    """Return a certificate that somebody issued with their own personal key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(leaf.subject).public_key(key.public_key())
    builder = builder.serial_number(8).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


def openssl(*arguments):
    """Run OpenSSL and return what it says."""
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def files(tmp_path, keys, chain):
    """The chain and the lists as files, as OpenSSL takes them."""
    authority, public = open_authority(keys), public_part(keys)

    def write(name, *contents):
        (tmp_path / name).write_bytes(b"".join(contents))
        return str(tmp_path / name)

    def lists(*revoked):
        made = make_list(authority.certificate, authority.key, 2, revoked)
        pem = serialization.Encoding.PEM
        return write("lists.pem", made.public_bytes(pem), public.root_list.public_bytes(pem))

    leaf, issuing, root = (write(f"{number}.pem", pem_of(one)) for number, one in enumerate(chain))
    checking = ["verify", "-attime", str(int(NOW.timestamp()) + 60), "-x509_strict", "-crl_check_all"]
    return lambda *revoked: openssl(
        *checking, "-CAfile", root, "-untrusted", issuing, "-CRLfile", lists(*revoked), leaf
    )


@pytest.mark.requirement("KM-1", "KM-6")
def test_openssl_accepts_the_path_with_its_lists(files):
    code, said = files()

    assert (code, said.strip()[-2:]) == (0, "OK"), said


@pytest.mark.requirement("KM-6")
def test_openssl_reads_a_revocation_in_the_list(files, chain):
    code, said = files(Listed(chain[0].serial_number, NOW, RevocationReason.COMPROMISE, NOW - timedelta(days=3)))

    assert code != 0
    assert "revoked" in said


@pytest.mark.requirement("KM-6")
@pytest.mark.parametrize("reason", RevocationReason)
def test_a_list_says_number_reason_and_since_when(keys, reason):
    authority = open_authority(keys)
    since = NOW - timedelta(days=3) if reason is RevocationReason.COMPROMISE else None
    listed = Listed(4711, NOW, reason, since)

    made = make_list(authority.certificate, authority.key, 9, [listed])

    assert made.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 9
    assert made.is_signature_valid(authority.key.public_key())
    assert listed_in(made) == {4711: listed}


@pytest.mark.requirement("KM-1", "KM-10")
def test_one_custodian_alone_does_not_open_the_root(tmp_path, keys):
    for parts in (CUSTODIANS[:1] * 2, CUSTODIANS[::-1], [CUSTODIANS[0], "another part of it"]):
        with pytest.raises(RootRefused):
            open_root(tmp_path / "medium", joined_passphrase(parts))
    with pytest.raises(RootRefused):
        open_root(tmp_path / "medium", None)
    with pytest.raises(RootRefused):
        joined_passphrase(["short", CUSTODIANS[1]])

    assert b"ENCRYPTED" in (tmp_path / "medium" / "root.key").read_bytes()


def test_a_root_is_never_overwritten_and_one_that_is_missing_is_said(tmp_path, keys):
    with pytest.raises(RootRefused):
        init_root(tmp_path / "medium", "hub.example", None)
    with pytest.raises(RootRefused):
        open_root(tmp_path / "elsewhere", None)
    with pytest.raises(AuthorityMissing):
        open_authority(tmp_path / "elsewhere")


@pytest.mark.requirement("KM-1", "AS-13.3.1")
def test_keys_are_for_their_owner_alone_and_the_root_is_not_among_them(keys):
    private = sorted(path.name for path in (keys / "ca").iterdir() if path.suffix == ".key")

    assert private == ["issuing.key", "seal.key"]
    assert {oct(path.stat().st_mode)[-3:] for path in (keys / "ca").iterdir()} == {"600"}
    assert root_left_behind(keys) is None


@pytest.mark.requirement("KM-1")
def test_the_seal_has_a_key_of_its_own_under_the_same_authority(keys):
    seal, authority = seal_identity(keys), open_authority(keys)

    assert faults_of_chain([seal.certificate, *seal.chain]) == []
    assert seal.key.public_key() == seal.certificate.public_key() != authority.key.public_key()
    assert seal.chain[0] == authority.certificate


@pytest.mark.requirement("KM-1")
def test_another_ceremony_keeps_the_earlier_key_for_its_lists(tmp_path, keys, at_nine):
    before = open_authority(keys).fingerprint
    at_nine.advance(days=4 * 365)

    init_issuing(keys, open_root(tmp_path / "medium", joined_passphrase(CUSTODIANS)))

    assert open_authority(keys).fingerprint != before
    assert [one.fingerprint for one in all_authorities(keys)] == [open_authority(keys).fingerprint, before]
