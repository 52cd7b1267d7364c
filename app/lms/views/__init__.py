"""The doors and screens of learning platforms."""

from app.lms.views import door, linking
from app.lms.views.blueprint import Means, blueprint, install_lms

__all__ = ["Means", "blueprint", "door", "install_lms", "linking"]
