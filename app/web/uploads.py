"""Files that people send: how much a route takes, and that none of it touches a disk.

A view says with `@takes_upload(bytes)` that it takes more than a form, in bytes or as a function that knows what the
installation chose. The limit is set before anything reads the body, the protection of forms included.
"""

from collections.abc import Callable
from io import BytesIO
from typing import IO, Any, TypeVar

from flask import Flask, Request, current_app, request

View = TypeVar("View", bound=Callable[..., Any])


class MemoryRequest(Request):
    """A request whose files stay in memory, where no other program finds them; the limits of routes bound them."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def takes_upload(most: int | Callable[[], int]) -> Callable[[View], View]:
    """Let a view take a request of this many bytes."""

    def declare(view: View) -> View:
        view.cahier_most_bytes = most  # type: ignore[attr-defined]
        return view

    return declare


def install_uploads(app: Flask) -> None:
    """Keep files in memory, and let each route take what it declares; before anything else that reads a request."""
    app.request_class = MemoryRequest
    app.before_request(allow_declared)


def allow_declared() -> None:
    """Set the limit that the view of this request declares, if it declares one."""
    view = current_app.view_functions.get(request.endpoint or "")
    most: int | Callable[[], int] | None = getattr(view, "cahier_most_bytes", None)
    if most is not None:
        request.max_content_length = most() if callable(most) else most
