"""The pages of signatures: the statement, passwords, and what one signature is worth."""

from app.signatures.views import accounts, showing
from app.signatures.views.blueprint import blueprint

__all__ = ["accounts", "blueprint", "showing"]
