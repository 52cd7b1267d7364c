"""The screens of evidence: handing a record out, and the public page on which anybody learns how to verify one."""

from flask import Blueprint, Flask

from app.evidence.services.trusting import Means, means_of
from app.evidence.views import exporting, receiving, verifying
from app.evidence.views.bundling import Press, press_of
from app.evidence.views.exporting import record_panel
from app.evidence.views.working import carry_out_order

blueprint = Blueprint("evidence", __name__, template_folder="../templates")

for module in (exporting, verifying):
    module.add_routes(blueprint)


def install_verification(app: Flask, means: Means) -> None:
    """Tell the application where the hub keeps what its own trust file is made of."""
    app.extensions[receiving.MEANS] = means


__all__ = [
    "Means",
    "Press",
    "blueprint",
    "carry_out_order",
    "install_verification",
    "means_of",
    "press_of",
    "record_panel",
]
