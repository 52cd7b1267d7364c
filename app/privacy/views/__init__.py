"""The pages of privacy: erasures, retention, people under age, the register, and taking one's own data away."""

from app.kernel.actors import Permission
from app.kernel.errors import N_
from app.privacy.views import erasing, minors, register, retention, taking
from app.privacy.views.blueprint import blueprint
from app.privacy.views.erasing import person_panel
from app.privacy.views.minors import age_panel
from app.privacy.views.taking import Above, install_privacy
from app.web.visitors import NavigationItem

NAVIGATION = (
    NavigationItem(
        "privacy.show_retention",
        N_("Retention"),
        "hourglass",
        lambda actor: actor.may(Permission.ERASURE_DECIDE),
        ("privacy.show_retention", "privacy.show_expiry", "privacy.hold"),
    ),
)
"""The entry of retention in the main navigation."""

__all__ = [
    "NAVIGATION",
    "Above",
    "age_panel",
    "blueprint",
    "erasing",
    "install_privacy",
    "minors",
    "person_panel",
    "register",
    "retention",
    "taking",
]
