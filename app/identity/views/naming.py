"""The pepper under which names that were used are kept, as pages need it that give or erase a name."""

from typing import cast

from flask import Flask, current_app

_PEPPER = "cahier_names_pepper"


def install_naming(app: Flask, pepper: bytes) -> None:
    """Give the application the pepper, which stands outside the database."""
    app.extensions[_PEPPER] = pepper


def naming_pepper() -> bytes:
    """Return the pepper under which names are kept."""
    return cast(bytes, current_app.extensions[_PEPPER])
