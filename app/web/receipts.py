"""Answers kept for forms that come twice: an address as it is, whatever else sealed until its day is over (GD-25-1)."""

import base64
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.audit.texts import doom_key
from app.storage.passing import open_passing, owner_of_day, remove_days, seal_passing
from app.storage.vault import Vault
from app.web.models import Receipt

KIND = "receipts"
_ADDRESS, _SEALED = "/", "sealed:"


def seal_answer(session: Session, receipt: Receipt) -> None:
    """Seal what a new receipt answers, unless it is an address: that names a thing by its id, and nobody."""
    if not receipt.answer.startswith(_ADDRESS):
        sealed = seal_passing(session, KIND, receipt.accepted_at, receipt.answer.encode(), _bound(receipt))
        receipt.answer = _SEALED + base64.b64encode(sealed).decode()


def answer_of(session: Session, receipt: Receipt) -> str | None:
    """Return what was answered; None when its key is gone."""
    if not receipt.answer.startswith(_SEALED):
        return receipt.answer
    answer = open_passing(session, KIND, receipt.accepted_at, _sealed(receipt), _bound(receipt))
    return answer.decode() if answer is not None else None


def forget_receipt(session: Session, receipt: Receipt) -> None:
    """Remove a receipt, and doom the key of its answer; part of an erasure."""
    if receipt.answer.startswith(_SEALED):
        doom_key(session, owner_of_day(KIND, receipt.accepted_at), _sealed(receipt), _bound(receipt))
    session.execute(delete(Receipt).where(Receipt.key == receipt.key, Receipt.actor == receipt.actor))


def forget_old_receipts(session: Session, before: datetime) -> None:
    """Remove the receipts from before a time; for the worker."""
    session.execute(delete(Receipt).where(Receipt.accepted_at < before))


def remove_keys_of_receipts(vault: Vault, before: datetime) -> None:
    """Remove the keys of receipts that went."""
    remove_days(vault, KIND, before)


def _sealed(receipt: Receipt) -> bytes:
    return base64.b64decode(receipt.answer.removeprefix(_SEALED))


def _bound(receipt: Receipt) -> str:
    return f"receipt|{receipt.key}|{receipt.actor}"
