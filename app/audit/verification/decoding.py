"""Lines as they are read: decoded into what verification judges, each field being of the kind that it always is."""

import json
from typing import Any

import msgspec

Item = tuple[str, str, int, str]
"""What a line says of a row that its act wrote: table, key, count of states, digest of this one."""


class LineUnreadable(ValueError):
    """The bytes of a line are not one JSON object with the fields of a line, each of its kind."""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What a line says; the fields that verification does not judge stay the bytes they are."""

    action: str
    actor: msgspec.Raw
    after: msgspec.Raw
    before: msgspec.Raw
    clock: str
    index: int
    log: str
    previous: str | None
    reason: msgspec.Raw
    release: msgspec.Raw
    role: msgspec.Raw
    rows: list[Item]
    schema: str
    sequence: int
    session: msgspec.Raw
    subject: str
    time: str


_decode = msgspec.json.Decoder(Said).decode


def decode_line(body: object) -> Said:
    """Return what a line says; raises LineUnreadable."""
    try:
        return _decode(body)  # type: ignore[arg-type]
    except (msgspec.MsgspecError, RecursionError, TypeError, UnicodeDecodeError) as error:
        raise LineUnreadable(str(error)) from None


def parse_line(body: object) -> dict[str, Any]:
    """Return all that a line says, whatever it is; raises LineUnreadable."""
    try:
        line = json.loads(body)  # type: ignore[arg-type]
    except (RecursionError, TypeError, ValueError):
        raise LineUnreadable("not JSON") from None
    if not isinstance(line, dict):
        raise LineUnreadable("not a JSON object")
    return line
