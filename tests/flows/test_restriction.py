"""While the use of a person's data is restricted, they are kept, shown to few, and not used (GD-18)."""

import json

import pytest

from app.assessment.services import begin_review
from app.audit.verification import Code
from app.competencies.queries import standing_of
from app.evidence.models import Form
from app.evidence.services.handing_out import export_record
from app.identity.errors import HubOnly, UnderRestriction
from app.identity.queries import holders_of, list_people
from app.identity.services.people import grant_role
from app.kernel import clock
from app.kernel.actors import NotPermitted, Role
from app.kernel.errors import Conflict, NotFound
from app.notebook.queries import access_record, list_records, worklist
from app.notebook.rules.words import Purpose
from app.notebook.services.issuing import Issue, issue_record
from app.privacy.errors import NotOneselfErased, NotToldYet, Restricted
from app.privacy.models import Restriction
from app.privacy.rules.restricting import RestrictionGround
from app.privacy.services.restricting import announce_end, lift_restriction, set_restriction
from app.trail.queries import operator_trail
from tests.attacks import judged
from tests.benches import a_bench, furnish
from tests.flows.privacy_desk import lift, restrict
from tests.installation import FOUNDER
from tests.tokens import bearer

pytestmark = pytest.mark.requirement("GD-18")
MARK = "Usage limité"


@pytest.fixture
def record(house):
    """A record of the trainee that waits for its review."""
    furnish(house, "trainee", "trainee2", "assessor")
    return a_bench(house).perform().record


def listed(house, login):
    """Return the numbers of the records in somebody's list."""
    with house.storage.reading() as session:
        return [one.number for one in list_records(session, house.actor(login))[0]]


def seen(house, login, record):
    """Say whether somebody gets to a record."""
    try:
        with house.storage.reading() as session:
            access_record(session, record.id, house.actor(login))
    except NotFound:
        return False
    return True


def test_search_and_reports_hide_it_and_the_auditor_and_the_person_see_it(house, record):
    before = [listed(house, login) for login in ("assessor", "auditor", "quality", "trainee")]
    restrict(house)
    after = [listed(house, login) for login in ("assessor", "auditor", "quality", "trainee")]
    with house.storage.reading() as session:
        waiting = worklist(session, house.actor("assessor")).to_review

    assert before == [[record.number]] * 4
    assert after == [[], [record.number], [record.number], [record.number]]
    assert waiting == []
    assert [seen(house, login, record) for login in ("assessor", "auditor", "quality", "trainee")] == [
        False,
        True,
        True,
        True,
    ]


def test_the_pages_hide_it_and_mark_it_for_those_who_see(house, record):
    person = restrict(house)
    address, page = f"/records/{record.id}", f"/people/{person}"
    answers = {
        login: [house.signed_in(login).get(path) for path in (address, page)] for login in ("assessor", "auditor")
    }

    assert [answer.status_code for answer in answers["assessor"]] == [404, 404]
    assert [answer.status_code for answer in answers["auditor"]] == [200, 200]
    assert all(MARK in answer.text for answer in answers["auditor"])
    assert MARK in house.signed_in("trainee").get(address).text
    assert "Léa Martin" not in house.signed_in("assessor").get("/people").text
    assert "Léa Martin" not in house.signed_in("assessor").get("/records/new").text
    assert MARK in house.signed_in("quality").get("/people").text


def test_programs_get_nothing_of_it_but_for_the_person(house, record):
    restrict(house)
    client = house.client()

    def numbers(login):
        return [one["number"] for one in client.get("/api/v1/records", headers=bearer(house, login)).json["records"]]

    assert numbers("assessor") == []
    assert numbers("quality") == []
    assert numbers("trainee") == [record.number]
    assert client.get(f"/api/v1/records/{record.id}", headers=bearer(house, "assessor")).status_code == 404


def test_statistics_and_lists_of_people_leave_them_out(house, record):
    person = restrict(house)
    with house.storage.reading() as session:
        assessor, auditor = house.actor("assessor"), house.actor("auditor")
        trainees = [one.id for one in holders_of(session, house.operator_id("ALPHA"), Role.TRAINEE)]

        assert person not in trainees
        assert person not in {row.person.id for row in list_people(session, assessor)}
        assert person in {row.person.id for row in list_people(session, auditor)}
        with pytest.raises(NotFound):
            standing_of(session, person, assessor)
        assert standing_of(session, person, auditor) is not None


def test_the_operators_trail_shows_its_lines_to_few(house, record):
    with house.acting() as session:
        other = Issue("TST-001", house.person("trainee2").id, Purpose.TRAINING)
        kept = issue_record(session, other, actor=house.actor("assessor"))
    restrict(house)
    with house.storage.reading() as session:
        shown = {
            login: [row.subject for row in operator_trail(session, house.actor(login))[0]]
            for login in ("assessor", "auditor")
        }

    assert f"record:{record.id}" not in shown["assessor"]
    assert f"record:{kept.id}" in shown["assessor"]
    assert f"record:{record.id}" in shown["auditor"]


