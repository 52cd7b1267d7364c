"""The seal on the paper: accepted by pyHanko and by poppler, at the level that the hub's means reach, and by nobody
once a byte was changed.
"""

import io
import subprocess
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.evidence.services.judging_seals import judge_seal
from app.evidence.services.sealing import Authority, Seal, seal_pages
from app.signatures.services.ca import public_part
from tests.unit.evidence.conftest import take_away, unpacked

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pyhanko")

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def name_of(text):
    """Return a subject."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(**given):
    """Return a key usage with just these."""
    others = ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")
    every = ("digital_signature", "content_commitment", "key_cert_sign", "crl_sign", *others)
    return x509.KeyUsage(**(dict.fromkeys(every, False) | given))


def certificate(subject, key, issuer=None, issuer_key=None, *extensions):
    """Issue a certificate for some days."""
    built = (
        x509.CertificateBuilder()
        .subject_name(name_of(subject))
        .issuer_name(issuer.subject if issuer else name_of(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + 30 * DAY)
    )
    for extension, critical in extensions:
        built = built.add_extension(extension, critical)
    return built.sign(issuer_key or key, SHA256())


AUTHORITY = (x509.BasicConstraints(True, None), True), (usage(key_cert_sign=True, crl_sign=True), True)


@pytest.fixture(scope="module")
def paper(taken):
    """A paper that nobody has sealed yet."""
    return take_away(taken.house, taken.record, seal=lambda _keys: None).paper


@pytest.fixture(scope="module")
def root():
    """A root of a hub: key and certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key, certificate("Root of the trial hub", key, None, None, *AUTHORITY)


@pytest.fixture(scope="module")
def seal(root):
    """A seal under that root, with the root's revocation list."""
    root_key, above = root
    key = ec.generate_private_key(ec.SECP256R1())
    signing = (usage(digital_signature=True, content_commitment=True), True)
    own = certificate("Seal of the trial hub", key, above, root_key, signing)
    revoked = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(above.subject)
        .last_update(NOW - DAY)
        .next_update(NOW + 10 * DAY)
        .sign(root_key, SHA256())
    )
    return Seal(key, own, [above], [revoked])


