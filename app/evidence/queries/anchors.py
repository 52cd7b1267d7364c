"""What others attest of a log, and what a signature relies on: tokens, cosignatures, certificates, revocation lists.

A hub without authorities or witnesses has fewer of these, and its bundles say so by what they do not hold.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.audit.models import HUB_LOG, Cosignature, Line, TimestampToken
from app.audit.services import read_body
from app.audit.tokens import end_of
from app.identity.models import Factor
from app.signatures.models import Certificate, PasskeySignature, RevocationList, Signature
from app.signatures.rules import CertificateKind

Place = tuple[int, int]


@dataclass
class ReliedOn:
    """Files of a bundle, and where the lines stand that logged them.

    `rows` are those whose digest is in these lines, and `sizes` the checkpoints that tokens cover.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    places: set[Place] = field(default_factory=set)
    sizes: set[int] = field(default_factory=set)
    rows: list[Certificate | RevocationList | Factor] = field(default_factory=list)

    def add(self, path: str, content: bytes, row: Any) -> bool:
        """Take a file with the line that logged it; say whether it is new."""
        is_new = path not in self.files
        self.files[path] = content
        self.places.add((row.log_id, row.line_index))
        return is_new


def anchors_of(session: Session, log_id: int, indexes: Iterable[int], named: Iterable[str]) -> ReliedOn:
    """Return the first tokens that cover each of some lines of a log (PF-5), and those named by digest (PF-6)."""
    relied = ReliedOn()
    of_log = select(TimestampToken).where(TimestampToken.anchored_log_id == log_id)
    rows = list(session.scalars(of_log.where(TimestampToken.token_digest.in_(sorted(set(named))))))
    first_in_time = (TimestampToken.size, TimestampToken.generated_at, TimestampToken.id)
    for index in sorted(set(indexes)):
        rows += session.scalars(of_log.where(TimestampToken.size > index).order_by(*first_in_time).limit(1))
    renewals = [later for row in rows for later in _renewing(session, of_log, row)]
    for row in [*rows, *renewals]:
        relied.add(f"evidence/tokens/{row.token_digest}.tsr", row.token, row)
        relied.sizes.add(row.size)
    return relied


def _renewing(session: Session, of_log: Select[TimestampToken], token: TimestampToken) -> Iterator[TimestampToken]:
    """Yield the tokens by which a token stays good after its certificates ended: each covers the line of the one
    before, was made in time, and lasts longer (TSP-8).
    """
    while ends := end_of(token.token):
        later = of_log.where(TimestampToken.size > token.line_index, TimestampToken.generated_at <= ends)
        newest = session.scalar(later.order_by(TimestampToken.size.desc(), TimestampToken.id).limit(1))
        if newest is None or (end_of(newest.token) or ends) <= ends:
            return
        yield newest
        token = newest


def cosignatures_on(session: Session, log_id: int, sizes: Sequence[int]) -> Mapping[int, Sequence[str]]:
    """Return, by size, the lines that witnesses put under a log's checkpoints (PF-11)."""
    below: dict[int, list[str]] = defaultdict(list)
    query = select(Cosignature).where(Cosignature.log_id == log_id, Cosignature.size.in_(sizes))
    for row in session.scalars(query.order_by(Cosignature.size, Cosignature.witness)):
        below[row.size].append(row.line.rstrip("\n") + "\n")
    return below


def certificates_of(session: Session, fingerprints: Iterable[str], times: Iterable[datetime]) -> ReliedOn:
    """Return certificates with all above them, and of each issuer the revocation lists of some times and of now
    (PF-8).
    """
    relied = ReliedOn()
    wanted = {fingerprint for fingerprint in fingerprints if fingerprint}
    issuers: set[str] = set()
    while wanted:
        found = list(session.scalars(select(Certificate).where(Certificate.fingerprint.in_(sorted(wanted)))))
        for row in found:
            if relied.add(f"evidence/certificates/{row.fingerprint}.pem", row.pem.encode(), row):
                relied.rows.append(row)
        above = {row.issuer for row in found if row.issuer}
        wanted, issuers = above - issuers, issuers | above
    _add_revocation_lists(session, relied, issuers, sorted(set(times)))
    return relied


def enrolments_of(session: Session, signature_ids: Iterable[str]) -> ReliedOn:
    """Return the passkeys that signed beside some signatures, and every line that wrote one of them (PF-8)."""
    relied = ReliedOn()
    used = (
        select(Factor)
        .join(PasskeySignature, PasskeySignature.credential_id == Factor.credential_id)
        .join(Signature, (Signature.id == PasskeySignature.signature_id) & (Signature.signer_id == Factor.person_id))
        .where(Signature.id.in_(sorted(signature_ids)))
    )
    factors = session.scalars(used.distinct()).all()
    relied.rows += factors
    subjects, wanted = {f"person:{one.person_id}" for one in factors}, {("factor", one.id) for one in factors}
    query = select(Line.index, Line.body).where(Line.log_id == HUB_LOG, Line.subject.in_(sorted(subjects)))
    for index, body in session.execute(query.order_by(Line.index)):
        if any((table, key) in wanted for table, key, *_ in read_body(body)["rows"]):
            relied.places.add((HUB_LOG, index))
    return relied


def newest_lists(session: Session, issuers: Iterable[str]) -> list[str]:
    """Return the newest revocation list of each issuer, named by the fingerprint of its certificate, as PEM."""
    relied = ReliedOn()
    _add_revocation_lists(session, relied, issuers, ())
    return [content.decode() for content in relied.files.values()]


def roots_of(session: Session) -> list[str]:
    """Return the hub's root certificates as PEM, the oldest first."""
    query = select(Certificate.pem).where(Certificate.kind == CertificateKind.ROOT)
    return list(session.scalars(query.order_by(Certificate.issued_at)))


def _add_revocation_lists(
    session: Session, relied: ReliedOn, issuers: Iterable[str], times: Sequence[datetime]
) -> None:
    for issuer in sorted(issuers):
        newest: Select[RevocationList] = (
            select(RevocationList)
            .where(RevocationList.issuer == issuer)
            .order_by(RevocationList.number.desc())
            .limit(1)
        )
        for query in (newest, *(newest.where(RevocationList.this_update <= time) for time in times)):
            for row in session.scalars(query):
                path = f"evidence/revocation-lists/{row.issuer}-{row.number}.pem"
                if relied.add(path, row.pem.encode(), row):
                    relied.rows.append(row)
