"""One round of sending the frozen bytes of statements to another LRS over HTTP, and what its answers mean.

tincan does not send: it has no timeout, opens a connection for each statement, and writes the answer of a repeated
request onto the wrong statements. What an LRS answers is read here once: stored, known already, refused for good,
later, or not without a person.
"""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import httpx

from app.delivery.rules import (
    Destination,
    Fate,
    Halt,
    Limits,
    Parcel,
    Probe,
    Receipt,
    Report,
    StopReason,
    next_request,
)
from app.delivery.services.asking import read_bounded, retry_after, trust_with
from xapi.rehearsing import rehearsal
from xapi.rules.comparing import say_the_same
from xapi.rules.parts import Attached, join_parts
from xapi.rules.texts import read_value

VERSION = "1.0.3"
LONGEST_ANSWER = 4 * 1024 * 1024

_TOO_MUCH = httpx.codes.REQUEST_ENTITY_TOO_LARGE
_WRONG = frozenset({400, 422})
_NOT_WELCOME = frozenset({401, 403})
_LATER = frozenset({408, 423, 425, 429})


class _Halted(Exception):
    """The LRS cannot go on with this round."""

    def __init__(self, halt: Halt) -> None:
        super().__init__(halt.answer)
        self.halt = halt


class LrsCarrier:
    """A connection to one LRS, reused from request to request; its certificate is verified.

    `most_octets` is what one request may hold; it shrinks when the LRS, or what stands before it, calls one too large.
    """

    def __init__(self, destination: Destination, limits: Limits) -> None:
        patience = limits.patience
        self._address = f"{destination.address}/statements"
        self._about = f"{destination.address}/about"
        self._client = httpx.Client(
            auth=httpx.BasicAuth(str(destination.settings.get("username", "")), destination.secret),
            headers={"X-Experience-API-Version": VERSION},
            timeout=httpx.Timeout(patience.read, connect=patience.connect, write=patience.write, pool=patience.connect),
            verify=trust_with(destination.settings.get("ca_file")),
        )
        self._talk = patience.talk
        self.most_parcels, self.most_octets = limits.parcels, limits.octets

    def send(self, parcels: Sequence[Parcel], keep_lease: Callable[[], None]) -> Report:
        """Send statements in their order and say what became of each."""
        sending = _Round(self, keep_lease)
        try:
            sending.send(parcels)
        except _Halted as halted:
            return Report(tuple(sending.receipts), halted.halt)
        return Report(tuple(sending.receipts))

    def probe(self) -> Probe:
        """Ask what the LRS is, and whether these credentials may read there; stores nothing."""
        try:
            about, versions = self.request("GET", self._about)
            if about.status_code != httpx.codes.OK or not isinstance(versions, dict) or "version" not in versions:
                return Probe(False, f"{status_of(about)}: no LRS answers at {self._about}")
            answer, _ = self.request("GET", self._address, params={"limit": "1"})
        except _Halted as halted:
            return Probe(False, halted.halt.answer)
        if answer.status_code != httpx.codes.OK:
            return Probe(False, f"{status_of(answer)}: the LRS does not let these credentials read statements")
        return Probe(True, f"{status_of(answer)}: an LRS of version {', '.join(map(str, versions['version']))}")

    def rehearse(self) -> Probe:
        """Send a statement that says it is a trial, read it back, and void it; the same ones each time.

        So an LRS holds two statements of trials for ever, however often it is tried.
        """
        tried, voiding = (Parcel(place, identifier, body) for place, (identifier, body) in enumerate(rehearsal()))
        rehearsing = _Round(self, lambda: None)
        try:
            for parcel in (tried, voiding):
                rehearsing.send([parcel])
            found = self.fetch(tried)
        except _Halted as halted:
            return Probe(False, halted.halt.answer)
        refused = [receipt.answer for receipt in rehearsing.receipts if receipt.fate is not Fate.SENT]
        if refused or not _is_there(found, tried):
            return Probe(False, refused[0] if refused else "the statement cannot be read back")
        return Probe(True, f"{rehearsing.receipts[0].answer}: a statement was stored, read back and voided")

    def post(self, parcels: Sequence[Parcel]) -> tuple[httpx.Response, Any]:
        """Send the frozen bytes of statements as one array, with what is attached to them."""
        content, kind = b"[" + b",".join(parcel.body for parcel in parcels) + b"]", "application/json"
        enclosed = {item.digest: item for parcel in parcels for item in parcel.enclosed}
        if enclosed:
            parts = [(item.media_type, Attached(item.digest, item.content)) for item in enclosed.values()]
            kind, content = join_parts(content, parts)
        return self.request("POST", self._address, content=content, headers={"Content-Type": kind})

    def fetch(self, parcel: Parcel) -> Any:
        """Return the statement of this id as the LRS has it, voided or not; None when it has none."""
        for parameter in ("statementId", "voidedStatementId"):
            answer, value = self.request("GET", self._address, params={parameter: parcel.reference})
            if answer.status_code != httpx.codes.NOT_FOUND:
                break
        else:
            return None
        if answer.status_code != httpx.codes.OK or not isinstance(value, dict):
            _halt_for(answer)
        wrapped = value.get("statements")  # some answer with a list of one
        return (wrapped[0] if wrapped else None) if isinstance(wrapped, list) else value

    def request(self, method: str, address: str, **parts: Any) -> tuple[httpx.Response, Any]:
        """Ask once and return the answer with its JSON, or None where it has none; a network's fault becomes a halt."""
        try:
            with self._client.stream(method, address, **parts) as answer:
                body = read_bounded(answer, LONGEST_ANSWER, self._talk)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _Halted(Halt(f"no answer: {type(error).__name__} {error}".strip())) from None
        try:
            return answer, read_value(body)
        except (ValueError, RecursionError):
            return answer, None

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


