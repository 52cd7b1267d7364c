"""Lines as they are read: once and fast where all is well, once more and with care where a finding must name one."""

from json import JSONDecoder
from operator import itemgetter
from typing import Any, NamedTuple

# The scanner itself: `json.loads` of bytes would first guess an encoding, which doubles the time of a short line.
_scan: Any = JSONDecoder().scan_once  # type: ignore[attr-defined]
_FIELDS = 17


class LineUnreadable(ValueError):
    """The bytes of a line are not one JSON object with the fields of a line."""


class Said(NamedTuple):
    """What a line says of itself, as far as verification judges it."""

    action: Any
    clock: Any
    index: Any
    log: Any
    previous: Any
    rows: Any
    schema: Any
    sequence: Any
    subject: Any
    time: Any


_take = itemgetter(*Said._fields)


def decode_line(body: object) -> tuple[Any, ...]:
    """Return the fields of `Said`, as a bare tuple; raises LineUnreadable. What kind they are is not judged yet."""
    try:
        text = body.decode()  # type: ignore[attr-defined]
        line, end = _scan(text, 0)
        if end != len(text) or len(line) != _FIELDS:
            raise LineUnreadable("more or less than the fields of a line")
        taken: tuple[Any, ...] = _take(line)
    except (AttributeError, KeyError, RecursionError, StopIteration, TypeError, ValueError) as error:
        raise LineUnreadable(f"{type(error).__name__}: {error}") from None
    return taken


def parse_line(body: object) -> dict[str, Any]:
    """Return all that a line says; raises LineUnreadable."""
    try:
        line = _scan(body.decode(), 0)[0]  # type: ignore[attr-defined]
    except (AttributeError, RecursionError, StopIteration, ValueError):
        raise LineUnreadable("not JSON") from None
    if not isinstance(line, dict):
        raise LineUnreadable("not a JSON object")
    return line
