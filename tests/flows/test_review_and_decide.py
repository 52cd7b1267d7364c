"""An assessor reviews a performed record and decides: independent, every exception judged, grounds given, once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.assessment.errors import AlreadyJudged, AnotherReviewer, ExceptionsOpen
from app.assessment.queries import prospect_of, statement_of
from app.assessment.rules import Judged
from app.assessment.services import begin_review, conclude, judge_exception, return_record
from app.competencies.errors import CriticalNotMet, GroundsMissing
from app.competencies.queries import decisions_on_record
from app.competencies.rules.awarding import Outcome, Verdict
from app.identity.services.people import grant_role
from app.kernel.actors import Role
from app.kernel.errors import CahierError
from app.notebook.errors import NotTheState, ReasonNeeded
from app.notebook.rules.words import Judgement, Purpose, RecordState
from app.signatures.errors import SignerExcluded
from app.signatures.rules import Meaning
from tests.benches import Bench, a_bench, furnish, hidden, key_of, said, words
from tests.installation import FOUNDER, Installation, password_of

NOT_EXACT = {"tidy": Judged(Outcome.MET), "exact": Judged(Outcome.NOT_MET, "0.5 g off")}


@pytest.fixture
def small(house: Installation) -> Installation:
    """A house with the small exercise, and keys for those who sign."""
    furnish(house, "trainee", "trainee2", "assessor")
    return house


def make_assessor(house: Installation, login: str) -> None:
    """Give somebody the role of an assessor as well."""
    with house.acting() as session:
        alpha = house.operator_id("ALPHA")
        grant_role(session, house.person(login).id, Role.ASSESSOR, operator_id=alpha, actor=FOUNDER)


def with_an_exception(house: Installation) -> Bench:
    """Return a performed record with a mass outside its specification."""
    return a_bench(house).enter("mass", "12,0").perform()


@pytest.mark.requirement("CO-2", "A11-6")
def test_who_performed_or_checked_anything_in_a_record_reviews_nothing_of_it(small: Installation) -> None:
    bench = a_bench(small).perform()
    for login in ("trainee", "trainee2", "author"):
        make_assessor(small, login)

    for login in ("trainee", "trainee2"):
        with pytest.raises(SignerExcluded):
            bench.act(begin_review, by=login)
        assert small.signed_in(login).act(f"{bench.path}/review").status_code == 403
    bench.begin_review()
    with pytest.raises(AnotherReviewer):
        bench.act(return_record, by="author", reason="Weigh it again")

    assert bench.record.state is RecordState.UNDER_REVIEW
    assert bench.record.reviewer_id == small.person("assessor").id


@pytest.mark.requirement("RX-2", "ER-18")
def test_every_exception_is_judged_once_with_grounds_before_the_review_is_signed(small: Installation) -> None:
    bench = with_an_exception(small).begin_review()

    with pytest.raises(ExceptionsOpen) as open_ones:
        bench.review_signature()
    assert open_ones.value.values["numbers"] == "1"
    with pytest.raises(ReasonNeeded):
        bench.act(judge_exception, 1, Judgement.ACCEPTED, by="assessor", reason=" ")
    bench.judge(Judgement.NOT_ACCEPTED)
    with pytest.raises(AlreadyJudged):
        bench.act(judge_exception, 1, Judgement.ACCEPTED, by="assessor", reason="Changed my mind")
    bench.review_signature()

    assert bench.record.state is RecordState.REVIEWED
    assert bench.sheet.exceptions[0].judgement is Judgement.NOT_ACCEPTED


@pytest.mark.requirement("RX-2", "P11.10(f)")
def test_an_exception_is_judged_only_while_its_record_is_under_review(small: Installation) -> None:
    bench = a_bench(small).enter("mass", "12,0")

    with pytest.raises(NotTheState):
        bench.judge()
    bench.perform()
    with pytest.raises(NotTheState):
        bench.judge()
    bench.begin_review().act(return_record, by="assessor", reason="Weigh it again")
    with pytest.raises(NotTheState):
        bench.judge()

    assert bench.sheet.exceptions[0].judgement is None


@pytest.mark.requirement("A11d-13.8", "P11.10(f)")
def test_a_returned_record_shows_its_points_is_corrected_and_signed_again(small: Installation) -> None:
    bench = with_an_exception(small).begin_review().judge()
    with pytest.raises(ReasonNeeded):
        bench.act(return_record, by="assessor", reason="")

    bench.act(return_record, by="assessor", reason="La masse est à vérifier")
    start = small.signed_in("trainee").get("/")
    bench.correct(1, "10,1").check().sign()

    assert "La masse est à vérifier" in words(start)
    assert (bench.record.state, bench.record.round, bench.record.reviewer_id) == (RecordState.COMPLETED, 2, None)
    bench.review().conclude()
    assert bench.sheet.exceptions[0].judgement is Judgement.ACCEPTED
    assert bench.record.state is RecordState.APPROVED


@pytest.mark.requirement("CO-1", "CO-3")
def test_competent_with_a_critical_criterion_not_met_is_refused_and_everything_typed_stays(small: Installation) -> None:
    bench = a_bench(small).perform().review()
    form = {
        "decision": "competent",
        "outcome.tidy": "met",
        "remark.tidy": "Poste impeccable",
        "outcome.exact": Outcome.NOT_MET.value,
        "remark.exact": "Écart de 0,5 g",
        "scope": "Une balance de paillasse",
        "grounds": "Motifs d'essai",
        "reassess_on": "2099-01-31",
    }

    page = small.signed_in("assessor").act(f"{bench.path}/decision", form)

    assert page.status_code in (409, 422)
    assert said(CriticalNotMet.message, criteria="2") in words(page)
    for kept in ("Poste impeccable", "Écart de 0,5 g", "Une balance de paillasse", "Motifs d'essai"):
        assert kept in words(page)
    assert 'value="2099-01-31"' in page.text
    assert bench.record.state is RecordState.REVIEWED
    with pytest.raises(CriticalNotMet):
        bench.conclude(judgements=NOT_EXACT)


@pytest.mark.requirement("CO-3", "P11.200(a)(1)")
def test_a_decision_is_shown_in_full_and_signed_as_it_was_shown(small: Installation) -> None:
    bench, client = a_bench(small).perform().review(), small.signed_in("assessor")
    form = {"decision": "competent", "outcome.tidy": "met", "outcome.exact": "met", "scope": "Une balance"}
    preview = client.act(f"{bench.path}/decision", form)
    shown = {"salt": hidden(preview, "salt"), "shown": hidden(preview, "shown"), "login": "assessor"}
    signing = form | shown | {"password": password_of("assessor")}

    other = client.act(f"{bench.path}/decision", signing | {"scope": "Toutes les balances"})
    answer = client.act(f"{bench.path}/decision", signing)

    assert "APPROVED" in words(preview)
    assert shown["shown"] in preview.text
    assert (other.status_code, answer.status_code) == (403, 303)
    record = bench.record
    with small.storage.reading() as session:
        statement = statement_of(session, record)
        (decision,) = decisions_on_record(session, record.id)
    assert statement is not None
    assert (statement["verdict"], statement["scope"]) == ("competent", "Une balance")
    assert decision.awards


@pytest.mark.requirement("CO-3")
def test_a_rejection_needs_grounds_gives_nothing_and_is_final(small: Installation) -> None:
    bench = a_bench(small).perform().review()
    with pytest.raises(GroundsMissing):
        bench.conclude(Meaning.REJECTED, verdict=Verdict.NOT_YET_COMPETENT, judgements=NOT_EXACT)

    bench.conclude(Meaning.REJECTED, verdict=Verdict.NOT_YET_COMPETENT, judgements=NOT_EXACT, grounds="Off by 0.5 g")

    assert bench.record.state is RecordState.REJECTED
    with small.storage.reading() as session:
        assert [decision.awards for decision in decisions_on_record(session, bench.record_id)] == [False]
    with pytest.raises(NotTheState):
        bench.enter("mass", "10")


@pytest.mark.requirement("ER-26")
def test_practice_counts_for_nothing_even_when_it_is_approved_as_competent(small: Installation) -> None:
    bench = a_bench(small, purpose=Purpose.PRACTICE, issuer="trainee").perform().review().conclude()

    with small.storage.reading() as session:
        assert decisions_on_record(session, bench.record_id) == []
    assert small.lines("ALPHA")[-1]["after"]["counts"] is False


@pytest.mark.requirement("CO-1")
def test_one_pass_of_three_in_a_row_says_so_and_gives_nothing_yet(house: Installation) -> None:
    furnish(house, "trainee", "trainee2", "assessor", passes=3)
    bench = a_bench(house).perform().review()
    record, sheet = bench.record, bench.sheet
    with house.storage.reading() as session:
        prospect = prospect_of(session, record, sheet)
    assert prospect is not None
    assert (prospect.before.passes, prospect.after.passes, prospect.after.needed) == (0, 1, 3)

    page = house.signed_in("assessor").get(f"{bench.path}/decision")
    bench.conclude()

    assert "1 / 3" in words(page)
    with house.storage.reading() as session:
        (decision,) = decisions_on_record(session, bench.record_id)
    assert (decision.verdict, decision.awards) == (Verdict.COMPETENT, False)


@pytest.mark.requirement("P11.10(f)", "ES-4")
def test_two_approvals_at_once_give_exactly_one(small: Installation) -> None:
    bench = a_bench(small).perform().review()
    key, actor = key_of(small, "assessor"), small.actor("assessor")
    lines = small.all_lines()

    def approving() -> Callable[[], None]:
        draft, shown = bench.decision()

        def job() -> None:
            with small.acting() as session:
                conclude(session, bench.record_id, draft, key, shown, meaning=Meaning.APPROVED, actor=actor)

        return job

    with ThreadPoolExecutor(2) as threads:
        failures = [done.exception() for done in [threads.submit(approving()) for _ in range(2)]]

    (refused,) = [failure for failure in failures if failure]
    assert isinstance(refused, CahierError)
    assert bench.record.state is RecordState.APPROVED
    assert small.all_lines() == lines + 1
    with small.storage.reading() as session:
        assert len(decisions_on_record(session, bench.record_id)) == 1
