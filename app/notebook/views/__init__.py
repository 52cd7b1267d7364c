"""The screens of the notebook: where people start, the bench, the record as a whole, its closing."""

from flask import Blueprint

from app.notebook.views import attributing, bench, changes, checking, closing, files, placing, start
from app.notebook.views.shelf import install_files

blueprint = Blueprint("notebook", __name__, template_folder="../templates")

for module in (start, bench, files, checking, changes, closing, attributing, placing):
    module.add_routes(blueprint)

__all__ = ["blueprint", "install_files"]
