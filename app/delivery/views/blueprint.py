"""The blueprint to which the modules of this folder add their pages, and what they need of the installation."""

from dataclasses import dataclass, field
from typing import cast

from flask import Blueprint, Flask, current_app

from app.delivery.rules import Limits, Patience

blueprint = Blueprint("delivery", "app.delivery", template_folder="templates")

_MEANS = "cahier.delivery"
AT_A_SCREEN = Limits(patience=Patience(connect=5, write=5, read=8, talk=10))
"""How long somebody at a screen waits for a target that is tried."""


@dataclass(frozen=True)
class Means:
    """The key that seals secrets of targets, the kinds that are added by hand, and the page on how they name people."""

    key: bytes = field(repr=False)
    kinds: tuple[str, ...]
    naming_page: str


def install_delivery(app: Flask, means: Means) -> None:
    """Tell the application how targets are added and tried."""
    app.extensions[_MEANS] = means


def means_here() -> Means:
    """Return what the running application was told."""
    return cast(Means, current_app.extensions[_MEANS])
