"""Reading exercises: a version as values, the newest version, the list; a version is built once in a process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.exercises.errors import DamagedExercise, UnknownExercise
from app.exercises.models import ExerciseVersion
from app.exercises.rules.content import exercise_from_content
from app.exercises.rules.master import Exercise
from app.kernel import canonical
from app.kernel.text import Text


@dataclass(frozen=True)
class ListedExercise:
    """An exercise in a list: the version in force, its digest, since when and by whom it is loaded."""

    exercise: Exercise
    digest: str
    loaded_at: datetime
    loaded_by: str


# Digest to exercise. The key is the hash of the value, so that nothing in here can ever be out of date; a hub has some
# hundred versions, so that nothing needs to be dropped.
_built: dict[str, Exercise] = {}


def exercise_of(session: Session, code: str, version: int) -> Exercise:
    """Return one version of an exercise; raise UnknownExercise, or DamagedExercise when it was tampered with."""
    return _exercise(session, (code, version), _digest_of(session, code, version))


def pinned_exercise(session: Session, code: str, version: int, digest: str) -> Exercise:
    """Return the version that a record is pinned to by its digest; raise DamagedExercise when it is another one.

    Asks the database only for what this process has not seen yet.
    """
    if digest in _built:
        return _built[digest]
    stored = _digest_of(session, code, version)
    if stored != digest:
        raise DamagedExercise(exercise=code, version=version)
    return _exercise(session, (code, version), digest)


def current_version(session: Session, code: str) -> ListedExercise:
    """Return the newest version of an exercise; raise UnknownExercise."""
    query = select(func.max(ExerciseVersion.version)).where(ExerciseVersion.code == code)
    version = session.scalar(query)
    if version is None:
        raise UnknownExercise
    return version_of(session, code, version)


def version_of(session: Session, code: str, version: int) -> ListedExercise:
    """Return one version of an exercise with what is known of its loading; raise UnknownExercise."""
    query = select(
        ExerciseVersion.code,
        ExerciseVersion.version,
        ExerciseVersion.digest,
        ExerciseVersion.loaded_at,
        ExerciseVersion.loaded_by,
    ).where(ExerciseVersion.code == code, ExerciseVersion.version == version)
    row = session.execute(query).first()
    if row is None:
        raise UnknownExercise
    return ListedExercise(_exercise(session, (code, version), row.digest), row.digest, row.loaded_at, row.loaded_by)


def list_exercises(session: Session) -> list[ListedExercise]:
    """Return the newest version of every exercise, by code."""
    newest = (
        select(ExerciseVersion.code, func.max(ExerciseVersion.version).label("version"))
        .group_by(ExerciseVersion.code)
        .order_by(ExerciseVersion.code)
    )
    return [version_of(session, row.code, row.version) for row in session.execute(newest).all()]


def versions_of(session: Session, code: str) -> Mapping[int, str]:
    """Return version to digest of everything loaded of an exercise, oldest first; empty for an unknown one."""
    query = select(ExerciseVersion.version, ExerciseVersion.digest).where(ExerciseVersion.code == code)
    return dict(session.execute(query.order_by(ExerciseVersion.version)).all())


def titles(session: Session, code: str, version: int) -> Text:
    """Return the title of a version in all its languages; raise UnknownExercise."""
    return exercise_of(session, code, version).title


def digest_of_content(content: Mapping[str, object]) -> str:
    """Return the digest that records are pinned to: SHA-256 of the canonical content."""
    return canonical.digest(canonical.canonical_bytes(content))


def _digest_of(session: Session, code: str, version: int) -> str:
    query = select(ExerciseVersion.digest).where(ExerciseVersion.code == code, ExerciseVersion.version == version)
    digest = session.scalar(query)
    if digest is None:
        raise UnknownExercise
    return digest


def _exercise(session: Session, key: tuple[str, int], digest: str) -> Exercise:
    if digest not in _built:
        row = session.get_one(ExerciseVersion, key)
        if digest_of_content(row.content) != digest:
            raise DamagedExercise(exercise=key[0], version=key[1])
        _built[digest] = exercise_from_content(row.content)
    return _built[digest]
