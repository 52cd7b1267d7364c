"""Competencies at a Moodle that has not our plug-in: rated by Moodle's own web service, in the token's user's name.

It knows no ids of statements. So the id stands in the note, and notes are read before anything is rated.
"""

from typing import Any

from app.delivery.rules import Fate, Parcel, Receipt
from app.lms.rules.mapping import ThingKind
from xapi.moodle_filing import HINTS
from xapi.moodle_talking import Complained, MoodleLine
from xapi.rules.moodle import Award, Fallback, award_in
from xapi.rules.texts import read_value

LIST = "core_competency_list_course_competencies"
RATE = "core_competency_grade_competency_in_course"
READ = "tool_lp_data_for_user_competency_summary_in_course"
NOT_PASSED_ON = "without the plug-in only competencies are passed on"

_NOT_THIS_PERSON = frozenset({"codingerror", "invaliduser"})
"""What Moodle answers about somebody who is not rated in a course, and about nobody."""


class Rater:
    """Rates competencies that were earned, each once, in the first course of the target that has them."""

    def __init__(self, line: MoodleLine, fallback: Fallback, home: str) -> None:
        self._line = line
        self._fallback = fallback
        self._home = home
        self._known: list[tuple[int, int, str]] | None = None

    def rate(self, parcel: Parcel) -> Receipt:
        """Rate what a statement says was earned and say what became of it; raises Halted, Complained."""
        award = award_in(read_value(parcel.body), self._home)
        if award is None:
            return Receipt(parcel.position, Fate.SET_ASIDE, NOT_PASSED_ON)
        places = self._places(award.competency, parcel.hints.get(HINTS[ThingKind.COMPETENCY], ""))
        said = f"no course of this target has a competency with the ID number {award.competency}"
        for course, competency in places:
            try:
                return Receipt(parcel.position, Fate.SENT, self._rate_in(course, competency, award, parcel.reference))
            except Complained as complained:  # a person who is not in this course may be in the next
                if complained.complaint.code not in _NOT_THIS_PERSON:
                    raise
                said = str(complained)
        return Receipt(parcel.position, Fate.DEAD, said)

    def _rate_in(self, course: int, competency: int, award: Award, statement: str) -> str:
        about = {"courseid": str(course), "userid": str(award.user), "competencyid": str(competency)}
        if any(statement in note for note in _notes(self._line.call(READ, about))):
            return "rated before"
        note = f"Cahier {award.record} {statement}"
        self._line.call(RATE, about | {"grade": str(self._fallback.rating), "note": note})
        return f"rated in course {course}"

    def _places(self, code: str, mapped: str) -> list[tuple[int, int]]:
        """Return in which courses a competency stands, and its number there: those mapped, or those with its code."""
        if self._known is None:
            self._known = []
            for course in self._fallback.courses:
                for item in self._line.call(LIST, {"id": str(course)}):
                    found = item["competency"]
                    self._known.append((course, int(found["id"]), str(found["idnumber"])))
        numbers = set(mapped.split(","))
        fitting = [(course, number) for course, number, _ in self._known if str(number) in numbers]
        return fitting or [(course, number) for course, number, named in self._known if named == code]


def _notes(summary: Any) -> list[str]:
    """Return the notes of all evidence in the summary of somebody's competency."""
    evidence = summary["usercompetencysummary"].get("evidence") or []
    return [str(item.get("note") or "") for item in evidence]
