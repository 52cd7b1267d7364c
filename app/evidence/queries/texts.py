"""The texts behind the commitments of a bundle, and where those that were erased were erased."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import CommittedText
from app.kernel import clock
from app.storage.rows import in_portions

_DIGEST = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True)
class Texts:
    """What texts.json holds, and the lines of the acts that erased some of it."""

    opened: dict[str, Any]
    erasures: Sequence[tuple[int, int]]


def texts_in(session: Session, sources: Iterable[bytes]) -> Texts:
    """Return what is behind every commitment that stands in these bytes: text and salt, or when it was erased."""
    wanted = sorted({match.decode() for source in sources for match in _DIGEST.findall(source)})
    opened: dict[str, Any] = {}
    erasures = []
    for some in in_portions(wanted):
        query = select(CommittedText).where(CommittedText.commitment.in_(some))
        for kept in session.scalars(query):
            if kept.erased_at:
                opened[kept.commitment] = {"erased_at": clock.to_text(kept.erased_at)}
                erasures.append((kept.log_id, kept.line_index))
            elif opening := kept.open():
                opened[kept.commitment] = {"salt": opening.salt, "text": opening.text}
    return Texts(opened, erasures)


def decisions_in(session: Session, reasons: Iterable[str | None]) -> dict[str, Any]:
    """Return the words of the decisions by which texts were erased: the reasons of those lines, opened (PF-12)."""
    return texts_in(session, [reason.encode() for reason in reasons if reason]).opened
