"""When decisions award a competency, until when it holds, where a person stands."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.competencies.rules import Competency, Rule
from app.competencies.rules.awarding import (
    Decided,
    Outcome,
    State,
    Verdict,
    award_after,
    end_of_day,
    holds,
    missing_judgements,
    standing,
    unmet_critical,
)
from app.kernel.text import Text

BRUSSELS = ZoneInfo("Europe/Brussels")
MORNING = datetime(2026, 1, 12, 9, tzinfo=UTC)


def competency(passes=1, months=12):
    words = Text.of({"fr": "x", "en": "x"})
    return Competency("GOW-B", words, words, months, Rule(passes), ("GOW-001",))


def decide(history, verdict, day, of, record=None, code="GOW-B"):
    """Add what an assessor decides on a day after the first morning, as the service would."""
    at = MORNING + timedelta(days=day)
    new = Decided(code, verdict, at, record or f"record {len(history) + 1}")
    award = award_after(history, new, of, BRUSSELS)
    if award:
        new = Decided(code, verdict, at, new.record_id, True, award.valid_until)
    return [*history, new]


def decided(days, of=None):
    """Return a history from pairs of day and whether it was a pass."""
    history: list[Decided] = []
    for day, passed in days:
        verdict = Verdict.COMPETENT if passed else Verdict.NOT_YET_COMPETENT
        history = decide(history, verdict, day, of or competency())
    return history


@pytest.mark.requirement("CO-3")
def test_one_pass_awards_where_the_rule_asks_for_one():
    history = decided([(0, True)])

    assert history[0].awards
    assert holds(history, "GOW-B", MORNING)


@pytest.mark.requirement("CO-3")
def test_nothing_holds_before_it_was_decided():
    history = decided([(0, True)])

    assert not holds(history, "GOW-B", MORNING - timedelta(milliseconds=1))


def test_another_competency_is_not_held():
    assert not holds(decided([(0, True)]), "PIP-VER", MORNING)


@pytest.mark.requirement("CO-3")
def test_not_yet_competent_awards_nothing():
    history = decided([(0, False)])

    assert [decision.awards for decision in history] == [False]
    assert not holds(history, "GOW-B", MORNING)


@pytest.mark.requirement("CO-3")
def test_three_consecutive_passes_award_at_the_third():
    history = decided([(0, True), (1, True), (2, True)], competency(3))

    assert [decision.awards for decision in history] == [False, False, True]


@pytest.mark.requirement("CO-3")
def test_a_not_yet_competent_resets_the_count():
    history = decided([(0, True), (1, True), (2, False), (3, True), (4, True), (5, True)], competency(3))

    assert [decision.awards for decision in history] == [False, False, False, False, False, True]


def test_the_same_record_counts_once():
    three = competency(3)
    history = decide([], Verdict.COMPETENT, 0, three, "record 1")
    history = decide(history, Verdict.COMPETENT, 1, three, "record 1")
    history = decide(history, Verdict.COMPETENT, 2, three, "record 2")

    assert not any(decision.awards for decision in history)


def test_passes_of_another_competency_do_not_count():
    three = competency(3)
    history = decide([], Verdict.COMPETENT, 0, three, code="PIP-VER")
    history = decide(history, Verdict.COMPETENT, 1, three)
    history = decide(history, Verdict.COMPETENT, 2, three)

    assert not any(decision.awards for decision in history)


def test_a_pass_older_than_the_validity_counts_no_more():
    history = decided([(0, True), (300, True), (370, True)], competency(3))

    assert not any(decision.awards for decision in history)


@pytest.mark.requirement("CO-3")
def test_a_competency_ends_with_its_validity():
    history = decided([(0, True)])
    last = datetime(2027, 1, 12, 22, 59, 59, 999000, tzinfo=UTC)

    assert history[0].valid_until == last
    assert holds(history, "GOW-B", last)
    assert not holds(history, "GOW-B", last + timedelta(milliseconds=1))


def test_the_days_are_those_of_the_operators_zone():
    late = Decided("GOW-B", Verdict.COMPETENT, datetime(2026, 3, 31, 22, 30, tzinfo=UTC), "record")  # 1 April, 00:30
    award = award_after([], late, competency(months=1), BRUSSELS)

    assert award is not None
    assert award.reassess_on == date(2026, 5, 1)
    assert award.valid_until == datetime(2026, 5, 1, 21, 59, 59, 999000, tzinfo=UTC)


def test_a_month_without_that_day_ends_on_its_last():
    new = Decided("GOW-B", Verdict.COMPETENT, datetime(2026, 1, 31, 9, tzinfo=UTC), "record")
    award = award_after([], new, competency(months=1), BRUSSELS)

    assert award is not None
    assert award.reassess_on == date(2026, 2, 28)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_ends_at_its_midnight_also_when_the_clocks_change(day, hours):
    start = end_of_day(day - timedelta(days=1), BRUSSELS)

    assert end_of_day(day, BRUSSELS) - start == timedelta(hours=hours)


def test_whoever_holds_it_renews_with_one_pass():
    history = decided([(0, True), (1, True), (2, True), (340, True)], competency(3))

    assert history[-1].awards
    assert holds(history, "GOW-B", MORNING + timedelta(days=700))


def test_whoever_let_it_run_out_begins_a_new_run():
    history = decided([(0, True), (1, True), (2, True), (370, True), (371, True), (372, True)], competency(3))

    assert [decision.awards for decision in history] == [False, False, True, False, False, True]


@pytest.mark.requirement("CO-3")
def test_a_not_yet_competent_ends_what_was_held():
    history = decided([(0, True), (10, False)])

    assert holds(history, "GOW-B", MORNING + timedelta(days=9))
    assert not holds(history, "GOW-B", MORNING + timedelta(days=10))


@pytest.mark.parametrize(
    ("days", "at", "state", "passes"),
    [
        ([], 0, State.NOT_YET, 0),
        ([(0, True)], 0, State.IN_PROGRESS, 1),
        ([(0, True), (1, True)], 5, State.IN_PROGRESS, 2),
        ([(0, True), (1, False)], 5, State.NOT_YET, 0),
        ([(0, True), (1, True), (2, True)], 5, State.HELD, 3),
        ([(0, True), (1, True), (2, True), (340, True)], 341, State.HELD, 3),
        ([(0, True), (1, True), (2, True)], 400, State.EXPIRED, 0),
        ([(0, True), (1, True), (2, True), (380, True)], 400, State.EXPIRED, 1),
        ([(0, True), (1, True), (2, True), (380, False)], 400, State.NOT_YET, 0),
        ([(0, True)], 400, State.NOT_YET, 0),
    ],
)
def test_a_person_stands(days, at, state, passes):
    three = competency(3)
    reached = standing(decided(days, three), three, MORNING + timedelta(days=at), BRUSSELS)

    assert (reached.state, reached.passes, reached.needed) == (state, passes, 3)


def test_what_is_held_rests_on_the_award_that_gave_it():
    history = decided([(0, True), (1, True), (2, True)], competency(3))
    reached = standing(history, competency(3), MORNING + timedelta(days=3), BRUSSELS)

    assert reached.resting_on == history[2]
    assert reached.run == tuple(history)
    assert reached.valid_until == history[2].valid_until


def test_standing_looks_back_at_any_moment():
    history = decided([(0, True), (10, False), (20, True)])
    states = [
        standing(history, competency(), MORNING + timedelta(days=day), BRUSSELS).state for day in (-1, 0, 10, 20, 400)
    ]

    assert states == [State.NOT_YET, State.HELD, State.NOT_YET, State.HELD, State.EXPIRED]


@pytest.mark.requirement("CO-3")
@given(
    st.lists(st.tuples(st.integers(0, 900), st.booleans()), max_size=12, unique_by=lambda pair: pair[0]),
    st.integers(1, 4),
    st.integers(0, 1400),
)
def test_held_is_what_may_be_performed_and_never_without_enough_passes(days, needed, at):
    of, moment = competency(needed), MORNING + timedelta(days=at)
    history = decided(sorted(days), of)
    reached = standing(history, of, moment, BRUSSELS)
    past = [passed for day, passed in sorted(days) if day <= at]

    assert (reached.state is State.HELD) == holds(history, "GOW-B", moment)
    assert reached.state is not State.HELD or all(past[-needed:])
    assert reached.state is not State.HELD or len(past) >= needed


def test_a_criterion_nobody_judged_is_missing():
    assert missing_judgements(["a", "b"], {"a": Outcome.NOT_OBSERVED}) == ("b",)


@pytest.mark.parametrize("outcome", [Outcome.NOT_MET, Outcome.NOT_OBSERVED, None])
def test_a_critical_criterion_is_met_or_it_is_not(outcome):
    judged = {"a": Outcome.MET} | ({"b": outcome} if outcome else {})

    assert unmet_critical(["a", "b"], judged) == ("b",)
