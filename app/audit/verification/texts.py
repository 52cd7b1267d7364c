"""Texts beside their commitments: each text present opens its own, each absent one was erased by an act (PF-12)."""

from typing import NamedTuple

from app.audit.models import CommittedText
from app.audit.openings import unseal_opening
from app.audit.verification.decoding import Item
from app.audit.verification.digests import INDEX, LOG, RowDigester
from app.audit.verification.snapshot import Row
from app.audit.verification.verdict import FINDINGS_OF_A_KIND, Code
from app.kernel import canonical
from app.storage.errors import KeyDestroyed, KeyMissing, SealedAltered, VaultClosed
from app.storage.tables import table_of
from app.storage.vault import Vault

_TEXT = table_of(CommittedText).c


class TextDigester(RowDigester):
    """Digests the rows of committed texts, and tries each text on its commitment on the way."""

    def __init__(self, vault: Vault | None) -> None:
        super().__init__(CommittedText)
        self._vault = vault
        self.selected += [_TEXT.commitment, _TEXT.person_id, _TEXT.sealed, _TEXT.text, _TEXT.salt, _TEXT.erased_at]

    def items(self, rows: list[Row]) -> list[Item]:
        """Return what each row amounts to, and keep the faults of its text, as many as are reported."""
        for row in rows:
            code = fault_of_text(self._vault, KeptText(*row[-6:]))
            if code and len(self.faults) <= FINDINGS_OF_A_KIND:
                self.faults.append(((row[LOG], row[INDEX]), str(row[-6]), code))
        return super().items(rows)


class KeptText(NamedTuple):
    """The columns of a committed text that are outside its digest, and those that they open."""

    commitment: str
    person_id: str | None
    sealed: bytes | None
    text: str | None
    salt: str | None
    erased_at: str | None


def fault_of_text(vault: Vault | None, kept: KeptText) -> Code | None:
    """Return what is wrong with a text, or None. One whose key was destroyed by an erasure is erased (GD-25-1)."""
    commitment, person_id, sealed, text, salt, erased_at = kept
    if erased_at is not None:
        return None if sealed is None and text is None and salt is None else Code.TEXT_KEPT
    if sealed is not None:
        return (
            Code.TEXT_ALTERED
            if (text, salt) != (None, None)
            else _fault_of_sealed(vault, commitment, person_id, sealed)
        )
    if text is None or salt is None:
        return Code.TEXT_MISSING
    return None if _opens(commitment, text, salt) else Code.TEXT_ALTERED


def _fault_of_sealed(vault: Vault | None, commitment: str, person_id: str | None, sealed: bytes) -> Code | None:
    if vault is None:
        return Code.TEXT_MISSING
    try:
        opening = unseal_opening(vault, commitment, person_id, sealed)
    except KeyDestroyed:
        return None
    except (KeyMissing, VaultClosed):
        return Code.TEXT_MISSING
    except (SealedAltered, AttributeError, TypeError):
        return Code.TEXT_ALTERED
    return None if _opens(commitment, *opening) else Code.TEXT_ALTERED


def _opens(commitment: str, text: str, salt: str) -> bool:
    try:
        return canonical.commitment(text, salt) == commitment
    except (AttributeError, TypeError, ValueError):  # bytes for text, or a salt that is none
        return False
