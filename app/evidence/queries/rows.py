"""The rows of a record as the database holds them, in the form that was digested into lines (PF-10)."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.audit.evidence import describe_row, evidence_columns, plain
from app.competencies.models import Decision
from app.notebook.models import Entry, Record, RecordException
from app.signatures.models import PasskeySignature, Signature
from app.storage.tables import Base

Row = list[Any]


def rows_of(session: Session, record: Record, relied_on: Iterable[Base] = ()) -> list[Row]:
    """Return `[table, key, version, values]` of every row that belongs to a record, and of others, sorted."""
    rows = [_described(row) for query in _queries(record.id) for row in session.scalars(query)]
    rows += [_described(row) for row in relied_on]
    return sorted(rows, key=lambda row: row[:3])


def _queries(record_id: str) -> Iterator[Select[Any]]:
    yield select(Record).where(Record.id == record_id)
    yield select(Entry).where(Entry.record_id == record_id)
    yield select(RecordException).where(RecordException.record_id == record_id)
    signed = select(Signature).where(Signature.subject == f"record:{record_id}")
    yield signed
    yield select(PasskeySignature).where(PasskeySignature.signature_id.in_(signed.with_only_columns(Signature.id)))
    yield select(Decision).where(Decision.record_id == record_id)


def _described(row: Any) -> Row:
    found = describe_row(row)
    values: dict[str, Any] = {}
    model: type[Base] = type(row)
    for column in evidence_columns(model):
        value = plain(getattr(row, column.attribute), column)
        if value is not None:
            values[column.name] = value
    return [found.table, found.key, found.version, values]
