"""The screens of delivery: targets for who administers them, and what was reported of a record for its readers."""

from app.delivery.views import letters, reporting, targets
from app.delivery.views.blueprint import Means, blueprint, install_delivery
from app.delivery.views.reporting import record_panel
from app.kernel.actors import Permission
from app.kernel.errors import N_
from app.web.visitors import NavigationItem

NAVIGATION = (
    NavigationItem(
        "delivery.list_targets",
        N_("Targets"),
        "send",
        lambda actor: actor.may(Permission.TARGET_ADMINISTER),
        ("delivery.",),
    ),
)
"""The entry of delivery in the main navigation."""

__all__ = [
    "NAVIGATION",
    "Means",
    "blueprint",
    "install_delivery",
    "letters",
    "record_panel",
    "reporting",
    "targets",
]
