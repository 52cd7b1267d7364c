"""What a Moodle says that it has: activities and competencies, for the page on which they are mapped to ours.

Our plug-in there tells all of it, of the courses that the token's user may see. Without it Moodle's own web service
tells less, of the courses that are known already.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.delivery.errors import SealBroken
from app.delivery.models import Target
from app.delivery.queries import destination_of
from app.delivery.rules import Limits
from app.delivery.services.seals import unseal
from app.lms.rules.mapping import Gap, Survey, Thing, ThingKind
from app.storage import Storage
from xapi.moodle import KIND
from xapi.moodle_rating import LIST
from xapi.moodle_talking import Complained, Halted, MoodleLine, TooLarge
from xapi.rules.moodle import Fallback

TELL = "local_cahier_get_mappables"
CONTENTS = "core_course_get_contents"
_TOOL = "lti"


class _NotTold(Exception):
    """The plug-in is not there, or the token may not use what this asks for."""


def survey_moodle(
    storage: Storage, home: str, owners: Sequence[str | None], courses: Sequence[str], *, key: bytes, limits: Limits
) -> Survey:
    """Ask the Moodle of an address what it has; `courses` are those that are known, by Moodle's number.

    It is asked as the target of the first of the owners that has one there (None: the hub). Raises nothing for what the
    Moodle or the network does. Not inside a transaction.
    """
    target = _target_at(storage, home, owners)
    if target is None:
        return Survey(gaps=(Gap.NO_TARGET,))
    try:
        secret = unseal(key, target.id, target.sealed_secret) if target.sealed_secret else ""
        line = MoodleLine(destination_of(target, secret), limits)
    except (SealBroken, OSError) as error:
        return Survey(gaps=(Gap.SILENT,), answer=str(error))
    numbers = dict.fromkeys([*map(str, Fallback.of(target.settings).courses), *filter(str.isdigit, courses)])
    try:
        return _ask(line, list(numbers))
    except (Halted, Complained) as error:
        stopped = error.halt.stop if isinstance(error, Halted) else None
        return Survey(gaps=(Gap.NO_RIGHT if stopped else Gap.SILENT,), answer=str(error))
    except (TooLarge, KeyError, TypeError, ValueError) as error:
        return Survey(gaps=(Gap.SILENT,), answer=f"an answer that cannot be read: {type(error).__name__}")
    finally:
        line.close()


def _target_at(storage: Storage, home: str, owners: Sequence[str | None]) -> Target | None:
    """Return the target of our kind that reaches a Moodle, of the first owner that has one."""
    query = select(Target).where(Target.kind == KIND, Target.address == home.rstrip("/"), Target.ended_at.is_(None))
    with storage.reading() as session:
        found = [one for one in session.scalars(query.order_by(Target.name)) if one.operator_id in owners]
    return min(found, key=lambda one: owners.index(one.operator_id), default=None)


def _ask(line: MoodleLine, courses: Sequence[str]) -> Survey:
    try:
        return _told_by_plugin(_call(line, TELL, {}))
    except _NotTold:
        things: dict[str, Thing] = {}
        for course in courses:
            for thing in (*_activities_in(line, course), *_competencies_in(line, course)):
                things.setdefault(thing.key, thing)
        return Survey(tuple(things.values()), (Gap.NO_PLUGIN, *(() if courses else (Gap.NO_COURSE,))))


def _call(line: MoodleLine, function: str, fields: Mapping[str, str]) -> Any:
    """Call a function; raise _NotTold where it is not installed or not of the token's service."""
    try:
        return line.call(function, fields)
    except Complained as complained:
        if complained.complaint.lacks_function:
            raise _NotTold from None
        raise
    except Halted as halted:
        if halted.halt.answer.startswith("accessexception"):
            raise _NotTold from None
        raise


def _told_by_plugin(said: Any) -> Survey:
    activities = [
        _activity(item["module"], item["cmid"], item["instance"], item, str(item.get("exercise") or ""))
        for item in said["activities"]
    ]
    competencies = [_competency(item, item["framework"]) for item in said["competencies"]]
    gaps = () if said["courses"] else (Gap.NO_COURSE,)
    return Survey((*activities, *competencies), gaps if said["whole"] else (*gaps, Gap.CUT))


def _activities_in(line: MoodleLine, course: str) -> Iterable[Thing]:
    """Return the activities of a course as Moodle itself tells them: it leaves out their ID numbers."""
    fields = {"courseid": course, "options[0][name]": "excludecontents", "options[0][value]": "1"}
    try:
        sections = _call(line, CONTENTS, fields)
    except _NotTold:
        return []
    modules = [module for section in sections for module in section.get("modules") or []]
    return [_activity(one["modname"], one["id"], one["instance"], {**one, "course": None}, None) for one in modules]


def _competencies_in(line: MoodleLine, course: str) -> Iterable[Thing]:
    try:
        return [_competency(item["competency"], None) for item in _call(line, LIST, {"id": course})]
    except _NotTold:
        return []


def _activity(module: Any, number: Any, instance: Any, said: Mapping[str, Any], named: str | None) -> Thing:
    """Return an activity; an external tool is known by what launches call it, its instance."""
    is_tool = module == _TOOL
    kind, identifier = (ThingKind.LINK, instance) if is_tool else (ThingKind.MODULE, number)
    course, id_number = said.get("course"), str(said.get("idnumber") or "")
    name = str(said["name"]) or f"{module} {number}"
    return Thing(kind, str(int(identifier)), name, str(course) if course else None, id_number or None, named)


def _competency(said: Mapping[str, Any], framework: Any) -> Thing:
    name, id_number = str(said.get("shortname") or ""), str(said.get("idnumber") or "")
    number, where = str(int(said["id"])), str(framework) if framework else None
    return Thing(ThingKind.COMPETENCY, number, name or id_number or number, where, id_number or None)
