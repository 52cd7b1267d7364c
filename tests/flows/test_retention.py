"""What is over is listed by the worker, approved by one, confirmed by another, and erased; every proof stays."""

from datetime import timedelta

import pytest

from app.audit.models import CommittedText
from app.identity.models import Person
from app.identity.services.operators import add_cohort, join_cohort
from app.installation.duties import EXPIRY, expire, list_what_is_over
from app.kernel import clock
from app.kernel.actors import NotPermitted
from app.kernel.errors import Conflict, Invalid, NotFound
from app.notebook.models import Record
from app.notebook.services.closing import abort_record
from app.notebook.services.files import FileShelf, Upload, attach_file
from app.privacy.errors import NamesInDecision, NotOneselfErased, OnePersonOnly
from app.privacy.models import Erasure, Expiry, ExpiryItem
from app.privacy.queries.expiring import items_of
from app.privacy.rules.erasing import Ground
from app.privacy.rules.retention import ExpiryState, ItemKind, ItemState, RetentionClass, Term
from app.privacy.services.expiring import (
    approve_expiry,
    confirm_expiry,
    hold_item,
    propose_expiry,
    return_expiry,
)
from app.privacy.services.terms import set_term
from app.signatures.services.ca import open_authority
from app.signatures.services.incidents import report_compromise
from app.storage.files import files_at
from tests import exhibits
from tests.attacks import judged
from tests.benches import a_bench, furnish
from tests.flows.erasing import concluded, disable
from tests.flows.test_erasure import judgement

DECISION = "Liste de novembre, durées de conservation écoulées."
YEARS_11 = timedelta(days=11 * 366)


def later(months):
    """Return a moment so many months from now, with a few days to spare."""
    return clock.now() + timedelta(days=31 * months + 3)


def lists(house):
    """Return the lists of what is over, each with its items."""
    with house.storage.reading() as session:
        return [(one, items_of(session, one.id)) for one in session.query(Expiry).order_by(Expiry.found_at)]


def decide(house, expiry_id, first="quality", second="administrator"):
    """Let two people decide over a list."""
    with house.acting() as session:
        approve_expiry(session, expiry_id, actor=house.actor(first), reason=DECISION)
    with house.acting() as session:
        confirm_expiry(session, expiry_id, actor=house.actor(second))


def carry_out(house):
    """Let the worker erase what was decided, and return in how many acts."""
    acts = 0
    while expire(house.storage, house.settings):
        acts += 1
    return acts


def an_aborted_record(house, login="trainee"):
    """Give up a record that was begun."""
    bench = a_bench(house)
    bench.enter("mass", "10,0")
    with house.acting() as session:
        abort_record(session, bench.record_id, actor=house.actor(login), reason="Panne de la balance.")
    return bench.record_id


@pytest.fixture
def given_up(house):
    """A record that was given up, whose term is the shortest."""
    furnish(house, "trainee", "trainee2", "assessor")
    return an_aborted_record(house)


