"""What the words of competencies are called on screens: source strings, and the look of each state."""

from app.competencies.rules.awarding import Outcome, State, Verdict
from app.kernel.errors import N_

STATES: dict[State, tuple[str, str, str]] = {
    State.HELD: ("ok", "badge", N_("Competency held")),
    State.EXPIRED: ("bad", "clock", N_("Competency expired")),
    State.IN_PROGRESS: ("info", "hourglass", N_("On the way")),
    State.NOT_YET: ("plain", "dot", N_("Not held yet")),
}
"""State → tone and icon of its chip, and its name."""

ENDING_SOON = ("warn", "clock", N_("Held, ends soon"))

VERDICTS: dict[Verdict, str] = {
    Verdict.COMPETENT: N_("Competent"),
    Verdict.NOT_YET_COMPETENT: N_("Not yet competent"),
}

OUTCOMES: dict[Outcome, str] = {
    Outcome.MET: N_("Criterion met"),
    Outcome.NOT_MET: N_("Criterion not met"),
    Outcome.NOT_OBSERVED: N_("Criterion not observed"),
}
