"""Pages in a frame of another site: which site may show a session's pages, and cookies that a browser sends there.

A session that began in a frame carries the origin of the page around it. Its pages may be framed by that origin alone,
and over HTTPS its cookie is partitioned (CHIPS): the browser keeps it apart for that site, and sends it in the frame
though it blocks other cookies of third parties. Every other session's pages are framed by nobody.

What a browser gives to no frame (passkeys) is done in a tab of its own, to which the session is handed over
(app/identity/views/own_tabs.py); the tab remembers for which page it was opened.
"""

from collections.abc import Iterable

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface

from app.web.visitors import edge

OWN_TAB_HEADER = "Cahier-Own-Tab"
"""With which our script says, of a request that the browser does not call a page's own, that the page fills a tab."""

_FRAMED_BY = "framed_by"
_OPENED_FOR = "own_tab"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors {ancestors}; manifest-src 'self'"
)


def content_security_policy(ancestors: Iterable[str] = (), forms: Iterable[str] = ()) -> str:
    """Return the policy of a page: framed by these origins, nobody by default; its forms go to ours and to these."""
    around = " ".join(sorted(set(ancestors))) or "'none'"
    return _POLICY.format(ancestors=around, forms=" ".join(["'self'", *sorted(set(forms))]))


def frame_session(origin: str) -> None:
    """Let this origin, and no other, show the pages of the present session in a frame."""
    session[_FRAMED_BY] = origin


def framed_by() -> str | None:
    """Return the origin that may show the pages of the present session in a frame, None for nobody."""
    origin = session.get(_FRAMED_BY)
    return origin if isinstance(origin, str) else None


def in_frame() -> bool:
    """Say whether the page asked for is to stand in a frame; one of a framed session that fills a tab is not."""
    fills_tab = request.headers.get("Sec-Fetch-Dest") == "document" or OWN_TAB_HEADER in request.headers
    return framed_by() is not None and not fills_tab


def remember_own_tab(page: str) -> None:
    """Remember that the present session was handed over to this tab, for this page."""
    session[_OPENED_FOR] = page


def opened_for() -> str | None:
    """Return the page for which the present session was handed over to this tab, None for every other session."""
    page = session.get(_OPENED_FOR)
    return page if isinstance(page, str) else None


class FramedSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, partitioned and sent across sites only for sessions that began in a frame."""

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """Return `None` as browsers read it for framed sessions, and the setting for all others."""
        return "None" if _is_apart() else super().get_cookie_samesite(app)

    def get_cookie_partitioned(self, app: Flask) -> bool:
        """Say whether the cookie is kept apart for the site around the frame."""
        return _is_apart() or super().get_cookie_partitioned(app)


def _is_apart() -> bool:
    return edge().secure and framed_by() is not None
