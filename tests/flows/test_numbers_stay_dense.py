"""Record numbers: 1 to n for each operator, series and year, whoever issues at once, whatever becomes of a record."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import select

from app.identity.models import Operator
from app.identity.queries import actor_of
from app.identity.services.operators import add_operator
from app.identity.services.people import grant_role
from app.kernel import clock
from app.kernel.actors import Role
from app.kernel.errors import CahierError
from app.notebook.errors import NotTheState, SamePerson
from app.notebook.models import Record, Series
from app.notebook.rules.words import Purpose, RecordState
from app.notebook.services.closing import abort_record
from app.notebook.services.issuing import Issue, issue_record, void_record
from tests.benches import a_bench, furnish
from tests.installation import FOUNDER, Installation, password_of
from tests.signers import give_key

YEAR = 2026
NOON = datetime(YEAR, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def small(house: Installation) -> Installation:
    """A house with the small exercise."""
    furnish(house)
    return house


def numbers(house: Installation, operator: str = "ALPHA") -> list[str]:
    """Return the numbers of an operator's records, in order."""
    with house.storage.reading() as session:
        query = select(Record.number).join(Operator, Operator.id == Record.operator_id).where(Operator.code == operator)
        return sorted(session.scalars(query))


def dense(count: int, year: int = YEAR, series: str = "TST") -> list[str]:
    """Return the numbers 1 to n."""
    return [f"{series}-{year}-{number:04}" for number in range(1, count + 1)]


@pytest.mark.requirement("ER-H1", "ER-25", "AS-2.3.5")
def test_aborted_and_void_records_keep_their_numbers_and_the_next_goes_on(small: Installation) -> None:
    with clock.simulated(NOON):
        void, aborted = a_bench(small), a_bench(small).enter("mass", "10")
        void.act(void_record, small.actor("quality"), by="assessor", reason="Issued to the wrong person")
        aborted.act(abort_record, reason="The balance broke down")
        practice, last = a_bench(small, purpose=Purpose.PRACTICE, issuer="trainee"), a_bench(small)

    found = [bench.record for bench in (void, aborted, practice, last)]
    assert [record.number for record in found] == dense(4)
    assert [record.state for record in found[:2]] == [RecordState.VOIDED, RecordState.ABORTED]


@pytest.mark.requirement("ER-H1")
def test_an_issue_that_fails_uses_up_no_number(small: Installation) -> None:
    actor = small.actor("assessor")
    with clock.simulated(NOON):
        with pytest.raises(LookupError):
            issue_and_fail(small)
        with pytest.raises(CahierError), small.acting() as session:
            issue_record(session, Issue("TST-001", small.person("beta_trainee").id, Purpose.TRAINING), actor=actor)
        a_bench(small)

    assert numbers(small) == dense(1)


def issue_and_fail(house: Installation) -> None:
    """Issue a record in a transaction that then fails."""
    issue = Issue("TST-001", house.person("trainee").id, Purpose.TRAINING)
    with house.acting() as session:
        issue_record(session, issue, actor=house.actor("assessor"))
        raise LookupError


@pytest.mark.requirement("ER-H1")
def test_many_who_issue_at_once_get_numbers_without_gap_or_double(small: Installation) -> None:
    jobs = [issuing(small, *pair) for pair in (("assessor", "trainee"), ("beta_assessor", "beta_trainee"))]
    count = 8

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(job) for job in jobs * count]:
            done.result()

    year = clock.now().year
    assert numbers(small, "ALPHA") == dense(count, year)
    assert numbers(small, "BETA") == dense(count, year)
    with small.storage.reading() as session:
        assert set(session.scalars(select(Series.last))) == {count}


@pytest.mark.requirement("ER-H1")
def test_who_issue_the_first_of_a_series_at_once_all_get_a_number(small: Installation) -> None:
    count = 4
    start, job = Barrier(count), issuing(small, "assessor", "trainee")

    def begin() -> None:
        start.wait(timeout=30)
        job()

    with ThreadPoolExecutor(count) as threads:
        failures = [done.exception() for done in [threads.submit(begin) for _ in range(count)]]

    assert failures == [None] * count
    assert numbers(small) == dense(count, clock.now().year)


def issuing(house: Installation, issuer: str, performer: str) -> Callable[[], None]:
    """Return what issues one record."""
    actor = house.actor(issuer)
    issue = Issue("TST-001", house.person(performer).id, Purpose.TRAINING)

    def job() -> None:
        with house.acting() as session:
            issue_record(session, issue, actor=actor)

    return job


@pytest.mark.requirement("ER-H1", "ER-H6")
def test_the_year_of_a_number_is_the_year_at_the_operators_own_place(small: Installation) -> None:
    with small.acting() as session:
        far = add_operator(session, "FAR", "Far Training", zone="America/New_York", actor=FOUNDER)
    with small.acting() as session:
        grant_role(session, small.person("trainee").id, Role.TRAINEE, operator_id=far.id, actor=FOUNDER)
    with small.acting() as session:
        grant_role(session, small.person("assessor").id, Role.ASSESSOR, operator_id=far.id, actor=FOUNDER)

    # Half past eleven in the evening in Brussels, then half past midnight; in New York it stays the old year.
    with clock.simulated(datetime(2026, 12, 31, 22, 30, tzinfo=UTC)) as time:
        a_bench(small)
        issue_far(small, far.id)
        time.advance(hours=1)
        a_bench(small)
        issue_far(small, far.id)
        time.advance(hours=6)
        issue_far(small, far.id)

    assert numbers(small) == ["TST-2026-0001", "TST-2027-0001"]
    assert numbers(small, "FAR") == ["TST-2026-0001", "TST-2026-0002", "TST-2027-0001"]


def issue_far(house: Installation, operator_id: str) -> None:
    """Issue a record for the operator overseas, by the same assessor."""
    issue = Issue("TST-001", house.person("trainee").id, Purpose.TRAINING)
    with house.acting() as session:
        issue_record(session, issue, actor=actor_of(session, house.person("assessor"), operator_id))


@pytest.mark.requirement("AS-2.3.5", "P11.10(f)")
def test_voiding_takes_two_people_who_may_and_a_record_that_was_never_begun(small: Installation) -> None:
    bench, quality = a_bench(small), small.actor("quality")

    with pytest.raises(SamePerson):
        bench.act(void_record, small.actor("assessor"), by="assessor", reason="Issued twice")
    with pytest.raises(CahierError) as refused:
        bench.act(void_record, small.actor("trainee2"), by="assessor", reason="Issued twice")
    assert refused.value.code == "not-permitted"
    bench.enter("mass", "10")
    with pytest.raises(NotTheState):
        bench.act(void_record, quality, by="assessor", reason="Issued twice")

    assert bench.record.state is RecordState.IN_PROGRESS


@pytest.mark.requirement("AS-2.3.5", "A11-9-1")
def test_voiding_through_the_page_names_both_people_in_its_line(small: Installation) -> None:
    give_key(small, "quality")
    bench, assessor = a_bench(small), small.signed_in("assessor")
    form = {"reason": "Issued to the wrong person", "login": "quality", "password": password_of("quality")}
    wrong = assessor.act(f"{bench.path}/void", form | {"password": "not theirs"})

    answer = assessor.act(f"{bench.path}/void", form)

    assert wrong.status_code == 403
    assert "Issued to the wrong person" in wrong.text
    assert answer.status_code == 303
    line = small.lines("ALPHA")[-1]
    assert line["actor"] == f"person:{small.person('assessor').id}"
    assert line["after"]["second"] == f"person:{small.person('quality').id}"
