"""Kinds of target: what another room tells delivery about the things it wants delivered."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.delivery.errors import UnknownKind
from app.delivery.rules import Content, Destination, Label, Limits, Parcel, Probe, Report, Tiding
from app.storage import Storage


class Carrier(Protocol):
    """An open connection to one target, kept by a worker from round to round."""

    def send(self, parcels: Sequence[Parcel], keep_lease: Callable[[], None]) -> Report:
        """Deliver parcels in their order and say what became of each; never raises for what the target or network does.

        Calls `keep_lease` before every request; it raises LeaseLost when another worker took over, which passes
        through.
        """
        ...

    def probe(self) -> Probe:
        """Ask the target whether it would take deliveries with these credentials; delivers nothing."""
        ...

    def rehearse(self) -> Probe:
        """Deliver something made for this alone, which says that it counts for nothing; again and again the same."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Kind(Protocol):
    """A kind of target. Positions only grow, and no parcel appears below one that was drawn before."""

    @property
    def name(self) -> str:
        """The word by which targets name their kind."""
        ...

    @property
    def title(self) -> str:
        """What people call it; to be translated."""
        ...

    @property
    def named(self) -> bool:
        """Say whether a target of this kind knows the hub by a user name beside the secret."""
        ...

    def complete(self, address: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a new target with what was left open; raises BadTarget for what cannot be."""
        ...

    def draw(self, session: Session, destination: Destination, after: int, limit: int) -> Sequence[Label]:
        """Return the labels of the next parcels for a target after a position, in order."""
        ...

    def load(
        self, session: Session, destination: Destination, references: Sequence[str], octets: int
    ) -> Mapping[str, Content]:
        """Return what parcels hold by what names them: of the first ones as many as so many bytes hold, at least one.

        Whoever calls keeps no more than that in memory, however much waits.
        """
        ...

    def make_ready(self, storage: Storage, destination: Destination, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Return parcels as this target is to receive them, the same for ever once they may have gone out.

        Called outside every transaction, so that what was decided can be kept before anything is sent; raises LeaseLost
        when another worker decided meanwhile.
        """
        ...

    def waiting(self, session: Session, destination: Destination, after: int) -> int:
        """Count what is to be delivered to a target after a position."""
        ...

    def open(self, destination: Destination, limits: Limits) -> Carrier:
        """Make ready to deliver to a target; does not touch the network yet."""
        ...

    def tidings(self, session: Session, record_id: str) -> Sequence[Tiding]:
        """Return what there is to deliver about a record, in order."""
        ...


_KINDS: dict[str, Kind] = {}


def register_kind(kind: Kind) -> None:
    """Make a kind known to delivery; the same name again replaces it."""
    _KINDS[kind.name] = kind


def kind_named(name: str) -> Kind:
    """Return a registered kind; raise UnknownKind."""
    try:
        return _KINDS[name]
    except KeyError:
        raise UnknownKind(name) from None


def kinds() -> Sequence[Kind]:
    """Return every kind that is registered, by name."""
    return [_KINDS[name] for name in sorted(_KINDS)]
