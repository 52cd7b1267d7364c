"""The screens of the trail: of one record, of the operator, its exports, and verification on demand."""

from pathlib import Path

from flask import Blueprint, Flask

from app.trail.views import exporting, showing, verifying

blueprint = Blueprint("trail", __name__, template_folder="../templates")

for module in (showing, exporting, verifying):
    module.add_routes(blueprint)


def install_trail(app: Flask, keys: Path) -> None:
    """Tell the application where the keys and the memory of the signer of checkpoints stand."""
    app.extensions[verifying.KEYS] = keys


__all__ = ["blueprint", "install_trail"]
