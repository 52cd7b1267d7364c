"""Where each log stands: how much of it is sealed, what others attest of that, and what is still waited for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.anchors import latest_token
from app.audit.cosigning import conflicts_of, newest_cosigned
from app.audit.drift import drift_of, is_adrift
from app.audit.models import Log, OutsideParty, TimestampToken
from app.audit.policies import Policy
from app.audit.timestamping import is_renewal_due, newest_checkpoint
from app.audit.tokens import end_of


@dataclass(frozen=True)
class Sealed:
    """A checkpoint, by its size and when it was signed."""

    size: int
    signed_at: datetime


@dataclass(frozen=True)
class Stamped:
    """A token, by the size that it covers, the time in it, who made it, and when its certificates end."""

    size: int
    generated_at: datetime
    authority: str
    digest: str
    ends: datetime | None


@dataclass(frozen=True)
class Standing:
    """One log; `quorum` is None where no policy speaks of it.

    `anchor_pending` says that authorities are asked and none has stamped the newest checkpoint yet (TSP-5);
    `renewal_due` that the certificates of the newest token end soon, and no other authority has stamped since (TSP-8);
    `drift` by how many seconds our clock was ahead of the authority's at the newest token, where that is too much.
    """

    origin: str
    size: int
    checkpoint: Sealed | None
    token: Stamped | None
    anchor_pending: bool
    renewal_due: bool
    drift: int | None
    cosigners: tuple[str, ...]
    quorum: bool | None
    conflicts: tuple[str, ...]


@dataclass(frozen=True)
class Trouble:
    """An authority or a witness that failed last time."""

    name: str
    origin: str
    failures: int
    answer: str


def standing_of(session: Session, log: Log, policy: Policy | None, authorities: Sequence[str]) -> Standing:
    """Say where a log stands."""
    newest, token = newest_checkpoint(session, log.id), latest_token(session, log.id)
    asked = policy if policy and policy.covers(log.origin) else None
    names = newest_cosigned(session, log.id, asked, newest) if asked and newest else set()
    return Standing(
        origin=log.origin,
        size=log.size,
        checkpoint=Sealed(newest.size, newest.signed_at) if newest else None,
        token=_stamped(token) if token else None,
        anchor_pending=bool(authorities and newest and (token is None or token.size < newest.size)),
        renewal_due=token is not None and is_renewal_due(token),
        drift=round(drift_of(token).total_seconds()) if token and is_adrift(token) else None,
        cosigners=tuple(sorted(names)),
        quorum=asked.is_met(names) if asked and newest else None,
        conflicts=tuple(f"{row.name}: {row.conflict}" for row in conflicts_of(session, [log.origin])),
    )


def _stamped(token: TimestampToken) -> Stamped:
    ends = end_of(token.token)
    return Stamped(token.size, token.generated_at, token.authority, token.token_digest, ends)


def standings(session: Session, policy: Policy | None, authorities: Sequence[str]) -> list[Standing]:
    """Say where every log stands, the hub's first."""
    return [standing_of(session, log, policy, authorities) for log in session.scalars(select(Log).order_by(Log.id))]


def troubles(session: Session) -> list[Trouble]:
    """Return the authorities and witnesses that failed last time."""
    query = select(OutsideParty).where(OutsideParty.failures > 0).order_by(OutsideParty.kind, OutsideParty.name)
    return [Trouble(row.name, row.origin, row.failures, row.last_answer or "") for row in session.scalars(query)]
