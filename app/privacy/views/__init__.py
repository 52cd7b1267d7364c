"""The pages of privacy: the desk, requests, restrictions, breaches, erasures, and taking one's own data away."""

from app.privacy.views import breaches, desk, erasing, requests, restricting, taking
from app.privacy.views.blueprint import blueprint
from app.privacy.views.desk import NAVIGATION
from app.privacy.views.erasing import person_panel
from app.privacy.views.restricting import restricted_record_panel, restriction_panel
from app.privacy.views.taking import Above, install_privacy

__all__ = [
    "NAVIGATION",
    "Above",
    "blueprint",
    "breaches",
    "desk",
    "erasing",
    "install_privacy",
    "person_panel",
    "requests",
    "restricted_record_panel",
    "restricting",
    "restriction_panel",
    "taking",
]
