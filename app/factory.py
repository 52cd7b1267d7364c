"""Puts everything together: the only module, with app/command.py and app/schema.py, that knows every room."""

from flask import Blueprint, Flask

from app.identity import sign_in
from app.identity.services.sessions import Limits
from app.storage import Storage
from app.web.edge import install_edge
from app.web.visitors import Edge, NavigationItem
from config.secrets import read_secret
from config.settings import Settings

SESSION_SECRET = "session"

BLUEPRINTS: tuple[Blueprint, ...] = ()
"""The views and the API of every room, in the order of the main navigation."""

NAVIGATION: tuple[NavigationItem, ...] = ()
"""The entries of the main navigation, in order."""


def create_app(settings: Settings | None = None, storage: Storage | None = None) -> Flask:
    """Return the application of an installation that `cahier init` founded; raises SecretMissing when it was not."""
    settings = settings or Settings.from_environ()
    storage = storage or Storage.open(settings.database_url)
    app = Flask("app", template_folder="web/templates", static_folder="web/static")
    limits = Limits(settings.idle_limit, settings.session_limit, settings.lockout_failures)
    edge = Edge(
        storage=storage,
        identify=sign_in.identify,
        default_language=settings.default_language,
        zone=settings.zone,
        secure=settings.secure,
        idle_seconds=settings.idle_minutes * 60,
    )
    install_edge(app, edge, read_secret(settings.keys, SESSION_SECRET))
    sign_in.install_sign_in(app, limits)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    edge.navigation.extend(NAVIGATION)
    return app
