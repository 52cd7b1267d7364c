"""The screens of the notebook: where people start, the bench, the record as a whole, its closing."""

from flask import Blueprint

from app.notebook.views import bench, changes, checking, closing, start

blueprint = Blueprint("notebook", __name__, template_folder="../templates")

for module in (start, bench, checking, changes, closing):
    module.add_routes(blueprint)
