"""The screens of the exercises: the library, a master as people read it, the published schema."""

from app.exercises.views.pages import blueprint

__all__ = ["blueprint"]
