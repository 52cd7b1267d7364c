"""The pages of privacy: deciding over an erasure, and taking one's own data away."""

from app.privacy.views import erasing, taking
from app.privacy.views.blueprint import blueprint
from app.privacy.views.erasing import person_panel
from app.privacy.views.taking import Above, install_privacy

__all__ = ["Above", "blueprint", "erasing", "install_privacy", "person_panel", "taking"]
