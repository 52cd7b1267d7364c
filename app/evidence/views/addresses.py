"""Where a print and a bundle lead: the public page on which anybody learns how to verify them."""

from urllib.parse import urlencode

PATH = "/verify"


def verification_address(public_url: str, number: str, digest: str) -> str:
    """Return the address that a print carries as a QR code; it gives away nothing but what is printed beside it."""
    return f"{public_url}{PATH}?{urlencode({'record': number, 'digest': digest})}"
