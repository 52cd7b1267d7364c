"""From the library to the person: a master is read, an assessor signs off, the person sees what they may do."""

import html
import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.competencies.queries import may_perform
from app.competencies.rules import parse_framework
from app.competencies.rules.awarding import Outcome, Verdict
from app.competencies.services import Evidence, Judged, NewDecision, add_decision, load_framework
from app.exercises.queries import current_version
from app.exercises.rules.parsing import parse_exercise
from app.exercises.services import load_exercise
from app.kernel import clock
from app.kernel.actors import Permission, system_actor
from app.kernel.text import Text

CONFIG = Path(str(files("config")))
LOADER = system_actor("command", Permission.EXERCISE_LOAD)
NOBODY = "00000000-0000-4000-8000-999999999999"


def exercise(code):
    path = CONFIG / "exercises" / f"{code}.yaml"
    return parse_exercise(path.read_text(encoding="utf-8"), path.name)


def load(house, *masters):
    for master in masters:
        with house.acting() as session:
            load_exercise(session, master, actor=LOADER)


@pytest.fixture
def library(house):
    """A house whose library holds the framework, PIP-001 and GOW-001."""
    path = CONFIG / "competencies" / "framework.yaml"
    with house.acting() as session:
        load_framework(session, parse_framework(path.read_text(encoding="utf-8"), path.name), actor=LOADER)
    load(house, exercise("PIP-001"), exercise("GOW-001"))
    return house


def sign_off(house, number, code="PIP-001", passed=True):
    """Do as the assessor's approval does: decide on Léa's record, in the act that writes its line."""
    actor, person = house.actor("assessor"), house.person("trainee").id
    record = f"00000000-0000-4000-8000-{number:012}"
    with house.acting() as session:
        master = current_version(session, code)
        criteria = {criterion.id: criterion.critical for criterion in master.exercise.criteria}
        new = NewDecision(
            operator_id=house.operator_id("ALPHA"),
            person_id=person,
            competency_code=master.exercise.competency,
            evidence=Evidence(record, f"{code[:3]}-2026-{number:04}", "ab" * 32, code, 1, master.digest),
            verdict=Verdict.COMPETENT if passed else Verdict.NOT_YET_COMPETENT,
            criteria=criteria,
            judgements={name: Judged(Outcome.MET if passed else Outcome.NOT_MET) for name in criteria},
            grounds=None if passed else "La manche a touché le sol.",
        )
        decision = add_decision(session, new, actor=actor)
        note(session, Action.RECORD_APPROVED, Subject("record", record, new.operator_id), actor=actor)
    return decision


