"""The screens of assessment: review of a record, the assessor's decision, and what it came to on the record's page."""

from flask import Blueprint

from app.assessment.views import deciding, reviewing
from app.assessment.views.panel import record_panel

__all__ = ["blueprint", "record_panel"]

blueprint = Blueprint("assessment", __name__, url_prefix="/records/<uuid:record_id>", template_folder="../templates")

for module in (reviewing, deciding):
    module.add_routes(blueprint)
