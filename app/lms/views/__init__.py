"""The doors and screens of learning platforms."""

from app.kernel.actors import Permission
from app.kernel.errors import N_
from app.lms.views import (
    content,
    door,
    grades,
    joining,
    keys,
    linking,
    mapping,
    platforms,
    registering,
    reviewing,
    rosters,
)
from app.lms.views.blueprint import Means, blueprint, install_lms
from app.web.visitors import NavigationItem

NAVIGATION = (
    NavigationItem(
        "lms.list_platforms", N_("Platforms"), "globe", lambda actor: actor.may(Permission.TARGET_ADMINISTER), ("lms.",)
    ),
)
"""The entry of learning platforms in the main navigation."""

__all__ = [
    "NAVIGATION",
    "Means",
    "blueprint",
    "content",
    "door",
    "grades",
    "install_lms",
    "joining",
    "keys",
    "linking",
    "mapping",
    "platforms",
    "registering",
    "reviewing",
    "rosters",
]