class _Round:
    """One round of sending: bisects what is refused, reads back what is doubtful, keeps receipts of what is settled.

    What comes after a statement that was refused for good, in its sequence, is held.
    """

    def __init__(self, lrs: LrsCarrier, keep_lease: Callable[[], None]) -> None:
        self.lrs = lrs
        self.keep_lease = keep_lease
        self.receipts: list[Receipt] = []
        self._blocked: set[str] = set()

    def send(self, parcels: Sequence[Parcel]) -> None:
        """Send statements in as many requests as the LRS needs; raises _Halted."""
        left = list(parcels)
        while left := self._hold_back(left):
            together = next_request(left, self.lrs.most_parcels, self.lrs.most_octets)
            left = left[len(together) :]
            self._send_together(together)

    def _hold_back(self, parcels: list[Parcel]) -> list[Parcel]:
        held = [parcel for parcel in parcels if parcel.sequence in self._blocked]
        self._settle(held, Fate.HELD, "")
        return [parcel for parcel in parcels if parcel.sequence not in self._blocked]

    def _send_together(self, parcels: list[Parcel]) -> None:
        self.keep_lease()
        answer, value = self.lrs.post(parcels)
        if answer.status_code == httpx.codes.NO_CONTENT:
            self._settle(parcels, Fate.SENT, "204")
        elif answer.status_code == httpx.codes.OK:
            self._confirm(parcels, value)
        elif answer.status_code == httpx.codes.CONFLICT:
            self._reconcile(parcels, answer)
        elif answer.status_code == _TOO_MUCH:
            self._send_less(parcels, answer)
        elif answer.status_code in _WRONG:
            self._bisect(parcels, answer)
        else:
            _halt_for(answer)

    def _send_less(self, parcels: list[Parcel], answer: httpx.Response) -> None:
        """Send less at once, now and from now on; one that is too large alone is refused for good."""
        if len(parcels) > 1:
            self.lrs.most_octets = sum(parcel.octets for parcel in parcels) // 2
        self._bisect(parcels, answer)

    def _confirm(self, parcels: list[Parcel], value: Any) -> None:
        """Settle what the LRS says it stored, and look for the rest: some name only what was new to them."""
        if not isinstance(value, list):
            raise _Halted(Halt("200 without a list of ids: no LRS answers here"))
        named = {identifier.lower() for identifier in value if isinstance(identifier, str)}
        self._settle([parcel for parcel in parcels if parcel.reference in named], Fate.SENT, "200")
        missing = self._look_for([parcel for parcel in parcels if parcel.reference not in named], "200")
        if missing:
            raise _Halted(Halt(f"200, but {len(missing)} of {len(parcels)} statements were not stored"))

    def _reconcile(self, parcels: list[Parcel], answer: httpx.Response) -> None:
        """After a conflict, settle what is there already and send what is not: a batch is refused as a whole."""
        missing = self._look_for(parcels, "409")
        if len(missing) == len(parcels):
            self._bisect(parcels, answer)
        elif missing:
            self.send(missing)

    def _look_for(self, parcels: list[Parcel], status: str) -> list[Parcel]:
        """Settle the statements that the LRS has, and return those it has not."""
        missing = []
        for parcel in parcels:
            self.keep_lease()
            found = self.lrs.fetch(parcel)
            if found is None:
                missing.append(parcel)
            elif _is_there(found, parcel):
                self._settle([parcel], Fate.SENT, f"{status}, read back: the same statement is there")
            else:
                self._settle([parcel], Fate.DEAD, f"{status}, read back: a different statement has this id")
        return missing

    def _bisect(self, parcels: list[Parcel], answer: httpx.Response) -> None:
        """Send both halves apart, until what is refused stands alone."""
        if len(parcels) == 1:
            self._settle(parcels, Fate.DEAD, status_of(answer))
            return
        middle = len(parcels) // 2
        self.send(parcels[:middle])
        self.send(parcels[middle:])

    def _settle(self, parcels: list[Parcel], fate: Fate, answer: str) -> None:
        if fate is Fate.DEAD:
            self._blocked |= {parcel.sequence for parcel in parcels if parcel.sequence}
        self.receipts += [Receipt(parcel.position, fate, answer) for parcel in parcels]


def _halt_for(answer: httpx.Response) -> NoReturn:
    """Stop a round for an answer that says nothing about a single statement."""
    status = answer.status_code
    if status in _NOT_WELCOME:
        raise _Halted(Halt(status_of(answer), stop=StopReason.CREDENTIALS))
    wait = retry_after(answer.headers.get("Retry-After"))
    if status in _LATER or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise _Halted(Halt(status_of(answer), wait))
    raise _Halted(Halt(f"{status_of(answer)}: no LRS answers here", wait))


def _is_there(found: Any, parcel: Parcel) -> bool:
    """Say whether what an LRS gave back says what was sent; what it gives back may be anything."""
    try:
        return isinstance(found, dict) and say_the_same(found, read_value(parcel.body))
    except (ValueError, TypeError):
        return False


def status_of(answer: httpx.Response) -> str:
    """Return the status of an answer and what it is called, in one short line."""
    return f"{answer.status_code} {answer.reason_phrase}".strip()
