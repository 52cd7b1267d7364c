"""Which software this is, by its source files: recorded in the hub's log when it first runs (PF-13).

The digest is that of the list that `sha256sum` prints of every installed file, sorted by path, so that anybody who has
a copy of a release can compute it.
"""

from pathlib import Path

import app
import config
import migrations
import plugins
import xapi
from app import __version__
from app.audit.housekeeping import Release, record_release, release_of
from app.kernel.actors import system_actor
from app.storage import Storage

PACKAGES = (app, config, migrations, plugins, xapi)
NOT_SOURCE = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache"})
ENDINGS = frozenset({".css", ".html", ".js", ".json", ".mako", ".po", ".py", ".sql", ".svg", ".txt", ".yaml"})
COMMAND = system_actor("command")


def installed_release() -> Release:
    """Return the version and the digest of the files that are installed."""
    folders = [Path(place) for package in PACKAGES for place in package.__path__]
    return release_of(__version__, {name: data for folder in folders for name, data in read_sources(folder).items()})


def read_sources(folder: Path) -> dict[str, bytes]:
    """Return the source files under the folder of a package, by their path from the folder above it."""
    return {
        path.relative_to(folder.parent).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in ENDINGS and path.is_file() and not NOT_SOURCE & set(path.parts)
    }


def record_installed_release(storage: Storage, release: Release) -> bool:
    """Record the release unless the hub's log has it; return whether it is new."""
    with storage.transaction() as session:
        return record_release(session, release, actor=COMMAND)
