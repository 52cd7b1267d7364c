"""What every request to another system keeps: whose certificates are trusted, how much of an answer is read."""

import ssl
import time

import httpx


def trust_with(ca_file: str | None) -> ssl.SSLContext:
    """Return whom to trust: the system's authorities, and those of a file; raises OSError where it cannot be read."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def read_bounded(answer: httpx.Response, most: int, seconds: float) -> bytes:
    """Read an answer of so many bytes at most, for so long at most; raise httpx.ReadError beyond.

    The timeout alone would let one drip in for ever.
    """
    body, begun = b"", time.monotonic()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > most or time.monotonic() - begun > seconds:
            raise httpx.ReadError("the answer has no end", request=answer.request)
    return body
