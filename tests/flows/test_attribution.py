"""A record filed under the wrong trainee: two people correct it, what was signed stays, both people's views follow."""

from pathlib import Path
from typing import Any

import pytest

from app.audit.verification import Code
from app.competencies.queries import may_perform, standing_of
from app.competencies.rules.awarding import State
from app.kernel import clock
from app.kernel.actors import NotPermitted
from app.kernel.errors import Conflict, Invalid, NotFound
from app.notebook.errors import AnotherConfirms, AttributedInError, EndedFirst, PartInRecord
from app.notebook.queries import access_record
from app.notebook.services.attributing import confirm_attribution, propose_attribution, withdraw_attribution
from app.notebook.services.closing import abort_record
from app.privacy.queries.knowing import facts_of_person, records_of
from app.signatures.queries import signatures_of
from tests.attacks import judged, named
from tests.benches import Bench, a_bench, furnish
from tests.flows.test_erasure import judgement
from tests.installation import Installation
from tests.tokens import bearer
from tests.unit.evidence.conftest import unpacked
from tests.unit.evidence.test_paper import words_of

WHY = "Ouvert sur la mauvaise tablette."


@pytest.fixture
def bench(house: Installation) -> Bench:
    """A record of the trainee, approved; it gave them the competency."""
    furnish(house, "trainee", "trainee2", "assessor")
    return a_bench(house).perform().review().conclude()


def propose(bench: Bench, rightful: str | None, by: str = "assessor", reason: str = WHY) -> Any:
    """Propose that the record is another's work."""
    person = bench.house.person(rightful).id if rightful else None
    return bench.act(propose_attribution, person, by=by, reason=reason)


def correct(bench: Bench) -> None:
    """Correct the attribution, by the two who may."""
    propose(bench, "author")
    bench.act(confirm_attribution, by="quality")


def states(house: Installation, login: str) -> set[State]:
    """Return where somebody stands with their competencies."""
    actor = house.actor(login)
    with house.storage.reading() as session:
        return {one.state for one in standing_of(session, actor.person_id or "", actor)}


@pytest.mark.requirement("GD-5(1)(d),16")
def test_two_people_correct_it_and_one_line_says_so(bench: Bench) -> None:
    correct(bench)

    *_, line = bench.house.lines("ALPHA")
    assert (line["action"], line["subject"]) == ("notebook:record:reattribute", f"record:{bench.record_id}")
    assert line["after"]["performer"] == bench.house.person("trainee").id
    assert line["after"]["rightful"] == bench.house.person("author").id
    assert line["after"]["proposed_by"] == f"person:{bench.house.person('assessor').id}"
    assert len(line["after"]["decisions"]) == 1


@pytest.mark.requirement("GD-5(1)(d),16")
def test_what_was_signed_stays_and_everything_verifies(bench: Bench) -> None:
    with bench.house.storage.reading() as session:
        before = [(one.id, one.value, one.signer_id) for one in signatures_of(session, f"record:{bench.record_id}")]

    correct(bench)

    with bench.house.storage.reading() as session:
        after = [(one.id, one.value, one.signer_id) for one in signatures_of(session, f"record:{bench.record_id}")]
    page = bench.house.signed_in("auditor").get(bench.path).text
    assert after == before
    assert bench.record.performer_id == bench.house.person("trainee").id
    assert judged(bench.house).findings == ()
    assert "Attribué par erreur" in page
    assert "Léa Martin" in page


@pytest.mark.requirement("GD-5(1)(d),16")
def test_the_person_it_was_filed_under_sees_that_and_why_and_nothing_of_it(bench: Bench) -> None:
    correct(bench)
    client = bench.house.signed_in("trainee")

    listed, stub = client.get("/records").text, client.get(bench.path)
    program = bench.house.client().get(f"/api/v1/records/{bench.record_id}", headers=bearer(bench.house, "trainee"))

    assert (stub.status_code, WHY in stub.text, "Inès Laurent" in stub.text) == (200, True, False)
    assert "10,0" not in stub.text
    assert "Classés par erreur sous votre nom" in listed
    assert (program.status_code, program.get_json()["code"]) == (404, "attributed-in-error")
    for path in ("trail", "steps/weighing", "export", "attribution"):
        assert client.get(f"{bench.path}/{path}").status_code in (403, 404)


@pytest.mark.requirement("GD-5(1)(d),16")
def test_whose_work_it_was_sees_it_with_the_mark_and_its_history(bench: Bench) -> None:
    before = bench.house.signed_in("author").get(bench.path).status_code
    correct(bench)
    client = bench.house.signed_in("author")

    page, listed = client.get(bench.path).text, client.get("/records").text

    assert before == 404
    assert "Attribué par erreur" in page
    assert "10,0" in page
    assert bench.record.number in listed
    assert "Attribué par erreur" in listed


@pytest.mark.requirement("GD-5(1)(d),16", "CO-1")
def test_the_record_founds_a_competency_for_nobody(bench: Bench) -> None:
    held = states(bench.house, "trainee")
    correct(bench)

    assert State.HELD in held
    assert states(bench.house, "trainee") == {State.NOT_YET}
    assert states(bench.house, "author") == {State.NOT_YET}
    page = bench.house.signed_in("trainee").get("/competencies").text
    assert "Écartée" in page


@pytest.mark.requirement("GD-5(1)(d),16", "CO-1")
def test_an_award_that_rested_on_the_record_falls_and_one_more_pass_brings_it_back(house: Installation) -> None:
    furnish(house, "trainee", "trainee2", "assessor", passes=2)
    first = a_bench(house).perform().review().conclude()
    a_bench(house).perform().review().conclude()
    held = states(house, "trainee")

    correct(first)
    fallen = states(house, "trainee")
    a_bench(house).perform().review().conclude()

    assert (held, fallen, states(house, "trainee")) == ({State.HELD}, {State.IN_PROGRESS}, {State.HELD})
    with house.storage.reading() as session:
        person = house.person("trainee").id
        code = standing_of(session, person, house.actor("trainee"))[0].competency.code
        assert may_perform(session, person, code, clock.now())


