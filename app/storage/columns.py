"""Column types that read and write the same text on both databases, so that a stored value is a hashed value.

Times are ISO texts, enumerations their values, documents canonical JSON. Booleans, integers and bytes stay native.
"""

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import CHAR, ForeignKey, LargeBinary, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from app.kernel import canonical, clock


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time as `2026-11-23T09:05:00.000Z`: SQLite forgets zones, and two databases round differently."""

    impl = CHAR(24)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write the text form."""
        return None if value is None else clock.to_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read the text form."""
        return None if value is None else clock.from_text(value)


class CanonicalJson(TypeDecorator[Any]):
    """A document as canonical JSON text: what is stored is what was hashed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write canonical bytes; None is a missing document."""
        return None if value is None else canonical.canonical_bytes(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read the document."""
        return None if value is None else json.loads(value)


class EnumValue(TypeDecorator[StrEnum]):
    """A StrEnum by its value."""

    impl = String(64)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Write the value; a text outside the vocabulary is refused."""
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Read the member."""
        return None if value is None else self.kind(value)


Id = Annotated[str, mapped_column(String(36))]
"""A random UUID as text."""

Digest = Annotated[str, mapped_column(String(64))]
"""A SHA-256 digest or commitment as 64 hexadecimal digits."""

Opening = Annotated[str | None, mapped_column(Text, nullable=True, info={"opening": True})]
"""The text or the salt behind a commitment: erasable, therefore outside the row's digest."""


SealedOpening = Annotated[bytes | None, mapped_column(LargeBinary, nullable=True, info={"opening": True})]
"""Text and salt behind a commitment, sealed under a key that stands outside the database."""


def reference(target: str) -> ForeignKey:
    """Refer to another table's key, checked when the act is committed: an act's rows may be flushed in any order."""
    return ForeignKey(target, deferrable=True, initially="DEFERRED")
