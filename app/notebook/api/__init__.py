"""The API of the notebook: everything the bench does, as JSON; `reading` shows records, `acting` puts things into
them, `filing` their files.
"""

from flask import Blueprint

from app.notebook.api import acting, filing, reading

blueprint = Blueprint("notebook_api", __name__, url_prefix="/api/v1")

for module in (reading, acting, filing):
    module.add_routes(blueprint)
