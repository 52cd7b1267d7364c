"""Our clock beside those of time-stamping authorities: when they differ, and which lines were written then (CI-Q14).

Every token holds the authority's time and ours. Where they differ by more than can be the way between, lines are in
doubt: those up to the end of what that token covers, from the last token before on, and those after it up to the next.
Their times stay what they are; readers are told.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import TimestampToken

DRIFT = timedelta(minutes=1)
"""By how much the clocks may differ: an answer takes its time, and authorities round."""


def drift_of(token: TimestampToken) -> timedelta:
    """Return by how much our clock was ahead of the authority's; negative when it was behind."""
    return token.obtained_at - token.generated_at


def is_adrift(token: TimestampToken) -> bool:
    """Say whether the clocks differed by more than the way between them explains."""
    return abs(drift_of(token)) > DRIFT


def lines_in_doubt(session: Session, log_id: int, indexes: Collection[int]) -> set[int]:
    """Return those of some lines of a log that were written while its clock was in doubt."""
    if not indexes:
        return set()
    tokens = _tokens_around(session, log_id, min(indexes), max(indexes))
    return {index for index in indexes if any(map(is_adrift, _beside(tokens, index)))}


def _tokens_around(session: Session, log_id: int, first: int, last: int) -> Sequence[TimestampToken]:
    """Return the tokens over the lines of a stretch, with the one before it and the one that covers its end."""
    of_log = select(TimestampToken).where(TimestampToken.anchored_log_id == log_id)
    before = of_log.where(TimestampToken.size <= first).order_by(TimestampToken.size.desc()).limit(1)
    within = of_log.where(TimestampToken.size > first, TimestampToken.size <= last).order_by(TimestampToken.size)
    after = of_log.where(TimestampToken.size > last).order_by(TimestampToken.size).limit(1)
    return [token for query in (before, within, after) for token in session.scalars(query)]


def _beside(tokens: Sequence[TimestampToken], index: int) -> Sequence[TimestampToken]:
    """Return the last token before a line and the first that covers it; a token of size n covers the lines below n."""
    before = [token for token in tokens if token.size <= index]
    covering = [token for token in tokens if token.size > index]
    return [*before[-1:], *covering[:1]]
