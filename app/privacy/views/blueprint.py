"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

blueprint = Blueprint("privacy", "app.privacy", template_folder="templates")
