"""The first fence: the ORM refuses what append-only and evidenced rows do not allow.

Raw SQL passes this fence; the triggers of migrations/ are the second and the log of app/audit the third.
"""

from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session

from app.storage.errors import AppendOnlyViolation, SecondLine, UnwitnessedChange
from app.storage.tables import AppendOnly, Erasable, Evidenced

_WITNESS = "cahier_witness"
_LINES = "cahier_lines"
_OF_ERASING = {"erased_at", "log_id", "line_index", "row_version"}


def open_witness(session: Session) -> None:
    """Let evidenced rows through from here on, because the caller writes their line in this transaction."""
    if session.info.get(_LINES):
        raise SecondLine("this transaction has its line already")
    session.info[_WITNESS] = True


def close_witness(session: Session) -> None:
    """Count the line and let nothing evidenced through any more."""
    session.info[_WITNESS] = False
    session.info[_LINES] = 1


def has_line(session: Session) -> bool:
    """Say whether this transaction has written its line."""
    return bool(session.info.get(_LINES))


def changed_evidence(session: Session) -> list[Evidenced]:
    """Return the evidenced rows that this session adds or changes."""
    added = [row for row in session.new if isinstance(row, Evidenced)]
    return added + [row for row in session.dirty if isinstance(row, Evidenced) and session.is_modified(row)]


def guard(session_class: type[Session]) -> None:
    """Put the fence around every session of this class."""
    event.listen(session_class, "before_flush", _refuse_unwitnessed)
    event.listen(session_class, "do_orm_execute", _refuse_bulk)


def _refuse_unwitnessed(session: Session, *_: Any) -> None:
    for row in session.deleted:
        if isinstance(row, Evidenced | AppendOnly):
            raise AppendOnlyViolation(f"{type(row).__name__} is never removed")
    for row in session.dirty:
        if isinstance(row, AppendOnly) and session.is_modified(row):
            raise AppendOnlyViolation(f"{type(row).__name__} is never changed")
        if isinstance(row, Erasable) and session.is_modified(row) and not _is_erased_now(row):
            raise AppendOnlyViolation(f"{type(row).__name__} is never changed but by erasing it")
    if changed_evidence(session) and not session.info.get(_WITNESS):
        raise UnwitnessedChange(f"no line for {[type(row).__name__ for row in changed_evidence(session)]}")


def _is_erased_now(row: Erasable) -> bool:
    """Say whether all that happens to a row is that its openings go, together, and that it says when (GDPR 17)."""
    state = inspect(row)
    openings = {
        state.mapper.get_property_by_column(column).key for column in state.mapper.columns if column.info.get("opening")
    }
    changed = {attribute.key for attribute in state.attrs if attribute.history.has_changes()}
    told = [value for value in state.attrs["erased_at"].history.deleted if value]
    gone = all(getattr(row, name) is None for name in openings)
    return gone and row.erased_at is not None and not told and changed <= openings | _OF_ERASING


def _refuse_bulk(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete) or state.bind_mapper is None:
        return
    if issubclass(state.bind_mapper.class_, Evidenced | AppendOnly):
        raise AppendOnlyViolation(f"no bulk change of {state.bind_mapper.class_.__name__}")
