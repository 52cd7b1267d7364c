"""Who stands behind a request: found once by what identity registered, kept for the request, asked for by name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

from flask import current_app, g, request

from app.kernel.actors import Actor
from app.kernel.errors import N_, CahierError
from app.storage import Storage


class SignInNeeded(CahierError):
    """Nobody stands behind this request, and the page is not for strangers."""

    code = "sign-in-needed"
    message = N_("Sign in to see this page.")


@dataclass(frozen=True)
class Visitor:
    """The person or token behind a request, and what the layout says of them; labels are source strings.

    `operators` are those that they may act for, `acts_for_hub` says that the hub itself is another such place;
    `launched`, that nothing but a course vouches for them, so that they act for its operator alone.
    """

    actor: Actor
    name: str
    login: str = ""
    operator_name: str = ""
    operators: tuple[tuple[str, str], ...] = ()
    acts_for_hub: bool = False
    launched: bool = False
    role_labels: tuple[str, ...] = ()
    locked: bool = False
    through_token: bool = False


class Identify(Protocol):
    """How identity finds the visitor of a request: None for a stranger."""

    def __call__(self) -> Visitor | None:
        """Return the visitor of the present request."""
        ...


@dataclass(frozen=True)
class NavigationItem:
    """An entry of the main navigation, shown to those for whom `visible` says yes.

    It is marked as the present one on the pages whose endpoint begins with one of `pages`; by default on all of its
    room. Where several entries claim a page, the one that names it most closely has it. `waiting` says how much waits
    behind it, and how much of that is overdue.
    """

    endpoint: str
    label: str
    icon: str
    visible: Callable[[Actor], bool]
    pages: tuple[str, ...] = ()
    waiting: Callable[[Actor], tuple[int, int]] | None = None

    def reach(self, endpoint: str) -> int:
        """Say how closely a page belongs to this entry: the length of what they have in common, 0 for nothing."""
        pages = self.pages or (self.endpoint.partition(".")[0] + ".",)
        return max((len(page) for page in pages if endpoint.startswith(page)), default=0)


class PersonPanel(Protocol):
    """What a room above adds to the page of a person: a block of HTML, or an empty text for nothing."""

    def __call__(self, person_id: str, actor: Actor) -> str:
        """Return the block as this actor may see it."""
        ...


class RecordPanel(Protocol):
    """What a room above adds to the page of a record: a block of HTML, or an empty text for nothing."""

    def __call__(self, record_id: str, actor: Actor) -> str:
        """Return the block as this actor, who may see the record, may see it."""
        ...


@dataclass
class Edge:
    """What the edge knows of the application: its storage, its visitors, its navigation, some settings by value."""

    storage: Storage
    identify: Identify
    default_language: str
    zone: str
    secure: bool
    idle_seconds: int
    navigation: list[NavigationItem] = field(default_factory=list)
    person_panels: list[PersonPanel] = field(default_factory=list)
    record_panels: list[RecordPanel] = field(default_factory=list)


def edge() -> Edge:
    """Return the edge of the running application."""
    return cast(Edge, current_app.extensions["cahier"])


def current_visitor() -> Visitor | None:
    """Return who stands behind this request, or None for a stranger; found once a request."""
    if not hasattr(g, "visitor"):
        g.visitor = None  # while it is being found, so that an error on the way does not look for it again
        g.visitor = edge().identify()
    visitor: Visitor | None = g.visitor
    return visitor


def current_actor() -> Actor:
    """Return the actor of this request; raise SignInNeeded for a stranger."""
    visitor = current_visitor()
    if visitor is None:
        raise SignInNeeded
    return visitor.actor


def client_address() -> str:
    """Return the address the request came from; proxies count only as far as settings trust them (AS-4.1.3)."""
    return request.remote_addr or "unknown"
