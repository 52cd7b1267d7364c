"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

blueprint = Blueprint("identity", "app.identity", template_folder="templates")
