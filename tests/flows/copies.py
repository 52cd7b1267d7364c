"""Copies of an installation: what a thief has who took database and folders, and a backup brought back elsewhere."""

from dataclasses import replace

from sqlalchemy import text

from app.audit.models import CommittedText
from app.installation.backing_up import restore
from tests.installation import copy_authority, copy_vault, open_installation


def everything_in(house, folder):
    """Return all bytes of the database, of its file where there is one, and of every file in a folder."""
    found = []
    with house.storage.engine.connect() as connection:
        for table in CommittedText.metadata.sorted_tables:
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"')):
                found += [bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in row]
    paths = [path for path in folder.rglob("*") if path.is_file()]
    if house.storage.is_sqlite:
        paths += list(folder.parent.glob("*.sqlite*"))
    return b"\n".join([*found, *(path.read_bytes() for path in paths)])


def elsewhere_of(house, made, request, tmp_path):
    """Bring a backup back in another place, with the key store as it is now."""
    var = tmp_path / "elsewhere"
    if house.storage.is_sqlite:
        url = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    else:
        cluster = request.getfixturevalue("postgresql_cluster")
        url = cluster.url(cluster.create())
    copy_vault(house.settings.var, var)
    copy_authority(var / "keys")
    for path in house.settings.keys.glob("log-*"):
        (var / "keys" / path.name).write_bytes(path.read_bytes())
    restore(replace(house.settings, var=var, database_url=url), made.folder)
    return open_installation(url, var)
