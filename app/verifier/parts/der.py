"""Reads DER (X.690), as far as time-stamp tokens need it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.verifier.parts.faults import Malformed

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OBJECT = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
GENERALIZED_TIME, SEQUENCE, SET = 0x18, 0x30, 0x31
DER_TIME = re.compile(rb"(\d{14})(?:\.(\d{0,5}[1-9]))?Z")


@dataclass(frozen=True)
class Element:
    """One element: its tag, what is in it, and the bytes of the whole."""

    tag: int
    content: bytes
    raw: bytes

    def parts(self, tag: int = SEQUENCE) -> list["Element"]:
        """Return the elements inside one that carries this tag."""
        self.expect(tag)
        found = []
        rest = self.content
        while rest:
            element, rest = _first(rest)
            found.append(element)
        return found

    def expect(self, tag: int) -> "Element":
        """Return the element itself if it carries this tag."""
        if self.tag != tag:
            raise Malformed("der")
        return self

    def integer(self) -> int:
        """Return an integer that is not negative and not beyond reason."""
        content = self.expect(INTEGER).content
        if not content or len(content) > 64 or content[0] & 0x80:
            raise Malformed("der")
        return int.from_bytes(content, "big")

    def object(self) -> str:
        """Return an object identifier in dotted decimals."""
        content = self.expect(OBJECT).content
        if not content or content[-1] & 0x80 or len(content) > 64:
            raise Malformed("der")
        arcs, value = [], 0
        for byte in content:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))

    def moment(self) -> datetime:
        """Return a GeneralizedTime, in UTC."""
        found = DER_TIME.fullmatch(self.expect(GENERALIZED_TIME).content)
        if found is None:
            raise Malformed("der")
        try:
            whole = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError as error:
            raise Malformed("der") from error
        return whole + timedelta(microseconds=int((found[2] or b"0").ljust(6, b"0")))


def read_der(data: bytes) -> Element:
    """Return the one element that some bytes are, to the last."""
    element, rest = _first(data)
    if rest:
        raise Malformed("der")
    return element


def _first(data: bytes) -> tuple[Element, bytes]:
    if len(data) < 2 or data[0] & 0x1F == 0x1F:
        raise Malformed("der")
    length, start = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        start += count
        length = int.from_bytes(data[2:start], "big")
        if not 1 <= count <= 4 or len(data) < start or length < 0x80 or length >> 8 * (count - 1) == 0:
            raise Malformed("der")
    end = start + length
    if len(data) < end:
        raise Malformed("der")
    return Element(data[0], data[start:end], data[:end]), data[end:]
