"""The clock of requests and breaches: when each is due, and which reminder is to be given."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Invalid
from app.privacy.rules.breaching import BreachDecision, check_decision, check_notified, new_findings, settled_at
from app.privacy.rules.requests import check_received
from app.privacy.rules.restricting import TOLD_BEFORE, may_end
from app.privacy.rules.terms import (
    HOURS_TO_NOTIFY,
    Reminder,
    Urgency,
    add_months,
    answer_due,
    notice_due,
    reminder_due,
    urgency_of,
)

ZONE = "Europe/Brussels"
NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
WEEK = timedelta(days=7)


@pytest.mark.requirement("GD-12(3)")
@pytest.mark.parametrize(
    ("received", "months", "due"),
    [
        (date(2026, 11, 23), 1, date(2026, 12, 23)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 12, 31), 3, date(2027, 3, 31)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
    ],
)
def test_a_month_ends_on_the_same_day_or_on_the_last_of_a_shorter_month(received, months, due):
    assert add_months(received, months) == due


@pytest.mark.requirement("GD-12(3)")
@given(day=DAYS, months=st.integers(0, 36))
def test_months_are_calendar_months_and_never_step_into_the_next(day, months):
    due = add_months(day, months)

    assert (due.year * 12 + due.month) - (day.year * 12 + day.month) == months
    assert due.day == day.day or (due.day < day.day and (due + timedelta(days=1)).day == 1)


@pytest.mark.requirement("GD-12(3)")
@given(day=DAYS, more=st.integers(0, 2))
def test_an_answer_is_due_at_the_end_of_its_day_where_the_hub_is(day, more):
    due = answer_due(day, ZONE, more=more).astimezone(ZoneInfo(ZONE))

    assert due.date() == add_months(day, 1 + more)
    assert (due + timedelta(milliseconds=1)).date() > due.date()


@given(day=DAYS, later=st.integers(0, 400))
def test_who_asks_later_is_never_answered_earlier(day, later):
    assert answer_due(day, ZONE) <= answer_due(day + timedelta(days=later), ZONE)


@pytest.mark.requirement("GD-33/34")
def test_a_breach_is_due_72_hours_after_it_was_found():
    assert notice_due(NOW) - NOW == HOURS_TO_NOTIFY == timedelta(hours=72)


@pytest.mark.parametrize(
    ("days_left", "soon_done", "overdue_done", "reminder"),
    [
        (8, False, False, None),
        (7, False, False, Reminder.SOON),
        (7, True, False, None),
        (0, False, False, Reminder.SOON),
        (-1, False, False, Reminder.OVERDUE),
        (-1, True, False, Reminder.OVERDUE),
        (-1, False, True, None),
    ],
)
def test_each_reminder_is_given_once_and_the_late_one_takes_the_place_of_the_early(
    days_left, soon_done, overdue_done, reminder
):
    due = NOW + timedelta(days=days_left)

    assert reminder_due(due, WEEK, NOW, soon_done=soon_done, overdue_done=overdue_done) is reminder


@pytest.mark.parametrize(
    ("due", "stopped", "urgency"),
    [
        (NOW + timedelta(days=8), None, Urgency.RUNNING),
        (NOW + timedelta(days=1), None, Urgency.SOON),
        (NOW - timedelta(seconds=1), None, Urgency.OVERDUE),
        (NOW, NOW, Urgency.MET),
        (NOW, NOW + timedelta(seconds=1), Urgency.MISSED),
    ],
)
def test_where_a_term_stands(due, stopped, urgency):
    assert urgency_of(due, WEEK, stopped, NOW) is urgency


def test_a_request_does_not_come_tomorrow():
    assert check_received(NOW.date(), NOW.date()) == NOW.date()
    for day in (None, NOW.date() + timedelta(days=1)):
        with pytest.raises(Invalid):
            check_received(day, NOW.date())


@pytest.mark.requirement("GD-18")
def test_a_restriction_ends_only_when_the_person_was_told_before():
    assert [may_end(told, NOW) for told in (None, NOW, NOW - TOLD_BEFORE)] == [False, False, True]


@pytest.mark.requirement("GD-33/34")
@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (BreachDecision(authority=False, people=True, people_text="x"), "authority"),
        (BreachDecision(authority=True, people=False), "authority_text"),
        (BreachDecision(authority=True, people=True, authority_text="x"), "people_text"),
    ],
)
def test_a_decision_to_tell_somebody_holds_what_they_are_told(decision, field):
    with pytest.raises(Invalid) as refused:
        check_decision(decision)

    assert list(refused.value.fields) == [field]


@pytest.mark.requirement("GD-33/34")
def test_a_late_notification_to_the_authority_needs_reasons_and_one_to_people_does_not():
    due = NOW - timedelta(hours=1)
    found = NOW - timedelta(days=5)
    check_notified(NOW, found, due, NOW, "Les faits n'étaient pas établis.")
    check_notified(NOW, found, None, NOW, "")

    for at, reasons, field in ((NOW, " ", "late"), (NOW + WEEK, "x", "notified"), (found - WEEK, "x", "notified")):
        with pytest.raises(Invalid) as refused:
            check_notified(at, found, due, NOW, reasons)
        assert list(refused.value.fields) == [field]


@pytest.mark.requirement("GD-33/34")
@pytest.mark.parametrize(
    ("notify", "notified", "stops"),
    [(None, None, None), (False, None, NOW), (True, None, None), (True, NOW + WEEK, NOW + WEEK)],
)
def test_the_clock_of_a_breach_stops_when_the_authority_knows_or_need_not(notify, notified, stops):
    assert settled_at(decided_at=NOW, notify_authority=notify, authority_notified_at=notified) == stops


def test_what_a_breach_names_already_is_not_new():
    assert new_findings(["a", "b", "a"], ["b"]) == ["a"]