@pytest.mark.requirement("GD-5(1)(d),16", "GD-15")
def test_what_each_takes_away_follows(bench: Bench) -> None:
    correct(bench)

    with bench.house.storage.reading() as session:
        wrong, right = bench.house.person("trainee"), bench.house.person("author")
        assert records_of(session, wrong.id) == []
        assert [one["number"] for one in facts_of_person(session, wrong)["filed_in_error"]] == [bench.record.number]
        assert [one["number"] for one in records_of(session, right.id)] == [bench.record.number]


@pytest.mark.requirement("GD-5(1)(d),16")
def test_nobody_corrects_it_alone_or_in_their_own_matter(bench: Bench) -> None:
    with pytest.raises(NotPermitted):
        propose(bench, "author", by="trainee")
    propose(bench, "author", by="quality")

    with pytest.raises(AnotherConfirms):
        bench.act(confirm_attribution, by="quality")
    with pytest.raises(PartInRecord):
        bench.act(confirm_attribution, by="assessor")  # who reviewed and approved it
    with pytest.raises(NotFound):
        bench.act(confirm_attribution, by="beta_assessor")
    assert bench.record.misattributed_at is None


@pytest.mark.requirement("GD-5(1)(d),16")
def test_nothing_changes_before_the_second_person_and_a_proposal_can_be_withdrawn(bench: Bench) -> None:
    propose(bench, "author")
    page = bench.house.signed_in("trainee").get(bench.path)
    with pytest.raises(Conflict):
        propose(bench, None)
    bench.act(withdraw_attribution, by="assessor", reason="C'était bien elle.")

    assert (page.status_code, "Inès Laurent" in page.text) == (200, False)
    assert State.HELD in states(bench.house, "trainee")
    assert propose(bench, None).rightful_id is None


@pytest.mark.requirement("GD-5(1)(d),16")
@pytest.mark.parametrize("reason", ["C'est Inès Laurent qui pesait.", "Pas LÉA MARTIN.", "x"])
def test_the_reason_names_nobody(bench: Bench, reason: str) -> None:
    with pytest.raises(Invalid):
        propose(bench, "author", reason=reason)


def test_the_performer_is_not_chosen_again(bench: Bench) -> None:
    with pytest.raises(Invalid):
        propose(bench, "trainee")


@pytest.mark.requirement("GD-5(1)(d),16")
def test_an_open_record_is_ended_first(house: Installation) -> None:
    furnish(house, "trainee", "trainee2", "assessor")
    bench = a_bench(house).fill("weighing")
    with pytest.raises(EndedFirst):
        propose(bench, "author")
    bench.act(abort_record, by="assessor", reason="Mauvaise personne.")

    correct(bench)

    with house.storage.reading() as session, pytest.raises(AttributedInError):
        access_record(session, bench.record_id, house.actor("trainee"))


@pytest.mark.requirement("GD-5(1)(d),16")
def test_it_is_done_on_the_screens_and_a_refusal_keeps_what_was_typed(bench: Bench) -> None:
    path = f"{bench.path}/attribution"
    assessor, quality = bench.house.signed_in("assessor"), bench.house.signed_in("quality")
    rightful = bench.house.person("trainee2").id

    refused = assessor.act(path, {"rightful": rightful, "reason": "Tom Peeters l'a fait."})
    proposed = assessor.act(path, {"rightful": rightful, "reason": WHY})
    alone = assessor.act(f"{path}/confirm")
    withdrawn = quality.act(f"{path}/withdraw", {"reason": ""})
    confirmed = quality.act(f"{path}/confirm")

    assert (refused.status_code, "Tom Peeters l&#39;a fait." in refused.text) == (422, True)
    assert f'value="{rightful}" selected' in refused.text
    assert (proposed.status_code, alone.status_code, withdrawn.status_code) == (303, 403, 422)
    assert confirmed.location == bench.path
    assert "Tom Peeters" in quality.get(bench.path).text


def test_verification_finds_a_correction_that_was_made_behind_the_application(bench: Bench) -> None:
    correct(bench)
    with bench.house.storage.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE record SET rightful_id = NULL")

    assert named(judged(bench.house), Code.ROW_ALTERED)


@pytest.mark.requirement("GD-5(1)(d),16", "PF-10")
def test_bundle_and_paper_show_the_correction_and_verify_as_before(bench: Bench, tmp_path: Path) -> None:
    judgement(bench.house, bench.record, tmp_path / "first")
    before = judgement(bench.house, bench.record, tmp_path / "before")
    correct(bench)
    after = judgement(bench.house, bench.record, tmp_path / "after")

    files = unpacked((tmp_path / "after" / f"{bench.record.number}.eln").read_bytes())
    paper = words_of((tmp_path / "after" / f"{bench.record.number}.pdf").read_bytes(), tmp_path)
    faults = [one for one in after["statements"] if one["answer"] not in ("PASS", "REDACTED")]
    assert faults == [one for one in before["statements"] if one["answer"] not in ("PASS", "REDACTED")]
    assert after["exit"] == before["exit"]
    assert [one["answer"] for one in after["statements"]] == [one["answer"] for one in before["statements"]]
    said = [reason["code"] for one in after["statements"] if one["id"] == "PF-3" for reason in one["reasons"]]
    assert "attributed-in-error" in said
    assert any(b"notebook:record:reattribute" in content for content in files.values())
    assert "Attribué par erreur" in paper
