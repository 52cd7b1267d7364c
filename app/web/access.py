"""Deny by default: every view declares who may call it, and one check before each request enforces it (P11.10(d)).

`@public` for strangers, `@signed_in` for any person, `@requires(Permission.X)` for those whose role grants it.
Services check again: an act is refused also when a view forgot.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from flask import Flask, current_app

from app.kernel.actors import Permission
from app.kernel.errors import NotFound

View = TypeVar("View", bound=Callable[..., Any])


class Access(Enum):
    """The two accesses that are not a permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"


def public(view: View) -> View:
    """Open a view to strangers."""
    return _declare(view, Access.PUBLIC)


def signed_in(view: View) -> View:
    """Open a view to every person with an open session or token."""
    return _declare(view, Access.SIGNED_IN)


def requires(permission: Permission) -> Callable[[View], View]:
    """Open a view to those whose role grants a permission."""
    return lambda view: _declare(view, permission)


def declared_access(app: Flask, endpoint: str | None) -> Access | Permission:
    """Return what an endpoint declares; raise NotFound for none: an undeclared route does not exist for anybody."""
    view = app.view_functions.get(endpoint or "")
    access: Access | Permission | None = getattr(view, "cahier_access", None)
    if access is None:
        raise NotFound
    return access


def current_access(endpoint: str | None) -> Access | Permission:
    """Return what the endpoint of this request declares."""
    return declared_access(current_app, endpoint)


def _declare(view: View, access: Access | Permission) -> View:
    view.cahier_access = access  # type: ignore[attr-defined]
    return view
