"""Where people find the hub: addresses that are free, taken or not ours, and what HTTPS changes."""

import socket

import pytest

from app.installation.certificates import CertificateRefused, Files, make_certificates
from app.installation.serving import EVERYWHERE, AddressRefused, adapt_settings, claim_place
from config.settings import Settings


@pytest.fixture
def settings(tmp_path):
    """Settings in which nobody chose an address."""
    return Settings(var=tmp_path, database_url="sqlite://")


@pytest.fixture
def files(tmp_path):
    """Certificates for this machine."""
    made = Files(tmp_path / "tls")
    make_certificates(made, [])
    return made


def claimed(host="127.0.0.1", files=None):
    """Claim a free port, and let go of it again."""
    place = claim_place(host, 0, files)
    return place, place.listener.close


def test_a_free_port_is_claimed_and_named(settings):
    place, let_go = claimed()
    url = adapt_settings(settings, place).public_url
    let_go()

    assert url.startswith("http://localhost:")
    assert int(url.rsplit(":", 1)[1]) > 0


def test_a_port_that_somebody_else_has_is_refused_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(AddressRefused, match=f"port {port} is in use.*--port"):
            claim_place("127.0.0.1", port, None)


@pytest.mark.parametrize("host", ["192.0.2.77", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_refused(host):
    with pytest.raises(AddressRefused, match="no address of this machine"):
        claim_place(host, 0, None)


def test_without_a_certificate_https_is_refused_with_what_to_type(tmp_path):
    with pytest.raises(CertificateRefused, match="cahier tls init"):
        claim_place("127.0.0.1", 0, Files(tmp_path / "tls"))


@pytest.mark.requirement("AS-3.3.1")
@pytest.mark.parametrize(
    ("chosen", "seen"),
    [
        (Settings.public_url, "https://localhost:"),
        ("http://bench.hub.example:8000", "https://bench.hub.example:8000"),
        ("https://hub.example", "https://hub.example"),
    ],
)
def test_with_https_the_address_says_so_and_cookies_are_secure(tmp_path, files, chosen, seen):
    place, let_go = claimed(files=files)
    adapted = adapt_settings(Settings(var=tmp_path, database_url="sqlite://", public_url=chosen), place)
    let_go()

    assert adapted.public_url.startswith(seen)
    assert adapted.secure


def test_an_address_that_somebody_chose_stays(tmp_path):
    place, let_go = claimed()
    chosen = Settings(var=tmp_path, database_url="sqlite://", public_url="https://hub.example")
    adapted = adapt_settings(chosen, place)
    let_go()

    assert adapted is chosen


def test_others_are_told_of_addresses_that_reach_this_machine_only_when_it_is_served_to_them(files):
    alone, let_go = claimed()
    let_go()
    open_to_all, let_go = claimed(EVERYWHERE[0], files)
    others = open_to_all.others()
    let_go()

    assert alone.others() == []
    assert [url for url in others if "127.0.0.1" in url or "localhost" in url] == []
    assert all(url.startswith("https://") for url in others)


def test_the_name_of_the_hub_in_statements_does_not_depend_on_its_address(settings):
    place, let_go = claimed()
    adapted = adapt_settings(settings, place)
    let_go()

    assert adapted.public_url != settings.public_url
    assert adapted.statement_home == settings.statement_home == "https://cahier.localhost"
