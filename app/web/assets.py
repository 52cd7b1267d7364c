"""Static files carry the digest of their content in their address: kept for a year, never out of date."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask

_DIGITS = 10


def install_assets(app: Flask) -> None:
    """Add the digest to every address of a static file that `url_for` makes."""
    folder = Path(app.static_folder or "")

    @app.url_defaults
    def add_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values.setdefault("v", digest_of(folder / values["filename"]))


def digest_of(path: Path) -> str | None:
    """Return the first digits of a file's SHA-256, or None for a file that is not there."""
    try:
        changed_at = path.stat().st_mtime_ns
    except OSError:
        return None
    return _digest(path, changed_at)


@cache
def _digest(path: Path, changed_at: int) -> str:
    return sha256(path.read_bytes()).hexdigest()[:_DIGITS]
