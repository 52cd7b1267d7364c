"""The blueprint that the notebook's screens add their routes to."""

from flask import Blueprint

blueprint = Blueprint("notebook", __name__, template_folder="../templates")
