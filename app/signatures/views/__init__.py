"""The pages of signatures: the statement, passwords, certificates, and what one signature is worth."""

from app.signatures.views import accounts, certificates, cohorts, cosigning, incidents, showing
from app.signatures.views.blueprint import blueprint
from app.signatures.views.certificates import person_panel

__all__ = ["accounts", "blueprint", "certificates", "cohorts", "cosigning", "incidents", "person_panel", "showing"]
