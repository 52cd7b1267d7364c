"""What others attest of a log, and what a signature relies on: tokens, cosignatures, certificates, revocation lists.

The tables belong to other rooms and are read as they are, by name: a hub without authorities, witnesses or
certificates has none of this, and its bundles say so by what they do not hold.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from app.storage.tables import Base

Place = tuple[int, int]


@dataclass
class ReliedOn:
    """Files of a bundle, and where the lines stand that logged them; `sizes` are checkpoints that tokens cover."""

    files: dict[str, bytes] = field(default_factory=dict)
    places: set[Place] = field(default_factory=set)
    sizes: set[int] = field(default_factory=set)

    def add(self, path: str, content: bytes, row: Any) -> None:
        """Take a file with the line that logged it."""
        self.files[path] = content
        self.places.add((row.log_id, row.line_index))


def anchors_of(session: Session, log_id: int, indexes: Iterable[int], named: Iterable[str]) -> ReliedOn:
    """Return the first tokens that cover each of some lines of a log (PF-5), and those named by digest (PF-6)."""
    relied, table = ReliedOn(), _table("timestamp_token")
    if table is None:
        return relied
    of_log = select(table).where(table.c.anchored_log_id == log_id)
    rows = list(session.execute(of_log.where(table.c.token_digest.in_(sorted(set(named))))))
    for index in sorted(set(indexes)):
        first = of_log.where(table.c.size > index).order_by(table.c.size, table.c.generated_at, table.c.id).limit(1)
        rows += session.execute(first)
    for row in rows:
        relied.add(f"evidence/tokens/{row.token_digest}.tsr", row.token, row)
        relied.sizes.add(row.size)
    return relied


def cosignatures_on(session: Session, log_id: int, sizes: Sequence[int]) -> Mapping[int, Sequence[str]]:
    """Return, by size, the lines that witnesses put under a log's checkpoints (PF-11)."""
    below: dict[int, list[str]] = defaultdict(list)
    table = _table("cosignature")
    if table is not None:
        query = select(table.c.size, table.c.line).where(table.c.log_id == log_id, table.c.size.in_(sizes))
        for row in session.execute(query.order_by(table.c.size, table.c.witness)):
            below[row.size].append(row.line.rstrip("\n") + "\n")
    return below


def certificates_of(session: Session, fingerprints: Iterable[str], times: Iterable[Any]) -> ReliedOn:
    """Return certificates with all above them, and of each issuer the revocation lists of some times and of now
    (PF-8).
    """
    relied, table = ReliedOn(), _table("certificate")
    if table is None:
        return relied
    wanted = {fingerprint for fingerprint in fingerprints if fingerprint}
    issuers: set[str] = set()
    while wanted:
        found = list(session.execute(select(table).where(table.c.fingerprint.in_(sorted(wanted)))))
        for row in found:
            relied.add(f"evidence/certificates/{row.fingerprint}.pem", row.pem.encode(), row)
        above = {row.issuer for row in found if row.issuer}
        wanted, issuers = above - issuers, issuers | above
    _add_revocation_lists(session, relied, issuers, sorted(set(times)))
    return relied


def newest_lists(session: Session, issuers: Iterable[str]) -> list[str]:
    """Return the newest revocation list of each issuer, named by the fingerprint of its certificate, as PEM."""
    relied = ReliedOn()
    _add_revocation_lists(session, relied, issuers, ())
    return [content.decode() for content in relied.files.values()]


def roots_of(session: Session) -> list[str]:
    """Return the hub's root certificates as PEM, the oldest first."""
    table = _table("certificate")
    if table is None:
        return []
    query = select(table.c.pem).where(table.c.kind == "root").order_by(table.c.issued_at)
    return list(session.scalars(query))


def _add_revocation_lists(session: Session, relied: ReliedOn, issuers: Iterable[str], times: Sequence[Any]) -> None:
    table = _table("revocation_list")
    if table is None:
        return
    for issuer in sorted(issuers):
        of_issuer = select(table).where(table.c.issuer == issuer).order_by(table.c.number.desc()).limit(1)
        for query in (of_issuer, *(of_issuer.where(table.c.this_update <= time) for time in times)):
            for row in session.execute(query):
                relied.add(f"evidence/revocation-lists/{row.issuer}-{row.number}.pem", row.pem.encode(), row)


def _table(name: str) -> Table | None:
    return Base.metadata.tables.get(name)
