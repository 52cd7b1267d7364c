"""From the text of an exercise file to an exercise, or to one error that lists everything wrong with the file."""

from app.competencies.rules.schemas import published_schema, read_checked
from app.exercises.errors import FaultyExercise
from app.exercises.rules.checks import find_faults
from app.exercises.rules.content import canonical_content, exercise_from_content
from app.exercises.rules.master import Exercise

__all__ = ["canonical_content", "exercise_from_content", "parse_exercise"]


def parse_exercise(text: str, filename: str) -> Exercise:
    """Return the exercise of a file's text; raise FaultyExercise with every fault as "file:line: reason".

    Nothing of a faulty file is used. `filename` only serves to name the faults.
    """
    schema = published_schema("exercises", "exercise.schema.json")
    return exercise_from_content(read_checked(text, filename, schema, find_faults, FaultyExercise))
