"""When a decision awards a competency, until when it holds, and where a person stands: pure decisions over decisions.

A run is the passes since the last "not yet competent", each record counted once. Passes of a run count only while they
are younger than the competency's validity; whoever holds the competency renews it with one pass, whoever let it run
out, or was found not yet competent since, begins a new run. Every decision was an assessor's: nothing here decides.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import takewhile
from zoneinfo import ZoneInfo

from app.competencies.rules.framework import Competency

_A_MILLISECOND = timedelta(milliseconds=1)
_SOON = timedelta(days=60)


class Verdict(StrEnum):
    """What an assessor can decide (CO-3): a closed list of two."""

    COMPETENT = "competent"
    NOT_YET_COMPETENT = "not-yet-competent"


class Taken(StrEnum):
    """What a decision loses when a record behind it turns out to be another's work: all of it, or its award alone."""

    DECISION = "decision"
    AWARD = "award"


class Outcome(StrEnum):
    """What an assessor can say of one criterion."""

    MET = "met"
    NOT_MET = "not-met"
    NOT_OBSERVED = "not-observed"


class State(StrEnum):
    """Where a person stands with a competency."""

    HELD = "held"
    EXPIRED = "expired"
    IN_PROGRESS = "in-progress"
    NOT_YET = "not-yet"


@dataclass(frozen=True)
class Decided:
    """One decision as these rules see it."""

    competency: str
    verdict: Verdict
    at: datetime
    record_id: str
    awards: bool = False
    valid_until: datetime | None = None

    @property
    def is_pass(self) -> bool:
        """Whether the assessor found the person competent on this record."""
        return self.verdict is Verdict.COMPETENT


@dataclass(frozen=True)
class Award:
    """What an awarding decision gives: the last moment it holds, and the day by which to be assessed again."""

    valid_until: datetime
    reassess_on: date


@dataclass(frozen=True)
class Standing:
    """Where a person stands: `passes` of the `needed` ones in the present run, and the decision the state rests on."""

    state: State
    passes: int
    needed: int
    resting_on: Decided | None
    run: tuple[Decided, ...]

    @property
    def valid_until(self) -> datetime | None:
        """The last moment a held competency holds, or an expired one held."""
        return self.resting_on.valid_until if self.resting_on else None

    def ends_soon(self, at: datetime) -> bool:
        """Whether a held competency ends within 60 days, so that the next assessment must be planned."""
        return self.state is State.HELD and self.valid_until is not None and self.valid_until - at <= _SOON


def holds(decisions: Iterable[Decided], competency: str, at: datetime) -> bool:
    """Whether a competency held at a moment: awarded, not run out, and no "not yet competent" since (CO-3)."""
    return _holding(_until(decisions, competency, at), at)


def award_after(previous: Iterable[Decided], new: Decided, competency: Competency, zone: ZoneInfo) -> Award | None:
    """Return what a new decision awards after those before it, or None: too few passes yet, or no pass at all.

    The days of validity are counted in the operator's zone.
    """
    if not new.is_pass:
        return None
    before = _until(previous, competency.code, new.at)
    run = _run([*before, new], competency, new.at, zone)
    if not _holding(before, new.at) and not competency.rule.is_met_by([decided.is_pass for decided in run]):
        return None
    last_day = competency.valid_until(new.at.astimezone(zone).date())
    return Award(end_of_day(last_day, zone), last_day)


def what_remains(
    made: Sequence[Decided], gone: Callable[[Decided], bool], competency: Competency, zone: ZoneInfo
) -> list[Decided]:
    """Return the decisions of one competency as they count without those that are gone, oldest first.

    A later award stays where the passes that remain would have given it; otherwise its decision is a pass and no more.
    """
    remaining: list[Decided] = []
    for decided in made:
        if gone(decided):
            continue
        bare = replace(decided, awards=False, valid_until=None)
        is_founded = decided.awards and award_after(remaining, bare, competency, zone) is not None
        remaining.append(decided if is_founded else bare)
    return remaining


def standing(decisions: Iterable[Decided], competency: Competency, at: datetime, zone: ZoneInfo) -> Standing:
    """Return where the person of these decisions stands with a competency at a moment."""
    past = _until(decisions, competency.code, at)
    passes = _passes(past)
    run, needed = _run(past, competency, at, zone), competency.rule.consecutive_passes
    awarding = next((decided for decided in reversed(passes) if decided.awards), None)
    if _holding(past, at):
        return Standing(State.HELD, needed, needed, awarding, run)
    if awarding:
        return Standing(State.EXPIRED, len(run), needed, awarding, run)
    state = State.IN_PROGRESS if run else State.NOT_YET
    return Standing(state, len(run), needed, past[-1] if past else None, run)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the last millisecond of a day in a zone, also of a day of 23 or 25 hours."""
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return midnight.astimezone(UTC) - _A_MILLISECOND


def missing_judgements(criteria: Iterable[str], judged: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Return the criteria that the assessor has not judged."""
    return tuple(criterion for criterion in criteria if criterion not in judged)


def unmet_critical(critical: Iterable[str], judged: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Return the critical criteria that were not met: with one of them nobody is found competent."""
    return tuple(criterion for criterion in critical if judged.get(criterion) is not Outcome.MET)


def _until(decisions: Iterable[Decided], competency: str, at: datetime) -> list[Decided]:
    """Return the decisions on a competency made by a moment, oldest first; equal times keep the order given."""
    made = [decided for decided in decisions if decided.competency == competency and decided.at <= at]
    return sorted(made, key=lambda decided: decided.at)


def _passes(past: Sequence[Decided]) -> list[Decided]:
    """Return the passes since the last "not yet competent", oldest first."""
    passes = list(takewhile(lambda decided: decided.is_pass, reversed(past)))
    return passes[::-1]


def _holding(past: Sequence[Decided], at: datetime) -> bool:
    awards = [decided for decided in _passes(past) if decided.awards]
    return any(decided.valid_until is None or at <= decided.valid_until for decided in awards)


def _run(past: Sequence[Decided], competency: Competency, at: datetime, zone: ZoneInfo) -> tuple[Decided, ...]:
    """Return the passes that count at a moment, oldest first."""
    counted: dict[str, Decided] = {}
    for decided in reversed(_passes(past)):
        last_day = competency.valid_until(decided.at.astimezone(zone).date())
        if at <= end_of_day(last_day, zone):
            counted.setdefault(decided.record_id, decided)
    return tuple(reversed(counted.values()))
