"""Only a path of our own is followed, whatever somebody puts into an address."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.addresses import local_path


@pytest.mark.parametrize(
    "path", ["/", "/people?search=x", "/records/1/steps/2#field", "/people?next=https://x.example"]
)
def test_a_path_of_our_own_is_followed(path):
    assert local_path(path) == path


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "people",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example",
        "/\n/evil.example",
        " /people",
        "javascript:alert(1)",
        "/people\u202e",
        "//[",
    ],
)
def test_everything_else_leads_to_the_start_page(address):
    assert local_path(address) == "/"


@given(st.text(alphabet="/\\:?#@[]. \t\n\u2028abhtps", max_size=20))
def test_no_address_leads_to_another_host(text):
    reached = urlsplit(urljoin("https://cahier.example/sign-in", local_path(text)))

    assert (reached.scheme, reached.netloc) == ("https", "cahier.example")