@pytest.mark.requirement("GD-5(1)(e)", "PF-12", "WH-11.17/11.18")
def test_a_cohort_is_purged_when_its_time_is_over_and_its_bundles_verify_as_redacted(house, tmp_path):
    record = concluded(house)
    with house.acting() as session:
        cohort = add_cohort(session, "Automne", operator_id=house.operator_id("ALPHA"), actor=house.actor("assessor"))
    for login in ("trainee", "trainee2"):
        with house.acting() as session:
            join_cohort(session, cohort.id, house.person(login).id, actor=house.actor("assessor"))
    judgement(house, record, tmp_path / "first")
    before = judgement(house, record, tmp_path / "before")
    people = [disable(house, login) for login in ("trainee", "trainee2")]
    with clock.simulated(clock.now() + YEARS_11):
        list_what_is_over(house.storage)
        [(expiry, items)] = [one for one in lists(house) if one[0].operator_id]
        decide(house, expiry.id)
        lines = house.all_lines()
        acts, written = carry_out(house), house.all_lines() - lines
        after = judgement(house, record, tmp_path / "after")
        answers = {one["id"]: one["answer"] for one in before["statements"]}

        assert {item.person_id for item in items if item.kind is ItemKind.PERSON} == set(people)
        assert written == acts == len(items) + 1
        assert {one["id"]: one["answer"] for one in after["statements"]} == answers | {"PF-12": "REDACTED"}
        assert after["exit"] == before["exit"]
        reasons = next(one for one in after["statements"] if one["id"] == "PF-12")["reasons"]
        assert any(DECISION in one["text"] for one in reasons)
        assert judged(house).findings == ()
    with house.storage.reading() as session:
        gone = session.query(Person).filter(Person.id.in_(people)).all()
        assert [(one.name, one.login, one.particulars) for one in gone] == [(None, None, None)] * 2
        assert {one.ground for one in session.query(Erasure)} == {Ground.RETENTION_OVER}
        kept = session.query(CommittedText).filter(CommittedText.erased_at.is_(None)).all()
        assert not any("Léa Martin" in one.text for one in kept)
        assert session.query(Expiry).one().state is ExpiryState.DONE


@pytest.mark.requirement("GD-5(1)(e)", "C4-4.11/4.12")
def test_nothing_is_listed_before_its_time_nor_while_a_record_is_open(house, given_up):
    a_bench(house)
    list_what_is_over(house.storage)
    early = lists(house)
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(expiry, items)] = lists(house)

    assert early == []
    assert expiry.operator_id == house.operator_id("ALPHA")
    assert [(item.kind, item.record_id) for item in items] == [(ItemKind.RECORD, given_up)]


@pytest.mark.requirement("GD-5(1)(e)")
def test_two_workers_make_one_list(house, given_up):
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        list_what_is_over(house.storage)

    assert len(lists(house)) == 1


@pytest.mark.requirement("GD-5(1)(e)")
def test_nothing_goes_before_a_second_person_and_whoever_approved_is_none(house, given_up):
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(expiry, _)] = lists(house)
        with house.acting() as session:
            approve_expiry(session, expiry.id, actor=house.actor("quality"), reason=DECISION)
        acts = carry_out(house)

        with pytest.raises(OnePersonOnly), house.acting() as session:
            confirm_expiry(session, expiry.id, actor=house.actor("quality"))
        assert acts == 0
        with house.storage.reading() as session:
            assert session.query(CommittedText).filter(CommittedText.erased_at.is_not(None)).count() == 0


@pytest.mark.requirement("GD-5(1)(e)", "P11.10(d)")
def test_only_those_who_may_decide_for_this_operator(house, given_up):
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(expiry, _)] = lists(house)

        for login, refusal in (("assessor", NotPermitted), ("trainee", NotPermitted), ("beta_administrator", NotFound)):
            with pytest.raises(refusal), house.acting() as session:
                approve_expiry(session, expiry.id, actor=house.actor(login), reason=DECISION)


@pytest.mark.requirement("GD-5(1)(e)")
def test_a_decision_names_nobody_on_the_list(house, given_up):
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(expiry, _)] = lists(house)

        with pytest.raises(NamesInDecision), house.acting() as session:
            approve_expiry(session, expiry.id, actor=house.actor("quality"), reason="Tout de léa martin")


@pytest.mark.requirement("GD-5(1)(e)")
def test_nobody_decides_over_a_list_on_which_they_stand(house, given_up):
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(expiry, _)] = lists(house)
        own = house.actor("quality")
        same = type(own)(house.actor("trainee").pseudonym, own.grants, own.roles, own.operator_id)

        with pytest.raises(NotOneselfErased), house.acting() as session:
            approve_expiry(session, expiry.id, actor=same, reason=DECISION)


