"""A Moodle as a kind of target: statements for our plug-in there, or competencies alone where it is not installed.

What somebody mapped there goes along with each statement as hints, for a plug-in that is new enough to understand them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.delivery.rules import Destination, Fate, Halt, Limits, Parcel, Probe, Receipt, Report, next_request
from app.delivery.services.kinds import Carrier, register_kind
from app.kernel.errors import N_
from app.storage import Storage
from xapi.delivery import StatementKind
from xapi.moodle_filing import hint_at_places
from xapi.moodle_rating import LIST, Rater
from xapi.moodle_talking import Complained, Halted, MoodleLine, TooLarge
from xapi.rules.actors import SETTING, ActorForm, ActorMapping, Naming
from xapi.rules.moodle import Fallback, leaves_cold
from xapi.rules.texts import read_value

KIND = "moodle"
POST = "local_cahier_post_statements"
TEST = "local_cahier_test"
UNDERSTANDS_HINTS = 2026112400
"""The version of the plug-in from which on it takes where a statement is to be filed."""
MOST_OCTETS = 500_000
"""What one request holds at most: PHP takes 8 MB, and what is written as a form grows to up to three times its size."""

_FATES = {
    "taken": Fate.SENT,
    "repeated": Fate.SENT,
    "ignored": Fate.SET_ASIDE,
    "refused": Fate.DEAD,
    "held": Fate.HELD,
}


class MoodleKind(StatementKind):
    """The hub's statements, for a Moodle; its people are named as the Moodle names them to LTI tools."""

    name = KIND
    title = N_("Moodle with Cahier's plug-in")
    named = False

    def complete(self, address: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a new target: people are named as this Moodle names them to LTI tools."""
        mapping = ActorMapping.asked(ActorForm.ACCOUNT, address, Naming.ID)
        given = {name: value for name, value in settings.items() if name != "username"}
        return {SETTING: mapping.to_settings()} | given

    def make_ready(self, storage: Storage, destination: Destination, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Return statements with the names of people at this Moodle, and with what they are filed under there."""
        return hint_at_places(storage, destination, super().make_ready(storage, destination, parcels))

    def open(self, destination: Destination, limits: Limits) -> Carrier:
        """Make a connection to a Moodle ready."""
        return MoodleCarrier(destination, limits)


class MoodleCarrier:
    """A connection to one Moodle. What does not concern it is set aside without being sent."""

    def __init__(self, destination: Destination, limits: Limits) -> None:
        self._home = destination.address
        self._line = MoodleLine(destination, limits)
        self._fallback = Fallback.of(destination.settings)
        self._rater = Rater(self._line, self._fallback, self._home)
        self._understands_hints = False
        self.most_parcels, self.most_octets = limits.parcels, min(limits.octets, MOST_OCTETS)

    def send(self, parcels: Sequence[Parcel], keep_lease: Callable[[], None]) -> Report:
        """Send statements in their order and say what became of each."""
        sending = _Round(self._line, self._rater if self._fallback.courses else None, keep_lease)
        concerned = []
        for parcel in parcels:
            why_not = leaves_cold(read_value(parcel.body), self._home)
            if why_not is None:
                concerned.append(parcel)
            else:
                sending.receipts.append(Receipt(parcel.position, Fate.SET_ASIDE, why_not))
        try:
            if not self._takes_hints(concerned):
                concerned = [replace(parcel, hints={}) for parcel in concerned]
            sending.send(concerned, self.most_parcels, self.most_octets)
        except Halted as halted:
            return Report(tuple(sending.receipts), halted.halt)
        except Complained as complained:
            return Report(tuple(sending.receipts), Halt(str(complained)))
        except (KeyError, TypeError, ValueError) as error:
            return Report(tuple(sending.receipts), Halt(f"an answer that cannot be read: {type(error).__name__}"))
        return Report(tuple(sending.receipts))

    def probe(self) -> Probe:
        """Ask whether our plug-in would take statements, or whether competencies can be rated; stores nothing."""
        return self._try({})

    def rehearse(self) -> Probe:
        """Do the same and have an event written into the Moodle's log; no statement is taken."""
        return self._try({"log": "1"})

    def close(self) -> None:
        """Close the connection."""
        self._line.close()

    def _takes_hints(self, parcels: Sequence[Parcel]) -> bool:
        """Say whether hints may go along; asked until the plug-in is new enough. Without one the rater reads them."""
        if not self._understands_hints and any(parcel.hints for parcel in parcels):
            try:
                said = self._line.call(TEST, {})
            except Complained as complained:
                return complained.complaint.lacks_function
            except TooLarge:
                return False
            version = str(said.get("plugin") or "") if isinstance(said, dict) else ""
            self._understands_hints = version.isdigit() and int(version) >= UNDERSTANDS_HINTS
        return self._understands_hints

    def _try(self, fields: Mapping[str, str]) -> Probe:
        try:
            said = self._line.call(TEST, fields)
            return _judge(said, self._home)
        except Complained as complained:
            if not complained.complaint.lacks_function:
                return Probe(False, str(complained))
        except (Halted, TooLarge) as error:
            return Probe(False, str(error))
        return self._try_rating()

    def _try_rating(self) -> Probe:
        if not self._fallback.courses:
            return Probe(False, "Cahier's plug-in is not installed there")
        try:
            found = sum(len(self._line.call(LIST, {"id": str(course)})) for course in self._fallback.courses)
        except (Complained, Halted, TooLarge, TypeError) as error:
            return Probe(False, str(error))
        return Probe(True, f"without the plug-in: {found} competencies can be rated")


def _judge(said: Any, home: str) -> Probe:
    """Say whether the Moodle that answered is the one whose people are meant."""
    if not isinstance(said, dict) or "wwwroot" not in said:
        return Probe(False, "the plug-in does not answer as it should")
    if str(said["wwwroot"]).rstrip("/") != home:
        return Probe(False, f"this Moodle calls itself {said['wwwroot']}: enter that as the address")
    return Probe(True, f"Moodle {said.get('moodle')}, plug-in {said.get('plugin')}")


class _Round:
    """One round of sending: keeps receipts of what is settled; what comes after a refused statement is held."""

    def __init__(self, line: MoodleLine, rater: Rater | None, keep_lease: Callable[[], None]) -> None:
        self.line = line
        self.rater = rater
        self.keep_lease = keep_lease
        self.receipts: list[Receipt] = []
        self._blocked: set[str | None] = set()
        self._without_plugin = False

    def send(self, parcels: Sequence[Parcel], most: int, octets: int) -> None:
        """Send statements in as many requests as it takes; raises Halted, Complained."""
        left = list(parcels)
        while left := self._hold_back(left):
            together = [left[0]] if self._without_plugin else next_request(left, most, octets)
            left = left[len(together) :]
            self._send_together(together)

    def _send_together(self, parcels: list[Parcel]) -> None:
        self.keep_lease()
        if self._without_plugin and self.rater:
            self._settle([(parcel, self.rater.rate(parcel)) for parcel in parcels])
            return
        try:
            answers = self.line.call(POST, _form(parcels))
        except TooLarge:
            self._send_halves(parcels, "too large for what stands before the Moodle")
        except Complained as complained:
            if complained.complaint.code == "invalidparameter":
                self._send_halves(parcels, str(complained))
            elif complained.complaint.lacks_function and self.rater:
                self._without_plugin = True
                self.send(parcels, 1, 0)
            elif complained.complaint.lacks_function:
                raise Halted(Halt("Cahier's plug-in is not installed there")) from None
            else:
                raise
        else:
            self._read(parcels, answers)

    def _send_halves(self, parcels: list[Parcel], said: str) -> None:
        """Send both halves apart, until what is refused stands alone."""
        if len(parcels) == 1:
            self._settle([(parcels[0], Receipt(parcels[0].position, Fate.DEAD, said))])
            return
        middle = len(parcels) // 2
        for half in (parcels[:middle], parcels[middle:]):
            if free := self._hold_back(half):
                self._send_together(free)

    def _read(self, parcels: list[Parcel], answers: Any) -> None:
        """Settle each statement by its own answer."""
        if not isinstance(answers, list) or len(answers) != len(parcels):
            raise Halted(Halt("the plug-in does not answer for each statement"))
        pairs = zip(parcels, answers, strict=True)
        self._settle([(parcel, _receipt(parcel, answer)) for parcel, answer in pairs])

    def _settle(self, settled: list[tuple[Parcel, Receipt]]) -> None:
        self._blocked |= {parcel.sequence for parcel, receipt in settled if receipt.fate is Fate.DEAD} - {None}
        self.receipts += [receipt for _, receipt in settled]

    def _hold_back(self, parcels: list[Parcel]) -> list[Parcel]:
        held = [parcel for parcel in parcels if parcel.sequence in self._blocked]
        self.receipts += [Receipt(parcel.position, Fate.HELD, "") for parcel in held]
        return [parcel for parcel in parcels if parcel.sequence not in self._blocked]


def _form(parcels: Sequence[Parcel]) -> dict[str, str]:
    """Return statements as Moodle's web service takes lists: their frozen bytes, their sequence, their hints."""
    form = {}
    for place, parcel in enumerate(parcels):
        form[f"statements[{place}][statement]"] = parcel.body.decode()
        form[f"statements[{place}][sequence]"] = parcel.sequence or ""
        form |= {f"statements[{place}][{name}]": value for name, value in parcel.hints.items()}
    return form


def _receipt(parcel: Parcel, answer: Mapping[str, Any]) -> Receipt:
    said = " ".join(str(answer.get(part) or "") for part in ("reason", "message")).strip()
    return Receipt(parcel.position, _FATES[str(answer["outcome"])], said or str(answer["outcome"]))


register_kind(MoodleKind())
