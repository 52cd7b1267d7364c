"""The screens of evidence: handing a record out, and the public page on which anybody learns how to verify one."""

from flask import Blueprint

from app.evidence.views import exporting, verifying
from app.evidence.views.bundling import Press, press_of
from app.evidence.views.exporting import record_panel
from app.evidence.views.working import carry_out_order

blueprint = Blueprint("evidence", __name__, template_folder="../templates")

for module in (exporting, verifying):
    module.add_routes(blueprint)


__all__ = ["Press", "blueprint", "carry_out_order", "press_of", "record_panel"]
