"""The acts on exercises: loading a version of a master."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.exercises import queries
from app.exercises.models import ExerciseVersion
from app.exercises.rules.content import canonical_content
from app.exercises.rules.master import Exercise
from app.exercises.rules.versions import LoadOutcome, outcome_of
from app.kernel import clock
from app.kernel.actors import Actor, Permission


@dataclass(frozen=True)
class LoadResult:
    """What came of loading an exercise, and the digest by which records will be pinned to this version."""

    code: str
    version: int
    digest: str
    outcome: LoadOutcome


def load_exercise(session: Session, exercise: Exercise, *, actor: Actor) -> LoadResult:
    """Load a version of an exercise as one act; what is loaded already with the same content writes no line.

    Raises VersionTaken for a version with other content, OlderVersion for one below the newest: a version is never
    changed, and none comes back (ER-H2).
    """
    role = actor.require(Permission.EXERCISE_LOAD, str(exercise_subject(exercise.code)))
    content = canonical_content(exercise)
    digest = queries.digest_of_content(content)
    loaded = queries.versions_of(session, exercise.code)
    outcome = outcome_of(loaded, exercise.code, exercise.version, digest)
    if outcome is not LoadOutcome.UNCHANGED:
        session.add(
            ExerciseVersion(
                code=exercise.code,
                version=exercise.version,
                series=exercise.series,
                competency=exercise.competency,
                content=content,
                digest=digest,
                loaded_at=clock.now(),
                loaded_by=actor.pseudonym,
            )
        )
        note(
            session,
            Action.EXERCISE_LOADED,
            exercise_subject(exercise.code),
            actor=actor,
            role=role,
            before={"version": max(loaded), "digest": loaded[max(loaded)]} if loaded else None,
            after={"version": exercise.version, "digest": digest},
        )
    return LoadResult(exercise.code, exercise.version, digest, outcome)


def exercise_subject(code: str) -> Subject:
    """Name an exercise in the hub's log, where all its versions stand."""
    return Subject("exercise", code)
