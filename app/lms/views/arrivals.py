"""Where somebody stands after a launch: one deed for each type of message; a part of the standard adds its own here."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from app.lms.rules.messages import RESOURCE_LINK_REQUEST, Message
from app.lms.services.launching import Opened, issue_for_launch
from app.lms.views.blueprint import means_here
from app.web.visitors import edge


@dataclass(frozen=True)
class Arrived:
    """Somebody whose launch was taken and whose session is begun: what was opened, and what the platform said."""

    opened: Opened
    message: Message


Arrival = Callable[[Arrived], ResponseReturnValue]


def arrive_at_record(arrived: Arrived) -> ResponseReturnValue:
    """Lead to the record of the activity's exercise, issued now if none is open; others than trainees to the exercise.

    An activity without one leads to what is to be done about it.
    Core §5.3: the resource link request.
    """
    opened = arrived.opened
    record_id = opened.record_id
    if record_id is None and opened.exercise_code and opened.may_execute:
        with edge().storage.transaction() as session:
            record_id = issue_for_launch(session, opened.launch_id, means_here().remember).id
    if record_id:
        return redirect(url_for("notebook.show_record", record_id=record_id), 303)
    if opened.exercise_code:
        return redirect(url_for("exercises.show_exercise", code=opened.exercise_code), 303)
    return redirect(url_for("lms.show_unmapped", launch_id=opened.launch_id), 303)


ARRIVALS: dict[str, Arrival] = {RESOURCE_LINK_REQUEST: arrive_at_record}
"""What answers each type of message that the hub takes; any other is refused."""
