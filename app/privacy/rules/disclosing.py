"""What a company may see of somebody, and for how long: the result and its validity, never how it came about."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.competencies.rules.awarding import State
from app.kernel.errors import N_, Invalid

TOKEN_PREFIX = "cahier_employer_"
LONGEST_TOKEN_DAYS = 366
LONGEST_DISCLOSURE = timedelta(days=3 * 366)
LONGEST_NAME = 200


class Use(StrEnum):
    """For what a company sees results: a closed list, each with its own ground (GDPR 6(1))."""

    SENT = "sent"
    QUALIFICATION = "qualification"
    DUTY = "duty"


USES: dict[Use, str] = {
    Use.SENT: N_("The company sent the person to this training"),
    Use.QUALIFICATION: N_("The company needs proof that the person is qualified for their work"),
    Use.DUTY: N_("A law or an authority asks the company for the proof"),
}


class Extent(StrEnum):
    """Which competencies a disclosure is about."""

    ALL = "all"
    NAMED = "named"


EXTENTS: dict[Extent, str] = {
    Extent.NAMED: N_("The competencies ticked below"),
    Extent.ALL: N_("All competencies of this operator, later ones too"),
}


class Result(StrEnum):
    """What a company is told of a competency: not how far somebody is, nor that they failed."""

    HELD = "held"
    EXPIRED = "expired"
    NOT_HELD = "not-held"


@dataclass(frozen=True)
class Granted:
    """What is disclosed, until when: `competencies` are codes, and count for the extent NAMED alone."""

    use: Use
    extent: Extent
    competencies: tuple[str, ...]
    until: date

    def check(self, today: date, known: Collection[str]) -> None:
        """Raise Invalid for no competency, an unknown one, or an end that is past or too far away."""
        if self.extent is Extent.NAMED and not self.competencies:
            raise Invalid(fields={"competencies": N_("Tick at least one competency.")})
        if not set(self.competencies) <= set(known):
            raise Invalid(fields={"competencies": N_("Choose among the competencies of the framework.")})
        if not today <= self.until <= today + LONGEST_DISCLOSURE:
            raise Invalid(fields={"until": N_("Choose a day from today on, at most three years ahead.")})


def is_open(until: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Say whether a disclosure, or a token, counts now."""
    return ended_at is None and now <= until


def results_to_tell(
    states: Mapping[str, tuple[State, datetime | None]], extent: Extent, competencies: Collection[str]
) -> dict[str, tuple[Result, datetime | None]]:
    """Return what a company is told of each competency within a disclosure, given where the person stands with each.

    Of all competencies, those that are or were held; of named ones, each: "in progress" and "not yet" look the same.
    """
    told = {State.HELD: Result.HELD, State.EXPIRED: Result.EXPIRED}
    found: dict[str, tuple[Result, datetime | None]] = {}
    for code, (state, valid_until) in states.items():
        result = told.get(state, Result.NOT_HELD)
        wanted = code in competencies if extent is Extent.NAMED else result is not Result.NOT_HELD
        if wanted:
            found[code] = result, None if result is Result.NOT_HELD else valid_until
    return found
