"""An assessor's decision: what it needs, what it awards, what it leaves for ever."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.audit.models import CommittedText, Line
from app.audit.services import read_body
from app.competencies import queries
from app.competencies.errors import (
    CriticalNotMet,
    DecidedAlready,
    DoesNotCount,
    FrameworkVersionTaken,
    GroundsMissing,
    JudgementsMissing,
    OlderFramework,
    OwnWork,
    UnknownCompetency,
)
from app.competencies.models import CompetencyVersion, Decision
from app.competencies.rules import Rule
from app.competencies.rules.awarding import Outcome, Verdict
from app.competencies.services import Judged, decision_facts, load_framework
from app.kernel import clock
from app.kernel.actors import NotPermitted, Permission, Role, system_actor
from app.kernel.errors import Invalid, NotFound
from app.storage.errors import UnwitnessedChange

LOADER = system_actor("command", Permission.EXERCISE_LOAD)
MONDAY = datetime(2026, 1, 12, 9, tzinfo=UTC)


def changed(framework, version, passes=2):
    """Return the framework with another rule for its last competency."""
    *others, last = framework.competencies
    return replace(framework, version=version, competencies=(*others, replace(last, rule=Rule(passes))))


@pytest.mark.requirement("CO-1")
def test_a_decision_names_the_competency_the_criteria_and_the_record_it_rests_on(people):
    decision = people.decide(1)

    with people.storage.reading() as session:
        stored = session.get_one(Decision, decision.id)
        competency = queries.current_version(session, "GOW-B")
    assert (stored.record_number, stored.record_digest) == ("GOW-2026-0001", "a" * 64)
    assert (stored.exercise_code, stored.exercise_version, stored.exercise_digest) == ("GOW-001", 1, "b" * 64)
    assert (stored.competency_version, stored.competency_digest) == (competency.version, competency.digest)
    assert stored.assessor_id == people.ids["anna"]
    assert stored.verdict is Verdict.COMPETENT
    assert stored.zone == "Europe/Brussels"


@pytest.mark.requirement("CO-1")
def test_a_decision_is_evidence_in_the_line_of_the_approval(people):
    decision = people.decide(1)

    with people.storage.reading() as session:
        body = read_body(session.scalars(select(Line.body).order_by(Line.log_id.desc(), Line.index.desc())).first())
    assert ["decision", decision.id, 1] in [row[:3] for row in body["rows"]]


def test_a_decision_without_the_line_of_an_approval_is_refused(people):
    from app.competencies.services import add_decision

    with pytest.raises(UnwitnessedChange), people.storage.transaction() as session:
        add_decision(session, people.asked(1), actor=people.actor("anna"))


@pytest.mark.requirement("CO-3")
def test_what_the_assessor_writes_stands_in_the_row_as_a_commitment(people):
    decision = people.decide(1, passed=False, scope="grade B only")

    with people.storage.reading() as session:
        texts = {kept.commitment: kept.text for kept in session.scalars(select(CommittedText))}
    assert texts[decision.grounds] == "touched the outside of the hood"
    assert texts[decision.scope] == "grade B only"
    assert decision.judgements["order"] == {"outcome": "not-met", "remark": None}
    assert texts[decision.judgements["notes"]["remark"]] == "clear"


@pytest.mark.requirement("CO-3")
def test_the_third_consecutive_pass_awards_with_validity_and_next_assessment(people):
    with clock.simulated(MONDAY) as time:
        decisions = []
        for number in (1, 2, 3):
            decisions.append(people.decide(number))
            time.advance(days=1)

    assert [decision.awards for decision in decisions] == [False, False, True]
    assert decisions[2].valid_until == datetime(2027, 1, 14, 22, 59, 59, 999000, tzinfo=UTC)
    assert decisions[2].reassess_on == "2027-01-14"
    assert decisions[0].valid_until is None


@pytest.mark.requirement("CO-3")
def test_not_yet_competent_begins_the_count_anew(people):
    with clock.simulated(MONDAY) as time:
        awards = []
        for number, passed in enumerate([True, True, False, True, True, True], start=1):
            awards.append(people.decide(number, passed).awards)
            time.advance(hours=1)

    assert awards == [False, False, False, False, False, True]


def test_an_earlier_assessment_may_be_asked_for_and_a_later_one_not(people):
    with clock.simulated(MONDAY):
        sooner = people.decide(1, code="PIP-VER", reassess_on=date(2026, 6, 1))
        later = people.decide(2, code="PIP-VER", reassess_on=date(2099, 1, 1))

    assert sooner.reassess_on == "2026-06-01"
    assert later.reassess_on == sooner.valid_until.date().isoformat()


def test_not_yet_competent_may_name_the_day_of_the_next_assessment(people):
    decision = people.decide(1, passed=False, reassess_on=date(2026, 6, 1))

    assert decision.reassess_on == "2026-06-01"
    assert not decision.awards


@pytest.mark.requirement("CO-3")
def test_nobody_is_competent_with_a_critical_criterion_not_met(people):
    judgements = {"order": Judged(Outcome.NOT_MET), "notes": Judged(Outcome.MET)}

    with pytest.raises(CriticalNotMet, match="order"):
        people.decide(1, judgements=judgements)


def test_a_criterion_that_is_not_critical_may_be_unmet(people):
    judgements = {"order": Judged(Outcome.MET), "notes": Judged(Outcome.NOT_MET)}

    assert people.decide(1, code="PIP-VER", judgements=judgements).awards


@pytest.mark.requirement("CO-3")
def test_not_yet_competent_needs_its_grounds(people):
    with pytest.raises(GroundsMissing):
        people.decide(1, passed=False, grounds="  ")


@pytest.mark.requirement("CO-1")
def test_every_criterion_is_judged(people):
    with pytest.raises(JudgementsMissing, match="notes"):
        people.decide(1, judgements={"order": Judged(Outcome.MET)})


def test_a_criterion_that_is_not_of_the_exercise_is_refused(people):
    asked = people.asked(1)

    with pytest.raises(Invalid, match="other"):
        people.decide(1, judgements={**asked.judgements, "other": Judged(Outcome.MET)})


@pytest.mark.requirement("CO-2")
def test_nobody_decides_on_themselves(people):
    with pytest.raises(OwnWork):
        people.decide(1, person_id=people.ids["anna"])


def test_only_an_assessor_decides(people):
    with pytest.raises(NotPermitted):
        people.approve(people.asked(1), people.actor("ines", Role.TRAINEE, Role.QUALITY))


def test_a_record_is_decided_on_once(people):
    people.decide(1)

    with pytest.raises(DecidedAlready):
        people.decide(1)


def test_an_exercise_outside_the_competency_does_not_count(people):
    asked = people.asked(1)
    evidence = replace(asked.evidence, exercise_code="PIP-001")

    with pytest.raises(DoesNotCount, match="PIP-001"):
        people.decide(1, evidence=evidence)


def test_a_competency_outside_the_framework_is_unknown(people):
    with pytest.raises(UnknownCompetency):
        people.decide(1, code="XXX-NO")


@pytest.mark.parametrize("whose", ["ines", None])
def test_a_person_of_another_operator_is_as_unknown_as_nobody(people, whose):
    with pytest.raises(NotFound):
        people.decide(1, person_id=people.ids[whose] if whose else "00000000-0000-4000-8000-999999999999")


def test_an_assessor_of_another_operator_finds_nothing(people):
    with pytest.raises(NotFound):
        people.approve(people.asked(1), people.actor("anna", operator="BETA"))


def test_the_facts_of_a_decision_are_ready_for_the_line(people):
    facts = decision_facts(people.decide(1, code="PIP-VER"))

    assert (facts["competency"], facts["verdict"], facts["awards"]) == ("PIP-VER", "competent", True)
    assert facts["valid_until"].endswith("59.999Z")
    assert facts["person"] == people.ids["tom"]


def test_loading_the_same_framework_again_writes_no_line(people, framework):
    with people.storage.transaction() as session:
        before = session.scalars(select(Line.index)).all()
        loaded = load_framework(session, framework, actor=LOADER)
        after = session.scalars(select(Line.index)).all()

    assert not loaded
    assert len(before) == len(after)


def test_a_version_of_the_framework_is_never_changed(people, framework):
    with pytest.raises(FrameworkVersionTaken), people.storage.transaction() as session:
        load_framework(session, changed(framework, framework.version), actor=LOADER)


def test_an_older_framework_does_not_come_back(people, framework):
    with people.storage.transaction() as session:
        load_framework(session, changed(framework, framework.version + 2), actor=LOADER)

    with pytest.raises(OlderFramework), people.storage.transaction() as session:
        load_framework(session, changed(framework, framework.version + 1), actor=LOADER)


@pytest.mark.requirement("CO-1")
def test_a_decision_keeps_the_version_it_was_made_under(people, framework):
    decision = people.decide(1)
    with people.storage.transaction() as session:
        load_framework(session, changed(framework, framework.version + 1, passes=4), actor=LOADER)

    with people.storage.reading() as session:
        pinned = session.get_one(CompetencyVersion, ("GOW-B", decision.competency_version))
    assert pinned.digest == decision.competency_digest


def test_only_whoever_may_load_loads_the_framework(people, framework):
    with pytest.raises(NotPermitted), people.storage.transaction() as session:
        load_framework(session, framework, actor=people.actor("anna"))
