"""Texts beside their commitments: each text present opens its own, each absent one was erased by an act (PF-12)."""

from app.audit.models import CommittedText
from app.audit.verification.decoding import Item
from app.audit.verification.digests import INDEX, LOG, RowDigester
from app.audit.verification.snapshot import Row
from app.audit.verification.verdict import FINDINGS_OF_A_KIND, Code
from app.kernel import canonical
from app.storage.tables import table_of

_TEXT = table_of(CommittedText).c


class TextDigester(RowDigester):
    """Digests the rows of committed texts, and tries each text on its commitment on the way."""

    def __init__(self) -> None:
        super().__init__(CommittedText)
        self.selected += [_TEXT.commitment, _TEXT.text, _TEXT.salt, _TEXT.erased_at]
        self.faults: list[tuple[tuple[int, int], str, Code]] = []

    def items(self, rows: list[Row]) -> list[Item]:
        """Return what each row amounts to, and keep the faults of its text, as many as are reported."""
        for row in rows:
            code = fault_of_text(*row[-4:])
            if code and len(self.faults) <= FINDINGS_OF_A_KIND:
                self.faults.append(((row[LOG], row[INDEX]), str(row[-4]), code))
        return super().items(rows)


def fault_of_text(commitment: str, text: str | None, salt: str | None, erased_at: str | None) -> Code | None:
    """Return what is wrong with a text, or None."""
    if erased_at is not None:
        return None if text is None and salt is None else Code.TEXT_KEPT
    if text is None or salt is None:
        return Code.TEXT_MISSING
    try:
        opens = canonical.commitment(text, salt) == commitment
    except (AttributeError, TypeError, ValueError):  # bytes for text, or a salt that is none
        opens = False
    return None if opens else Code.TEXT_ALTERED