def words(answer):
    """Return the text of a page without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def test_the_library_lists_what_is_loaded_in_the_readers_language(library):
    text = words(library.signed_in("trainee").get("/exercises"))

    assert "Vérification gravimétrique d'une pipette à piston de 1000 µL" in text
    assert "Qualification à l'habillage en classe B" in text


def test_an_empty_library_says_who_fills_it(house):
    assert "cahier exercises load" in house.signed_in("trainee").get("/exercises").text


def test_a_master_reads_whole_with_units_limits_formulas_checks_and_criteria(library):
    text = words(library.signed_in("trainee").get("/exercises/PIP-001"))

    for step in exercise("PIP-001").steps():
        assert step.title.in_language("fr") in text
    assert "Spécification −8,0 à 8,0 µL" in text
    assert "Une deuxième personne confirme" in text
    assert "Ce que l'évaluateur juge" in text
    assert "= mean(temperature_before, temperature_after)" in text


def test_a_master_shows_the_digest_that_records_are_pinned_to(library):
    with library.storage.reading() as session:
        digest = current_version(session, "PIP-001").digest

    assert digest in library.signed_in("auditor").get("/exercises/PIP-001").text


@pytest.mark.parametrize(("language", "shown"), [("en", "en"), ("de", "fr")])
def test_a_reader_of_another_language_is_told_which_one_they_read(library, language, shown):
    browser = library.signed_in("trainee")
    browser.act("/language", {"language": language})
    page = browser.get("/exercises/PIP-001").text

    assert f'<html lang="{language}"' in page
    assert f'<div lang="{shown}">' in page


@pytest.mark.requirement("ER-H2")
def test_a_new_version_leaves_the_old_one_readable_and_says_it_is_no_longer_issued(library):
    master = exercise("PIP-001")
    load(library, replace(master, version=2, title=Text.of({"fr": "Titre neuf", "en": "New title"})))
    browser = library.signed_in("trainee")

    assert "Titre neuf" in browser.get("/exercises/PIP-001").text
    assert "Titre neuf" in browser.get("/exercises/PIP-001/2").text
    assert "Cette version n'est plus émise." in words(browser.get("/exercises/PIP-001/1"))
    assert "Vérification gravimétrique" in browser.get("/exercises/PIP-001/1").text


@pytest.mark.parametrize("address", ["/exercises/XXX-001", "/exercises/PIP-001/7"])
def test_an_exercise_that_was_never_loaded_does_not_exist(library, address):
    assert library.signed_in("trainee").get(address).status_code == 404


def test_what_an_author_writes_never_becomes_a_script(library):
    master = exercise("PIP-001")
    first = master.sections[0].steps[0]
    evil = Text.of(dict.fromkeys(("fr", "en"), "<script>alert(1)</script> [x](javascript:alert(1)) **gras**"))
    section = replace(master.sections[0], steps=(replace(first, title=evil, instruction=evil),))
    load(library, replace(master, version=2, sections=(section, *master.sections[1:])))
    page = library.signed_in("trainee").get("/exercises/PIP-001").text

    assert "<strong>gras</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_the_schema_is_there_for_whoever_writes_an_exercise_file(client):
    answer = client.get("/exercises/schema.json")
    schema = json.loads(answer.data)

    assert answer.mimetype == "application/schema+json"
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == "Master exercise"


@pytest.mark.parametrize(
    ("login", "status"), [("trainee", 200), ("assessor", 200), ("auditor", 200), ("administrator", 403)]
)
def test_the_library_is_for_those_with_a_right_over_content(library, login, status):
    assert library.signed_in(login).get("/exercises").status_code == status


@pytest.mark.requirement("CO-1", "CO-3")
def test_a_person_sees_what_they_may_do_until_when_and_the_record_behind_it(library):
    decision = sign_off(library, 1)
    browser = library.signed_in("trainee")
    text = words(browser.get("/competencies"))

    assert "Valable jusqu'au" in text
    assert "PIP-2026-0001" in text
    assert "Hervé Dubois" in text
    assert decision.record_digest in text


@pytest.mark.requirement("CO-3")
def test_two_passes_of_three_are_on_the_way_and_nothing_is_awarded_by_itself(library):
    sign_off(library, 1, "GOW-001")
    sign_off(library, 2, "GOW-001")
    page = library.signed_in("trainee").get("/competencies")

    with library.storage.reading() as session:
        allowed = may_perform(session, library.person("trainee").id, "GOW-B", clock.now())
    assert not allowed
    assert "En cours d&#39;acquisition" in page.text
    assert '<progress value="2" max="3"' in page.text


@pytest.mark.requirement("CO-3")
def test_a_not_yet_competent_is_shown_with_its_grounds(library):
    sign_off(library, 1, "GOW-001", passed=False)
    text = words(library.signed_in("trainee").get("/competencies"))

    assert "Dernière décision : compétence pas encore acquise." in text
    assert "La manche a touché le sol." in text


def test_an_assessor_sees_the_competencies_on_the_page_of_the_person(library):
    sign_off(library, 1)
    person = library.person("trainee").id
    browser = library.signed_in("assessor")

    assert "PIP-2026-0001" in browser.get(f"/competencies/people/{person}").text
    assert "PIP-2026-0001" in browser.get(f"/people/{person}").text


def test_an_administrator_sees_the_person_and_not_their_competencies(library):
    sign_off(library, 1)
    person = library.person("trainee").id
    page = library.signed_in("administrator").get(f"/people/{person}")

    assert page.status_code == 200
    assert "PIP-2026-0001" not in page.text


@pytest.mark.requirement("AS-8.4.1")
def test_a_person_of_another_operator_gets_the_answer_of_one_who_does_not_exist(library):
    browser = library.signed_in("beta_assessor")
    with clock.simulated(clock.now()):  # every page shows the time
        others = browser.get(f"/competencies/people/{library.person('trainee').id}")
        nobody = browser.get(f"/competencies/people/{NOBODY}")

    assert others.status_code == nobody.status_code == 404
    assert words(others) == words(nobody)


def test_a_trainee_may_not_look_at_another(library):
    browser = library.signed_in("trainee2")

    assert browser.get(f"/competencies/people/{library.person('trainee').id}").status_code == 403