def test_nothing_is_done_with_it_by_nobody(house, record):
    person = restrict(house)
    with pytest.raises(NotFound), house.acting() as session:
        begin_review(session, record.id, actor=house.actor("assessor"))
    with pytest.raises(NotFound), house.acting() as session:
        issue_record(session, Issue("TST-001", person, Purpose.TRAINING), actor=house.actor("assessor"))
    with pytest.raises(UnderRestriction), house.acting() as session:
        issue_record(session, Issue("TST-001", person, Purpose.PRACTICE), actor=house.actor("trainee"))

    assert house.lines()[-1]["action"] == "privacy:restriction:set"


def test_a_record_that_was_begun_stands_still(house):
    furnish(house, "trainee", "assessor")
    bench = a_bench(house).enter("mass", "10")
    restrict(house)

    with pytest.raises(UnderRestriction):
        bench.correct(1, "11")
    assert len(bench.sheet.entries) == 1


def test_a_form_at_the_bench_says_why_it_is_refused_and_keeps_what_was_typed(house):
    furnish(house, "trainee", "assessor")
    bench = a_bench(house)
    restrict(house)
    answer = house.signed_in("trainee").act("/records/new", {"exercise": "TST-001", "purpose": "practice"})

    assert answer.status_code == 409
    assert "est limité" in answer.text
    assert bench.sheet.entries == ()


def test_the_auditor_takes_it_away_and_the_proofs_stay(house, record):
    restrict(house)
    with pytest.raises(NotFound), house.acting() as session:
        export_record(session, record.id, Form.BUNDLE, actor=house.actor("assessor"))
    with house.acting() as session:
        export_record(session, record.id, Form.BUNDLE, actor=house.actor("auditor"))

    assert judged(house).findings == ()


def test_the_line_says_the_ground_and_no_reason_in_the_clear(house):
    person = restrict(house)
    line = house.lines()[-1]

    assert (line["action"], line["subject"]) == ("privacy:restriction:set", f"person:{person}")
    assert (line["after"]["ground"], line["after"]["article"]) == ("accuracy", "GDPR 18(1)(a)")
    assert "contestée" not in json.dumps(line)


def test_it_ends_only_a_week_after_the_person_was_told(house, record):
    person, quality = restrict(house), house.actor("quality")
    with pytest.raises(NotToldYet), house.acting() as session:
        lift_restriction(session, person, actor=quality)
    with house.acting() as session:
        announce_end(session, person, actor=quality, reason="Les données sont exactes.")
    told = house.signed_in("trainee").get("/account/privacy").text
    with pytest.raises(NotToldYet), house.acting() as session:
        lift_restriction(session, person, actor=quality)
    with pytest.raises(Conflict), house.acting() as session:
        announce_end(session, person, actor=quality, reason="Encore.")

    assert "Les données sont exactes." in told
    assert "Elle prend fin à partir du" in told


def test_afterwards_everything_is_as_before(house, record):
    person = restrict(house)
    lift(house, person)
    with house.storage.reading() as session:
        held = session.query(Restriction).one()
    with house.acting() as session:
        begin_review(session, record.id, actor=house.actor("assessor"))

    assert held.lifted_at
    assert house.person("trainee").restricted_at is None
    assert listed(house, "assessor") == [record.number]
    # The clock of this test ran ahead for a moment, which is all that verification has to say.
    assert {finding.code for finding in judged(house).findings} <= {Code.TIME_BACKWARDS}


def test_it_holds_once_and_nobody_decides_over_themselves_or_others_people(house):
    person = restrict(house)
    ground = RestrictionGround.OBJECTION
    cases = (
        (Restricted, person, "administrator"),
        (NotOneselfErased, house.person("quality").id, "quality"),
        (NotFound, house.person("trainee2").id, "beta_administrator"),
        (NotPermitted, house.person("trainee2").id, "assessor"),
    )
    for error, whom, login in cases:
        with pytest.raises(error), house.acting() as session:
            set_restriction(session, whom, ground, actor=house.actor(login), reason="Opposition.")

    with house.acting() as session:
        shared = house.person("trainee2").id
        grant_role(session, shared, Role.TRAINEE, operator_id=house.operator_id("BETA"), actor=FOUNDER)
    with pytest.raises(HubOnly), house.acting() as session:
        set_restriction(session, shared, ground, actor=house.actor("quality"), reason="Opposition.")


def test_the_pages_set_announce_and_end_it(house):
    person, quality = house.person("trainee").id, house.signed_in("quality")
    path = f"/people/{person}/restriction"
    empty = quality.act(path, {"reason": "Exactitude contestée."})
    kept = "Exactitude contestée." in empty.text
    answers = [
        empty,
        quality.act(path, {"ground": "accuracy", "reason": "Exactitude contestée."}),
        quality.act(path, {"ground": "accuracy", "reason": "Encore."}),
        quality.act(f"{path}/lifting"),
        quality.act(f"{path}/announcement", {"reason": "Les données sont exactes."}),
    ]
    with clock.simulated(clock.now().replace(year=clock.now().year + 1)):
        answers.append(house.signed_in("quality").act(f"{path}/lifting"))

    assert kept
    assert [answer.status_code for answer in answers] == [422, 303, 409, 409, 303, 303]
    assert house.person("trainee").restricted_at is None