@pytest.mark.requirement("GD-5(1)(e)", "GD-17(1),(3)")
def test_what_is_held_back_for_a_legal_claim_stays_until_its_day(house, given_up):
    with clock.simulated(later(25)) as now:
        list_what_is_over(house.storage)
        [(expiry, _)] = lists(house)
        until = clock.now() + timedelta(days=200)
        with house.acting() as session:
            hold_item(session, expiry.id, 1, until, actor=house.actor("quality"), reason="Recours 2026-4.")
        with pytest.raises(Conflict), house.acting() as session:
            approve_expiry(session, expiry.id, actor=house.actor("quality"), reason=DECISION)
        list_what_is_over(house.storage)
        still = lists(house)
        now.advance(days=201)
        list_what_is_over(house.storage)
        again = lists(house)

    assert [item.state for _, items in still for item in items] == [ItemState.HELD]
    assert [[item.state for item in items] for _, items in again] == [[ItemState.HELD], [ItemState.LISTED]]


@pytest.mark.requirement("GD-5(1)(e)")
def test_a_hold_needs_a_day_to_come_and_a_reason(house, given_up):
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(expiry, _)] = lists(house)
        quality = house.actor("quality")

        for until, reason in ((clock.now(), "Recours."), (clock.now() + timedelta(days=9), "")):
            with pytest.raises(Invalid), house.acting() as session:
                hold_item(session, expiry.id, 1, until, actor=quality, reason=reason)


@pytest.mark.requirement("GD-5(1)(e)")
def test_an_approved_list_is_given_back_and_waits_again(house, given_up):
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(expiry, _)] = lists(house)
        with house.acting() as session:
            approve_expiry(session, expiry.id, actor=house.actor("quality"), reason=DECISION)
        with house.acting() as session:
            return_expiry(session, expiry.id, actor=house.actor("administrator"), reason="À revoir.")
        with pytest.raises(Conflict), house.acting() as session:
            confirm_expiry(session, expiry.id, actor=house.actor("administrator"))
        [(expiry, _)] = lists(house)

    assert (expiry.state, expiry.approved_by, expiry.decision) == (ExpiryState.PROPOSED, None, None)


@pytest.mark.requirement("GD-5(1)(e)")
def test_a_longer_term_chosen_meanwhile_counts_when_it_is_carried_out(house, given_up):
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(expiry, _)] = lists(house)
        decide(house, expiry.id)
        choose(house, RetentionClass.PRACTICE_RECORD, Term(60, 12))
        carry_out(house)
        [(expiry, items)] = lists(house)

    assert (expiry.state, [item.state for item in items]) == (ExpiryState.DONE, [ItemState.SKIPPED])
    with house.storage.reading() as session:
        assert session.query(CommittedText).filter(CommittedText.erased_at.is_not(None)).count() == 0


def choose(house, chosen, term, by="hub_administrator"):
    """Choose a term for the hub."""
    with house.acting() as session:
        set_term(session, chosen, term, actor=house.actor(by), reason="Avis du délégué.")


@pytest.mark.requirement("GD-5(1)(e)")
def test_the_hub_alone_chooses_terms_within_their_bounds_and_each_choice_is_kept(house):
    from app.identity.errors import HubOnly
    from app.privacy.queries.terms import terms_now, versions_of_terms

    choose(house, RetentionClass.FILES, Term(24, 6))
    choose(house, RetentionClass.FILES, Term(18, 6))
    for term, by, refusal in (
        (Term(2, 2), "hub_administrator", Invalid),
        (Term(12, 13), "hub_administrator", Invalid),
        (Term(18, 6), "hub_administrator", Conflict),
        (Term(36, 6), "quality", HubOnly),
    ):
        with pytest.raises(refusal):
            choose(house, RetentionClass.FILES, term, by)
    with house.storage.reading() as session:
        kept = [(row.version, row.months) for row in versions_of_terms(session)]

        assert kept == [(1, 24), (2, 18)]
        assert terms_now(session)[RetentionClass.FILES] == Term(18, 6)


