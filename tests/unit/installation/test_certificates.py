"""The installation's own authority and its server certificate, judged by OpenSSL's rules through Python's ssl."""

import ipaddress
import socket
import ssl
import threading
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from app.installation.certificates import CertificateRefused, Files, make_certificates, read_certificate
from app.kernel import clock


@pytest.fixture
def files(tmp_path):
    """Where the certificates of an installation come to stand."""
    return Files(tmp_path / "tls")


def greet(files, name):
    """Return what a client that trusts the authority says of the server under a name: its protocol, or why not."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.server, files.server_key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=_answer, args=(listener, context), daemon=True)
        server.start()
        trusting = ssl.create_default_context(cafile=files.authority)
        try:
            with (
                socket.create_connection(listener.getsockname(), timeout=30) as plain,
                trusting.wrap_socket(plain, server_hostname=name) as secured,
            ):
                return secured.version()
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
        finally:
            server.join(30)


def _answer(listener, context):
    connection, _ = listener.accept()
    try:
        with context.wrap_socket(connection, server_side=True):
            pass
    except (ssl.SSLError, OSError):
        connection.close()


@pytest.mark.requirement("AS-12.1.1")
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "bench.hub.example", "192.168.7.20"])
def test_whoever_trusts_the_authority_reaches_the_server_under_its_names(files, name):
    make_certificates(files, ["bench.hub.example", "192.168.7.20"])

    assert greet(files, name) == "TLSv1.3"


def test_the_server_does_not_pass_for_another_host(files):
    make_certificates(files, [])

    assert "Hostname mismatch" in greet(files, "elsewhere.example")


@pytest.mark.requirement("KM-1")
def test_a_certificate_for_another_site_is_not_believed_although_the_authority_signed_it(files, tmp_path):
    make_certificates(files, [])
    thief = Files(tmp_path / "thief")
    make_certificates(thief, ["bank.example"])
    for path, stolen in ((thief.authority_key, files.authority_key), (thief.authority, files.authority)):
        path.write_bytes(stolen.read_bytes())

    with pytest.raises(CertificateRefused, match=r"may not vouch for bank\.example"):
        make_certificates(thief, ["bank.example"])
    _sign_anyway(thief, "bank.example")

    assert greet(thief, "bank.example") == "permitted subtree violation"


def _sign_anyway(files, name):
    """Do as a thief of the key would, who cares for no rule of ours."""
    from app.installation import certificates

    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    certificates._make_server(files, authority, [name])


def test_making_certificates_again_keeps_the_authority_and_the_names(files):
    first = make_certificates(files, ["bench.hub.example"])
    authority, server = files.authority.read_bytes(), files.server.read_bytes()

    again = make_certificates(files, [])

    assert (first, again) == (True, False)
    assert files.authority.read_bytes() == authority
    assert files.server.read_bytes() != server
    assert "bench.hub.example" in read_certificate(files.server).names


def test_a_new_authority_can_vouch_for_a_new_host(files):
    make_certificates(files, [])
    with pytest.raises(CertificateRefused, match=r"--new-authority --host late\.example"):
        make_certificates(files, ["late.example"])

    is_new = make_certificates(files, ["late.example"], new_authority=True)

    assert is_new
    assert greet(files, "late.example") == "TLSv1.3"


@pytest.mark.requirement("KM-3", "AS-11.6.1")
def test_keys_are_p256_and_readable_by_their_owner_alone(files):
    make_certificates(files, [])

    keys = [files.authority_key, files.server_key]
    assert [oct(path.stat().st_mode)[-3:] for path in keys] == ["600", "600"]
    assert oct(files.folder.stat().st_mode)[-3:] == "700"
    for path in (files.authority, files.server):
        public = x509.load_pem_x509_certificate(path.read_bytes()).public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        assert public.curve.name == "secp256r1"


def test_a_certificate_is_renewed_in_time(files):
    make_certificates(files, [])
    certificate = read_certificate(files.server)

    with clock.simulated(certificate.until - timedelta(days=31)):
        early = certificate.expires_soon()
    with clock.simulated(certificate.until - timedelta(days=29)):
        late = certificate.expires_soon()

    assert (early, late) == (False, True)


@pytest.mark.parametrize("host", ["", "two words", "http://hub.example", "-hub", "hub..example", "*.example"])
def test_what_is_no_host_is_refused_and_makes_nothing(files, host):
    with pytest.raises(CertificateRefused):
        make_certificates(files, [host])

    assert not files.authority.exists()


def test_where_no_certificate_is_the_message_says_what_to_type(files):
    with pytest.raises(CertificateRefused, match="cahier tls init"):
        read_certificate(files.server)


def test_the_authority_may_vouch_for_private_addresses_only(files):
    make_certificates(files, [])
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints)

    subtrees = permitted.value.permitted_subtrees or []
    networks = [ipaddress.ip_network(str(name.value)) for name in subtrees if isinstance(name, x509.IPAddress)]
    assert permitted.critical
    assert [network for network in networks if ipaddress.ip_address("8.8.8.8") in network] == []
