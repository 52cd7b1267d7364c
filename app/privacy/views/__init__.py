"""The pages of privacy: the desk, requests, restrictions, breaches, erasures, companies, retention, people under age,
the register, and taking one's own data away.
"""

from app.kernel.actors import Permission
from app.kernel.errors import N_
from app.privacy.views import (
    breaches,
    desk,
    disclosing,
    erasing,
    looking,
    minors,
    register,
    requests,
    restricting,
    retention,
    taking,
)
from app.privacy.views.blueprint import blueprint
from app.privacy.views.erasing import person_panel
from app.privacy.views.minors import age_panel
from app.privacy.views.restricting import restricted_record_panel, restriction_panel
from app.privacy.views.taking import Above, install_privacy
from app.web.visitors import NavigationItem

NAVIGATION = (
    NavigationItem(
        "privacy.list_companies",
        N_("Companies"),
        "building",
        lambda actor: actor.may(Permission.EMPLOYER_ADMINISTER),
        ("privacy.list_companies", "privacy.show_company"),
    ),
    desk.NAVIGATION,
    NavigationItem(
        "privacy.show_retention",
        N_("Retention"),
        "hourglass",
        lambda actor: actor.may(Permission.ERASURE_DECIDE),
        ("privacy.show_retention", "privacy.show_expiry", "privacy.hold"),
    ),
)
"""The entries of privacy in the main navigation."""

__all__ = [
    "NAVIGATION",
    "Above",
    "age_panel",
    "blueprint",
    "breaches",
    "desk",
    "disclosing",
    "erasing",
    "install_privacy",
    "looking",
    "minors",
    "person_panel",
    "register",
    "requests",
    "restricted_record_panel",
    "restricting",
    "restriction_panel",
    "retention",
    "taking",
]
