"""What every request to another system keeps: whom it trusts, how much of an answer is read, how long it is to wait."""

import ssl
import time
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

import httpx

from app.kernel import clock

LONGEST_WAIT = timedelta(hours=24)


def trust_with(ca_file: str | None, held: str | None = None) -> ssl.SSLContext:
    """Return whom to trust: the system's authorities, those of a file, those held in PEM; raises OSError where one
    cannot be read.
    """
    context = ssl.create_default_context()
    if ca_file or held:
        context.load_verify_locations(ca_file, cadata=held)
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


def retry_after(text: str | None) -> timedelta | None:
    """Read how long a target asks to wait, in seconds or until a date; an unreadable or mad wish is not kept."""
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware - clock.now(), timedelta()), LONGEST_WAIT)
