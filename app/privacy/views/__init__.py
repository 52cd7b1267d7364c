"""The pages of privacy: erasures, taking one's own data away, companies, and who looked at one's results."""

from app.privacy.views import disclosing, erasing, looking, taking
from app.privacy.views.blueprint import blueprint
from app.privacy.views.erasing import person_panel
from app.privacy.views.taking import Above, install_privacy

__all__ = ["Above", "blueprint", "disclosing", "erasing", "install_privacy", "looking", "person_panel", "taking"]