@pytest.fixture(scope="module")
def authority():
    """A time-stamping authority with a root of its own."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    above = certificate("Root of the time", root_key, None, None, *AUTHORITY)
    stamping = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
    own = certificate("Time", key, above, root_key, stamping, (usage(digital_signature=True), True))
    plain = keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    known = SimpleCertificateStore()
    known.register(plain_of(above))
    stamper = DummyTimeStamper(plain_of(own), plain, known)
    return Authority(lambda asked: stamper.request_tsa_response(tsp.TimeStampReq.load(asked)).dump(), [above])


def plain_of(one):
    """Return a certificate as pyHanko takes it."""
    return asn1_x509.Certificate.load(one.public_bytes(Encoding.DER))


def verdict(pdf, *roots):
    """Return what pyHanko says of the first signature."""
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
    context = ValidationContext(trust_roots=[plain_of(one) for one in roots], allow_fetching=False)
    return signature, validate_pdf_signature(signature, context, context)


@pytest.mark.requirement("PAD-BB")
def test_without_an_authority_the_paper_is_sealed_as_b_b(paper, seal):
    sealed = seal_pages(paper, seal)
    signature, status = verdict(sealed.pdf, *seal.chain)

    assert sealed.level == "B-B"
    assert status.bottom_line
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"


@pytest.mark.requirement("PAD-BT", "PAD-BLT", "PAD-BLTA")
def test_with_authority_and_revocation_lists_the_paper_is_sealed_as_b_lta(paper, seal, authority):
    sealed = seal_pages(paper, seal, authority=authority)
    reader = PdfFileReader(io.BytesIO(sealed.pdf))
    _, status = verdict(sealed.pdf, *seal.chain, *authority.roots)

    assert sealed.level == "B-LTA"
    assert status.bottom_line
    assert status.timestamp_validity.trusted
    assert "/DSS" in reader.root
    assert [one.sig_object["/Type"] for one in reader.embedded_signatures] == ["/Sig", "/DocTimeStamp"]


@pytest.mark.requirement("PAD-BT")
def test_with_an_authority_alone_the_paper_is_sealed_as_b_t(paper, seal, authority):
    bare = Seal(seal.key, seal.certificate, seal.chain)

    assert seal_pages(paper, bare, authority=authority).level == "B-T"


@pytest.mark.requirement("TSP-4")
def test_an_authority_that_does_not_answer_is_done_without(paper, seal):
    def refuse(_asked):
        raise httpx.ConnectError("nobody there")

    sealed = seal_pages(paper, seal, authority=Authority(refuse))

    assert sealed.level == "B-B"
    assert verdict(sealed.pdf, *seal.chain)[1].bottom_line


def test_an_authority_that_nobody_vouches_for_is_done_without(paper, seal, authority):
    assert seal_pages(paper, seal, authority=Authority(authority.ask)).level == "B-B"


@pytest.mark.requirement("PAD-role", "KM-1")
def test_what_leaves_is_sealed_by_the_hubs_own_authority_and_says_so(taken):
    made, own = take_away(taken.house, taken.record), public_part(taken.house.settings.keys)
    in_bundle = unpacked(made.bundle)[f"{taken.record.number}.pdf"]

    assert made.level == "B-B"
    assert verdict(in_bundle, own.root)[1].bottom_line


def test_the_certificates_of_the_signers_are_in_the_seal(paper, seal, root):
    signer = certificate("Léa", ec.generate_private_key(ec.SECP256R1()), root[1], root[0])
    sealed = seal_pages(paper, seal, signers_of=[signer])
    signature, _ = verdict(sealed.pdf, *seal.chain)

    assert plain_of(signer).dump() in {one.dump() for one in signature.other_embedded_certs}


@pytest.mark.requirement("PAD-BB")
def test_poppler_accepts_the_seal(paper, seal, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(seal_pages(paper, seal).pdf)

    said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout

    assert "Signature is Valid" in said
    assert "Total document signed" in said


@pytest.mark.requirement("PAD-BB")
def test_a_changed_byte_breaks_the_seal(paper, seal):
    sealed = seal_pages(paper, seal).pdf
    at = sealed.index(b"/Producer")
    altered = sealed[:at] + b"/Prodigal" + sealed[at + len(b"/Producer") :]
    _, status = verdict(altered, *seal.chain)

    assert not status.intact
    assert not status.bottom_line


def test_a_seal_of_another_hub_is_not_trusted(paper, seal):
    stranger = certificate("Root of another", ec.generate_private_key(ec.SECP256R1()), None, None, *AUTHORITY)
    _, status = verdict(seal_pages(paper, seal).pdf, stranger)

    assert status.intact
    assert not status.trusted


@pytest.mark.requirement("PAD-BLTA", "KM-13")
def test_who_verifies_learns_the_level_the_signer_and_the_stamped_time(paper, seal, authority):
    sealed = seal_pages(paper, seal, authority=authority)
    own_roots = [one for one in seal.chain if one.issuer == one.subject]

    found = judge_seal(sealed.pdf, own_roots, authority.roots, datetime.now(UTC))
    strange = judge_seal(sealed.pdf, own_roots, (), datetime.now(UTC))
    added = judge_seal(sealed.pdf + b"<more>", own_roots, authority.roots, datetime.now(UTC))

    assert {name.value: code for name, (_, code) in found["checks"].items()} == {
        "sealed": "seal-there",
        "intact": "seal-holds",
        "trusted": "chain-holds",
        "whole": "covers-for-good",
        "timed": "time-holds",
    }
    assert (found["level"], found["signer"], found["is_stamped"]) == ("B-LTA", "Seal of the trial hub", True)
    assert strange["checks"]["timed"] == ("INDETERMINATE", "time-strange")
    assert added["checks"]["whole"][0] == "FAIL"


def test_the_certificate_of_a_person_is_no_seal(paper, root):
    key = ec.generate_private_key(ec.SECP256R1())
    own = certificate("Léa", key, root[1], root[0], (usage(content_commitment=True), True))

    found = judge_seal(seal_pages(paper, Seal(key, own, [root[1]])).pdf, [root[1]], (), NOW)

    assert found["checks"]["trusted"] == ("FAIL", "chain-personal")
