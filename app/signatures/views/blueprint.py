"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

blueprint = Blueprint("signatures", "app.signatures", template_folder="templates")
