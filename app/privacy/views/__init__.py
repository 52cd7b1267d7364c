"""The pages of privacy: the desk, requests, restrictions, breaches, erasures, companies, taking one's own data away."""

from app.privacy.views import breaches, desk, disclosing, erasing, looking, requests, restricting, taking
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
    "disclosing",
    "erasing",
    "install_privacy",
    "looking",
    "person_panel",
    "requests",
    "restricted_record_panel",
    "restricting",
    "restriction_panel",
    "taking",
]
