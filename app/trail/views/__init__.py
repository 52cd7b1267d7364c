"""The screens of the trail: of one record, of the operator, its exports, and verification on demand."""

from flask import Blueprint, Flask

from app.trail.views import exporting, showing, verifying
from app.trail.views.verifying import Outside

blueprint = Blueprint("trail", __name__, template_folder="../templates")

for module in (showing, exporting, verifying):
    module.add_routes(blueprint)


def install_trail(app: Flask, outside: Outside) -> None:
    """Tell the application where keys and memory of the signer stand, and who outside attests the logs."""
    app.extensions[verifying.OUTSIDE] = outside


__all__ = ["Outside", "blueprint", "install_trail"]
