"""Addresses that came from outside: only a path of our own is ever followed, so that no link leads people away
(§11).
"""

from urllib.parse import urlsplit

_FORBIDDEN = frozenset("\\\t\r\n")


def local_path(given: str | None, otherwise: str = "/") -> str:
    """Return a path of this application as it was given, or another one for everything that could lead elsewhere."""
    if not given or not given.startswith("/") or given.startswith("//") or _FORBIDDEN & set(given):
        return otherwise
    if not given.isprintable():
        return otherwise
    try:
        parts = urlsplit(given)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else given
