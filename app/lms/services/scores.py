"""Sending scores to a platform (Assignment and Grade Services 2.0 §3.4), and what its answers mean for each.

One request carries one score, in order, so that a person's second score in a line item never overtakes the first.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from app.delivery.rules import Fate, Halt, Parcel, Probe, Receipt, Report, StopReason
from app.delivery.services.asking import retry_after
from app.kernel import canonical
from app.lms.rules.grades import (
    RESULT_SCOPE,
    RESULTS_TYPE,
    SCORE_SCOPE,
    SCORE_TYPE,
    results_address,
    says_the_same,
    scores_address,
)
from app.lms.services.service_line import Answer, LineDown, ServiceLine

_NOT_WELCOME, _CONFLICT = frozenset({401, 403}), 409
_LATER = frozenset({408, 423, 425, 429})
_GONE = frozenset({404, 410})
_FAULT = 500


class _Halted(Exception):
    """The platform cannot go on with this round."""

    def __init__(self, halt: Halt) -> None:
        super().__init__(halt.answer)
        self.halt = halt


class ScoreCarrier:
    """A connection to the grade service of one platform, kept from round to round."""

    def __init__(self, line: ServiceLine) -> None:
        self._line = line

    def send(self, parcels: Sequence[Parcel], keep_lease: Callable[[], None]) -> Report:
        """Send scores in their order and say what became of each."""
        receipts: list[Receipt] = []
        blocked: set[str] = set()
        for parcel in parcels:
            if parcel.sequence in blocked:
                receipts.append(Receipt(parcel.position, Fate.HELD, ""))
                continue
            keep_lease()
            try:
                fate, answer = self._send_one(parcel)
            except _Halted as halted:
                return Report(tuple(receipts), halted.halt)
            receipts.append(Receipt(parcel.position, fate, answer))
            if fate is Fate.DEAD and parcel.sequence:
                blocked.add(parcel.sequence)
        return Report(tuple(receipts))

    def probe(self) -> Probe:
        """Ask the platform for a token with which scores could be sent; sends none."""
        try:
            self._line.greet(SCORE_SCOPE)
        except LineDown as down:
            return Probe(False, down.answer)
        return Probe(True, "200: an access token for scores was given")

    def rehearse(self) -> Probe:
        """The same as a probe: there is no score that counts for nothing, each changes somebody's grade."""
        return self.probe()

    def close(self) -> None:
        """Let go of the connection."""
        self._line.close()

    def _send_one(self, parcel: Parcel) -> tuple[Fate, str]:
        if not parcel.body:
            return Fate.DEAD, "nothing is left to send: the person was erased"
        frozen = json.loads(parcel.body)
        line_item, score = frozen["lineItem"], frozen["score"]
        content = canonical.canonical_bytes(score)
        answer = self._post(scores_address(line_item), content)
        if answer.accepted:
            return Fate.SENT, answer.said
        if answer.status == _CONFLICT:
            return self._read_back(line_item, score)
        if answer.status in _GONE:
            return Fate.DEAD, f"{answer.said}: the line item is gone"
        if answer.status in _NOT_WELCOME or answer.status in _LATER or answer.status >= _FAULT:
            _halt_for(answer)
        return Fate.DEAD, answer.said

    def _read_back(self, line_item: str, score: dict[str, Any]) -> tuple[Fate, str]:
        """After a conflict, look what the platform has: this very score, or another one that is later."""
        address = results_address(line_item, score["userId"])
        try:
            answer = self._line.ask("GET", address, RESULT_SCOPE, accept=RESULTS_TYPE)
        except LineDown as down:
            if down.refused:
                return Fate.DEAD, f"409, and cannot be read back: {down.answer}"
            raise _Halted(Halt(down.answer)) from None
        if not answer.accepted or not isinstance(answer.value, list):
            _halt_for(answer)
        if any(says_the_same(result, score) for result in answer.value):
            return Fate.SENT, "409, read back: the same score is there"
        return Fate.DEAD, "409, read back: another score is there that is not older"

    def _post(self, address: str, content: bytes) -> Answer:
        try:
            return self._line.ask("POST", address, SCORE_SCOPE, accept=SCORE_TYPE, content=content, kind=SCORE_TYPE)
        except LineDown as down:
            raise _Halted(Halt(down.answer, stop=StopReason.CREDENTIALS if down.refused else None)) from None


def _halt_for(answer: Answer) -> NoReturn:
    """Stop a round for an answer that says nothing about a single score."""
    stop = StopReason.CREDENTIALS if answer.status in _NOT_WELCOME else None
    raise _Halted(Halt(answer.said, retry_after(answer.headers.get("retry-after")), stop))
