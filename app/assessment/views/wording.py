"""A decision in words: what was found on each criterion, what was decided, and what it comes to for the person."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import ngettext

from app.assessment.queries import Prospect
from app.competencies.models import Decision
from app.competencies.rules.awarding import Outcome, State, Verdict
from app.competencies.rules.labels import OUTCOMES, VERDICTS
from app.exercises.rules.master import Exercise
from app.kernel.errors import N_
from app.notebook.models import Record
from app.signatures.rules import Meaning
from app.web.formats import show_day
from app.web.languages import page_language, translate

DECISIONS: dict[str, tuple[Meaning, Verdict, str, str]] = {
    "competent": (
        Meaning.APPROVED,
        Verdict.COMPETENT,
        N_("Approve: competent"),
        N_("The record is accepted, and it shows the competency."),
    ),
    "not-yet-competent": (
        Meaning.APPROVED,
        Verdict.NOT_YET_COMPETENT,
        N_("Approve: not yet competent"),
        N_("The record is accepted, but it does not show the competency."),
    ),
    "rejected": (
        Meaning.REJECTED,
        Verdict.NOT_YET_COMPETENT,
        N_("Reject the record"),
        N_("The record does not stand, and supports no competency."),
    ),
}
"""What an assessor can choose → meaning of the signature, verdict, name, explanation."""

CONCLUSIONS: dict[tuple[Meaning, Verdict], str] = {
    (Meaning.APPROVED, Verdict.COMPETENT): N_("Approved: competent"),
    (Meaning.APPROVED, Verdict.NOT_YET_COMPETENT): N_("Approved: not yet competent"),
    (Meaning.REJECTED, Verdict.NOT_YET_COMPETENT): N_("Rejected"),
}
"""What was decided, by meaning and verdict."""

LOOKS: dict[Outcome, tuple[str, str]] = {
    Outcome.MET: ("ok", "check-circle"),
    Outcome.NOT_MET: ("bad", "cross-circle"),
    Outcome.NOT_OBSERVED: ("plain", "na"),
}


def outcome_choices() -> list[tuple[str, str]]:
    """Return what can be said of a criterion."""
    return [(outcome.value, translate(label)) for outcome, label in OUTCOMES.items()]


def statement_view(statement: Mapping[str, Any], meaning: Meaning, exercise: Exercise, language: str) -> dict[str, Any]:
    """Return a statement as people read it, criteria in the order of the exercise."""
    judged: Mapping[str, Mapping[str, str]] = statement["judgements"]
    verdict = Verdict(statement["verdict"])
    reassess_on = statement["reassess_on"]
    return {
        "meaning": meaning.value,
        "decision": translate(CONCLUSIONS[meaning, verdict]),
        "verdict": translate(VERDICTS[verdict]),
        "passed": verdict is Verdict.COMPETENT and meaning is Meaning.APPROVED,
        "rejected": meaning is Meaning.REJECTED,
        "scope": statement["scope"],
        "grounds": statement["grounds"],
        "reassess_on": show_day(date.fromisoformat(reassess_on)) if reassess_on else "",
        "criteria": [
            _criterion(number, criterion.text.in_language(language), criterion.critical, judged[criterion.id])
            for number, criterion in enumerate(exercise.criteria, start=1)
            if criterion.id in judged
        ],
    }


def prospect_text(prospect: Prospect, record: Record) -> str:
    """Say what "competent" on this record would come to: the run of passes, until when the competency would hold."""
    needed, passes = prospect.after.needed, prospect.after.passes
    if prospect.award:
        until = show_day(prospect.award.valid_until.astimezone(ZoneInfo(record.zone)).date())
        if prospect.before.state is State.HELD:
            return translate(N_("“Competent” renews the competency until %(day)s."), day=until)
        return translate(N_("“Competent” gives the competency until %(day)s."), day=until)
    more = ngettext("one more is needed", "%(num)s more are needed", needed - passes)
    return translate(
        N_("This competency needs %(needed)s passes in a row. This one makes %(passes)s of %(needed)s: %(more)s."),
        needed=needed,
        passes=passes,
        more=more,
    )


def breaks_run(prospect: Prospect) -> bool:
    """Say whether "not yet competent" would end a run of passes, or a competency that is held."""
    return bool(prospect.before.run) or prospect.before.state is State.HELD


def award_text(decision: Decision) -> str:
    """Say what a decision came to for the person."""
    if decision.awards and decision.valid_until:
        until = show_day(decision.valid_until.astimezone(ZoneInfo(decision.zone)).date())
        return translate(N_("Gives the competency %(code)s until %(day)s."), code=decision.competency_code, day=until)
    if decision.verdict is Verdict.COMPETENT:
        return translate(
            N_("Counts as a pass for %(code)s; the competency is not given yet: more passes in a row are needed."),
            code=decision.competency_code,
        )
    return translate(N_("Does not give the competency %(code)s."), code=decision.competency_code)


def competency_title(prospect: Prospect) -> str:
    """Return the title of the competency for the reader of this page."""
    return prospect.competency.title.in_language(page_language())


def _criterion(number: int, text: str, critical: bool, judged: Mapping[str, str]) -> dict[str, Any]:
    outcome = Outcome(judged["outcome"])
    tone, icon = LOOKS[outcome]
    return {
        "number": number,
        "text": text,
        "critical": critical,
        "label": translate(OUTCOMES[outcome]),
        "tone": tone,
        "icon": icon,
        "remark": judged["remark"],
    }
