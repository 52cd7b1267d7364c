"""The blueprint to which the modules of this folder add their pages, and what they need of the installation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from flask import Blueprint, Flask, current_app

from app.identity.views.notices import leave_open
from app.lms.rules.mapping import Survey
from app.lms.services.access_tokens import AccessTokens
from app.lms.services.launching import Remember
from app.storage import Storage

blueprint = Blueprint("lms", "app.lms", url_prefix="/lti", template_folder="templates")
_MEANS = "cahier.lms"

AskPlatform = Callable[[Storage, str, Sequence[str | None], Sequence[str]], Survey]
"""How a platform is asked what it has: storage, its address, as whose target (None: the hub's), the known courses."""


@dataclass(frozen=True)
class Means:
    """What the door is told by whoever installs the hub.

    The address under which platforms reach it, the key that seals our keys, the pepper of names, the language of those
    whose platform speaks none of the house, how an xAPI actor is remembered, our tokens for platforms' services, how
    a platform is asked what it has.
    """

    public_url: str
    sealing: bytes = field(repr=False)
    pepper: bytes = field(repr=False)
    language: str
    remember: Remember
    tokens: AccessTokens
    survey: AskPlatform


def install_lms(app: Flask, means: Means) -> None:
    """Tell the application how platforms launch into it."""
    app.extensions[_MEANS] = means
    leave_open("lms.begin", "lms.launch", "lms.link", "lms.show_keys", "lms.show_own_keys")


def means_here() -> Means:
    """Return what the running application was told."""
    return cast(Means, current_app.extensions[_MEANS])