@pytest.mark.requirement("GD-5(1)(e)", "A11-7.1")
def test_files_go_earlier_than_the_texts_beside_them(house):
    furnish(house, "trainee", "trainee2", "assessor")
    store = files_at(house.settings)
    bench = a_bench(house)
    bench.act(attach_file, "weighing", Upload(exhibits.photo(), "balance.jpg", "Affichage"), FileShelf(store))
    with house.acting() as session:
        abort_record(session, bench.record_id, actor=house.actor("trainee"), reason="Panne de la balance.")
    with clock.simulated(later(13)):
        list_what_is_over(house.storage)
        [(expiry, items)] = lists(house)
        decide(house, expiry.id)
        carry_out(house)
    with house.storage.reading() as session:
        texts = [one.text for one in session.query(CommittedText)]

    assert [item.kind for item in items] == [ItemKind.FILES]
    assert "Panne de la balance." in texts
    assert not any("balance.jpg" in text for text in texts if text)


@pytest.mark.requirement("GD-5(1)(e)", "GD-17(1),(3)")
def test_what_an_open_incident_concerns_is_not_listed(house, given_up):
    with house.acting() as session:
        quality, authority = house.actor("quality"), open_authority(house.settings.keys)
        person = house.person("trainee").id
        report_compromise(session, person, clock.now(), actor=quality, reason="Mot de passe lu.", authority=authority)
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)

    assert lists(house) == []


@pytest.mark.requirement("GD-5(1)(e)")
def test_a_person_stays_while_a_record_of_theirs_does(house, given_up):
    disable(house)
    with clock.simulated(later(14)):
        list_what_is_over(house.storage)
        early = lists(house)
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(_, items)] = lists(house)

    assert early == []
    assert [item.kind for item in items] == [ItemKind.RECORD, ItemKind.PERSON]


@pytest.mark.requirement("GD-5(1)(e)")
def test_the_worker_alone_lists_and_no_person_is_asked_to(house, given_up):
    with clock.simulated(later(25)), house.acting() as session:
        made = propose_expiry(session, house.operator_id("ALPHA"), actor=EXPIRY)

    assert made is not None
    line = house.lines("ALPHA")[-1]
    assert (line["actor"], line["action"]) == ("system:worker", "privacy:expiry:propose")
    assert line["after"] == {"items": 1, "classes": {"practice-record": 1}}


@pytest.mark.requirement("GD-5(1)(e)")
def test_old_sessions_and_receipts_are_removed_by_the_hubs_list(house):
    house.signed_in("trainee").act("/account/tokens", {"label": "banc", "scopes": ["read"], "days": "30"})
    with clock.simulated(later(13)):
        list_what_is_over(house.storage)
        [(expiry, items)] = lists(house)
        add_hub_quality(house)
        decide(house, expiry.id, "hub_administrator", "hub_quality")
        carry_out(house)

    assert expiry.operator_id is None
    assert [item.kind for item in items] == [ItemKind.OPERATION]
    with house.storage.reading() as session:
        from app.identity.models import WebSession

        assert session.query(WebSession).count() == 0


def add_hub_quality(house):
    """Add somebody of quality for the hub."""
    from app.identity.services.people import NewPerson
    from app.kernel.actors import Role
    from tests.installation import activate

    activate(house.storage, NewPerson("hub_quality", "Marc Lambert", "fr", (Role.QUALITY,)), None)


@pytest.mark.requirement("GD-minors", "GD-5(1)(e)")
def test_for_somebody_under_age_the_shorter_term_counts(house, given_up):
    from app.identity.services.minors import set_birth_year

    with house.acting() as session:
        administrator, year = house.actor("administrator"), clock.now().year - 17
        set_birth_year(session, house.person("trainee").id, year, actor=administrator, reason="Carte d'identité vue.")
    with clock.simulated(later(13)):
        list_what_is_over(house.storage)
        [(_, items)] = lists(house)

    assert [item.kind for item in items] == [ItemKind.RECORD]
    with house.storage.reading() as session:
        assert session.get_one(Record, given_up).performer_id == items[0].person_id
        assert session.query(ExpiryItem).count() == 1
