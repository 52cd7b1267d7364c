"""How a row becomes evidence: the digest of its present state, the same from memory and from the stored columns.

The digest covers the table's name and every column but those that name the line itself; a column without a value is
left out, so that a column added by a later release does not change the digest of older rows (A11-4.8).
"""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Column, LargeBinary

from app.kernel import canonical, clock
from app.storage.columns import CanonicalJson
from app.storage.tables import Base, Evidenced, table_of

ROW_TAG = b"cahier.row.v1\x00"
LINE_COLUMNS = frozenset({"log_id", "line_index", "row_version"})
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class EvidenceColumn(NamedTuple):
    """A column that enters a row's digest."""

    name: str
    attribute: str


class RowEvidence(NamedTuple):
    """What a line says of one row it wrote: table, primary key, count of its states, digest of this state."""

    table: str
    key: str
    version: int
    digest: str


@cache
def evidence_columns(model: type[Base]) -> tuple[EvidenceColumn, ...]:
    """Return the columns that enter the digest of this table's rows, in the order of their names."""
    mapper = model.__mapper__
    chosen = [
        EvidenceColumn(column.name, mapper.get_property_by_column(column).key)
        for column in table_of(model).columns
        if column.name not in LINE_COLUMNS and not column.info.get("opening")
    ]
    return tuple(sorted(chosen))


@cache
def key_attributes(model: type[Base]) -> tuple[str, ...]:
    """Return the attributes of the primary key, in the table's order."""
    mapper = model.__mapper__
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)


def evidenced_models() -> dict[str, type[Base]]:
    """Return every evidenced table of the house by its name."""
    models: list[type[Base]] = [mapper.class_ for mapper in Base.registry.mappers]
    return {model.__tablename__: model for model in models if issubclass(model, Evidenced)}


def describe_row(row: Any) -> RowEvidence:
    """Return what the line says of a row that was just flushed."""
    model: type[Base] = type(row)
    values = {column.name: plain(getattr(row, column.attribute), column) for column in evidence_columns(model)}
    key = "/".join(str(plain(getattr(row, name))) for name in key_attributes(model))
    return RowEvidence(model.__tablename__, key, row.row_version, row_digest(model, values))


def row_digest(model: type[Base], values: dict[str, Any]) -> str:
    """Digest a row's values, given in the plain forms of `plain` and in the order of `evidence_columns`."""
    kept = {name: value for name, value in values.items() if value is not None}
    # Keys come sorted and are ASCII, values are plain: these are the RFC 8785 bytes without sorting again.
    body = _encode([model.__tablename__, kept])
    return hashlib.sha256(ROW_TAG + body.encode()).hexdigest()


def plain(value: Any, column: EvidenceColumn | None = None) -> Any:
    """Return the form of a Python value that is stored and hashed: text, integer, boolean or None."""
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return clock.to_text(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict | list):
        return canonical.canonical_bytes(value).decode()
    raise TypeError(f"no evidence form for {type(value).__name__} in {column}")


def is_native(column: Column[Any]) -> bool:
    """Say whether a stored column must be read through its own type (booleans, bytes) and not as bare text."""
    return isinstance(column.type, Boolean | LargeBinary)


def is_document(column: Column[Any]) -> bool:
    """Say whether a column holds canonical JSON."""
    return isinstance(column.type, CanonicalJson)
