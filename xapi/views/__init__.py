"""The hub's own LRS over HTTP, as xAPI 1.0.3 and 2.0.0 ask.

Open to strangers as far as the edge is concerned: each request carries its credential and is checked here. A browser's
session opens nothing, so that no page elsewhere can ride on it; therefore no CSRF token is asked for.
"""

from flask import Flask

from xapi.statements import Hub
from xapi.views import documents, resources, statements, tokens
from xapi.views.alternate import AlternateSyntax
from xapi.views.edge import EXTENSION, Lrs, blueprint

__all__ = ["documents", "install_lrs", "resources", "statements", "tokens"]


def install_lrs(app: Flask, hub: Hub, profile: bytes, origins: tuple[str, ...] = ()) -> None:
    """Put the LRS of a hub into the application, with the profile of its statements (JSON-LD).

    Pages of these origins may call it from a browser.
    """
    app.extensions[EXTENSION] = Lrs(hub, frozenset(origins), profile)
    app.register_blueprint(blueprint)
    app.wsgi_app = AlternateSyntax(app.wsgi_app, blueprint.url_prefix or "")  # type: ignore[method-assign]
