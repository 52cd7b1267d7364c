"""Up to when the statements are known: nothing stored at or before that time can appear any more (§2.1.3)."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.kernel import clock
from app.storage import Storage
from app.storage.rows import locked_row
from xapi.models import HEAD, Head

_LATELY = timedelta(seconds=1)


def consistent_through(storage: Storage) -> datetime:
    """Return that time: the last time of storing, or the present one where nobody has stored anything lately.

    Each transaction that stores holds the head, and takes its time after it got hold of it. Whoever holds the head
    for a moment knows that all earlier ones have ended.
    """
    with storage.reading() as session:
        last = session.scalar(select(Head.stored).where(Head.ordinal > 0))
    if last is not None and clock.now() - last < _LATELY:
        return last
    with storage.transaction() as session:
        locked_row(session, Head, {"id": HEAD}, ordinal=0, stored=clock.now())
        return clock.now()
