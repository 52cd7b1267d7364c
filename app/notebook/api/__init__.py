"""The API of the notebook: everything the bench does, as JSON; `reading` shows records, `acting` puts things into
them.
"""

from flask import Blueprint

from app.notebook.api import acting, reading

blueprint = Blueprint("notebook_api", __name__, url_prefix="/api/v1")

for module in (reading, acting):
    module.add_routes(blueprint)
