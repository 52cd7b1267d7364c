"""The states of a record: only what the table of §13.4 lists leads anywhere, and what is closed stays closed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notebook.errors import NotTheState
from app.notebook.rules.words import OPEN_STATES, REVIEW_STATES, TRANSITIONS, Deed, RecordState, next_state

CLOSED = {RecordState.APPROVED, RecordState.REJECTED, RecordState.ABORTED, RecordState.VOIDED}


@pytest.mark.requirement("P11.10(f)", "A11d-13.3")
@given(st.lists(st.sampled_from(Deed), max_size=40))
def test_no_order_of_deeds_leads_where_the_table_does_not(deeds: list[Deed]) -> None:
    state, done = RecordState.ISSUED, []
    for deed in deeds:
        if (state, deed) in TRANSITIONS:
            state = next_state(state, deed, "record:x")
            done += [deed] if deed is not Deed.JUDGE else []
        else:
            with pytest.raises(NotTheState):
                next_state(state, deed, "record:x")

    if state in (RecordState.APPROVED, RecordState.REJECTED):
        assert done[-4] is Deed.COMPLETE
        assert done[-3:-1] == [Deed.BEGIN_REVIEW, Deed.REVIEW]


@pytest.mark.requirement("P11.10(f)")
@pytest.mark.parametrize("state", sorted(CLOSED))
@pytest.mark.parametrize("deed", list(Deed))
def test_nothing_leads_out_of_a_closed_record(state: RecordState, deed: Deed) -> None:
    with pytest.raises(NotTheState):
        next_state(state, deed, "record:x")


@pytest.mark.parametrize("state", [state for state in RecordState if state is not RecordState.ISSUED])
def test_a_record_that_was_begun_is_never_voided(state: RecordState) -> None:
    with pytest.raises(NotTheState):
        next_state(state, Deed.VOID, "record:x")


def test_every_state_is_open_in_review_or_closed_and_only_one_of_them() -> None:
    assert set(RecordState) == OPEN_STATES | REVIEW_STATES | CLOSED
    assert len(OPEN_STATES) + len(REVIEW_STATES) + len(CLOSED) == len(RecordState)


def test_values_go_in_only_while_the_record_is_open() -> None:
    assert {state for state, deed in TRANSITIONS if deed is Deed.ENTER} == OPEN_STATES
