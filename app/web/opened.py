"""The texts behind commitments as people read them: a text that was erased shows by which decision, never nothing."""

from collections.abc import Iterable
from datetime import UTC, datetime

from babel.dates import format_date
from flask import has_app_context
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import CommittedText
from app.kernel.errors import N_
from app.web.formats import show_date
from app.web.languages import translate

ERASED = N_("[erased by decision of %(day)s]")


def texts_behind(session: Session, commitments: Iterable[str | None]) -> dict[str, str]:
    """Return what to show for each of these commitments that is known: its text, or that it was erased and when."""
    wanted = {commitment for commitment in commitments if commitment}
    if not wanted:
        return {}
    query = select(CommittedText.commitment, CommittedText.text, CommittedText.erased_at)
    rows = session.execute(query.where(CommittedText.commitment.in_(wanted)))
    found = ((commitment, erased_mark(erased_at) if erased_at else text) for commitment, text, erased_at in rows)
    return {commitment: text for commitment, text in found if text is not None}


def shown_text(session: Session, commitment: str | None) -> str:
    """Return what to show for one commitment; nothing when there is none."""
    return texts_behind(session, [commitment]).get(commitment or "", "")


def erased_mark(at: datetime) -> str:
    """Return what stands in the place of an erased value, in the reader's language; in English where nobody reads."""
    if not has_app_context():
        return ERASED % {"day": format_date(at.astimezone(UTC), "d MMM y", locale="en")}
    return translate(ERASED, day=show_date(at))
