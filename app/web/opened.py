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
KEY_GONE = N_("[erased: its key was destroyed]")


def texts_behind(session: Session, commitments: Iterable[str | None]) -> dict[str, str]:
    """Return what to show for each of these commitments that is known: its text, or that it was erased and when."""
    wanted = {commitment for commitment in commitments if commitment}
    if not wanted:
        return {}
    rows = session.scalars(select(CommittedText).where(CommittedText.commitment.in_(wanted)))
    return {kept.commitment: erased_mark(kept.erased_at) if kept.erased_at else _text(kept) for kept in rows}


def _text(kept: CommittedText) -> str:
    """Return a text that no act here erased; in a backup that was brought back its key may be gone all the same."""
    text = kept.text
    return text if text is not None else (translate(KEY_GONE) if has_app_context() else KEY_GONE)


def shown_text(session: Session, commitment: str | None) -> str:
    """Return what to show for one commitment; nothing when there is none."""
    return texts_behind(session, [commitment]).get(commitment or "", "")


def erased_mark(at: datetime) -> str:
    """Return what stands in the place of an erased value, in the reader's language; in English where nobody reads."""
    if not has_app_context():
        return ERASED % {"day": format_date(at.astimezone(UTC), "d MMM y", locale="en")}
    return translate(ERASED, day=show_date(at))
