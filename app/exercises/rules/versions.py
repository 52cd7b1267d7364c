"""What loading a version of an exercise comes to, against the versions that are there: a pure decision."""

from collections.abc import Mapping
from enum import StrEnum

from app.exercises.errors import OlderVersion, VersionTaken


class LoadOutcome(StrEnum):
    """What came of loading: the first version of an exercise, a further one, or nothing new."""

    ADDED = "added"
    REVISED = "revised"
    UNCHANGED = "unchanged"


def outcome_of(loaded: Mapping[int, str], code: str, version: int, digest: str) -> LoadOutcome:
    """Return what loading comes to; `loaded` maps the versions that are there to their digests.

    Raises VersionTaken for a version with other content, OlderVersion for a new one below the newest (ER-H2).
    """
    if loaded.get(version) == digest:
        return LoadOutcome.UNCHANGED
    if version in loaded:
        raise VersionTaken(exercise=code, version=version, next=max(loaded) + 1)
    if loaded and version < max(loaded):
        raise OlderVersion(exercise=code, version=version, newest=max(loaded))
    return LoadOutcome.REVISED if loaded else LoadOutcome.ADDED
