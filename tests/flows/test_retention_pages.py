"""The pages of retention, of people under age and of the register, as people use them, and the commands beside them."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.command import cahier
from app.identity.models import GuardianNotice, Person
from app.identity.services.people import NewPerson, add_person
from app.installation.duties import list_what_is_over
from app.kernel import clock
from app.kernel.actors import Role
from app.privacy.queries.register import read_register, register_document
from app.privacy.rules.register import faults_of
from app.privacy.rules.retention import DEFAULTS
from app.storage.tables import Base
from app.web.access import Access, declared_access
from tests.attacks import judged
from tests.benches import furnish, text_of
from tests.flows.erasing import erase
from tests.flows.test_retention import DECISION, an_aborted_record, carry_out, later, lists
from tests.house import tree
from tests.installation import FOUNDER, FOUNDING_PEPPER, NOTICE, password_of


@pytest.mark.requirement("GD-5(1)(e)", "LANG-1")
def test_on_the_pages_two_people_decide_over_what_is_over(house):
    furnish(house, "trainee", "trainee2", "assessor")
    record = an_aborted_record(house)
    an_aborted_record(house)
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(expiry, items)] = lists(house)
        page = f"/privacy/expiries/{expiry.id}"
        quality, administrator = map(house.signed_in, ("quality", "administrator"))
        start, shown = text_of(quality.get("/privacy/retention")), text_of(quality.get(page))
        held = next(item.number for item in items if item.record_id != record)
        tomorrow = (clock.now() + timedelta(days=400)).date().isoformat()
        faulty = quality.act(f"{page}/items/{held}/hold", {"until": "hier", "reason": "Recours 2026-4."})
        hold = quality.act(f"{page}/items/{held}/hold", {"until": tomorrow, "reason": "Recours 2026-4."})
        nameless = quality.act(f"{page}/approve", {"reason": "Léa Martin est partie"})
        approved = quality.act(f"{page}/approve", {"reason": DECISION})
        alone = quality.act(f"{page}/confirm")
        confirmed = administrator.act(f"{page}/confirm")
        carry_out(house)
        after = text_of(administrator.get(page))
        bench = text_of(house.signed_in("assessor").get(f"/records/{record}"))

    assert "Liste du" in start
    assert "Léa Martin" in shown
    assert "TST-2026-0001" in shown
    assert [faulty.status_code, hold.status_code] == [422, 303]
    assert "Recours 2026-4." in faulty.text
    assert [nameless.status_code, approved.status_code, alone.status_code] == [422, 303, 403]
    assert confirmed.status_code == 303
    assert "Recours 2026-4." in after
    assert "Effacé" in after
    assert "[effacé par décision du" in bench


@pytest.mark.requirement("GD-5(1)(e)")
def test_another_operators_list_is_not_there(house):
    furnish(house, "trainee", "trainee2", "assessor")
    an_aborted_record(house)
    with clock.simulated(later(25)):
        list_what_is_over(house.storage)
        [(expiry, _)] = lists(house)
        stranger = house.signed_in("beta_administrator")

        assert stranger.get(f"/privacy/expiries/{expiry.id}").status_code == 404
        assert stranger.get(f"/privacy/expiries/{expiry.id}/items/1/hold").status_code == 404
        assert house.signed_in("trainee").get("/privacy/retention").status_code == 403


@pytest.mark.requirement("GD-5(1)(e)")
def test_the_hub_chooses_a_term_on_the_page_and_keeps_what_was_typed_when_it_is_refused(house):
    hub, fields = house.signed_in("hub_administrator"), {"chosen": "files", "reason": "Avis du délégué."}
    refused = hub.act("/privacy/retention", fields | {"months": "2", "minor_months": "2"})
    chosen = hub.act("/privacy/retention", fields | {"months": "18", "minor_months": "6"})
    page = text_of(hub.get("/privacy/retention"))
    operator = house.signed_in("quality").act("/privacy/retention", fields | {"months": "20", "minor_months": "6"})

    assert (refused.status_code, chosen.status_code, operator.status_code) == (422, 303, 403)
    assert "Avis du délégué." in refused.text
    assert "18 mois ; 6 pour les mineurs" in page
    assert judged(house).findings == ()


@pytest.mark.requirement("GD-5(1)(b),6", "GD-30/35", "GD-28/44")
def test_the_register_maps_every_column_to_one_class_and_names_nothing_that_is_not_there():
    columns = [f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns]

    assert faults_of(read_register(), columns) == []
    assert faults_of(read_register(), [*columns, "person.shoe_size"]) == ["person.shoe_size: in no class"]
    assert faults_of(read_register(), [one for one in columns if one != "person.name"]) == [
        "person.name: there is no such column"
    ]


@pytest.mark.requirement("GD-5(1)(b),6")
def test_no_class_rests_on_consent():
    assert {basis for one in read_register().classes for basis in one.basis} <= {
        "contract",
        "legal-obligation",
        "public-task",
        "legitimate-interest",
    }


@pytest.mark.requirement("GD-30/35", "LANG-1")
def test_everybody_reads_the_register_in_their_language(house):
    client = house.signed_in("trainee")
    french = text_of(client.get("/privacy/register"))
    client.act("/language", {"language": "nl", "next": "/account"})
    dutch = text_of(client.get("/privacy/register"))

    assert "Registre des traitements" in french
    assert "Photos, sons et autres fichiers joints" in french
    assert "Register van de verwerkingen" in dutch
    assert "12 maanden; 6 voor minderjarigen" in dutch


def run(house, *words):
    """Run a command in this installation."""
    environment = {
        "CAHIER_VAR": str(house.settings.var),
        "CAHIER_DATABASE_URL": house.settings.database_url,
        "CAHIER_ORIGIN": house.settings.origin,
    }
    return CliRunner().invoke(cahier, list(words), env=environment)


@pytest.mark.requirement("GD-30/35", "GD-5(1)(e)")
def test_the_commands_export_the_register_and_choose_terms(house):
    before = house.all_lines()
    chosen = run(
        house, "privacy", "term", "set", "files", "--months=18", "--minor-months=6", "--reason=Avis du délégué"
    )
    listed = json.loads(run(house, "privacy", "term", "list", "--json").output)
    exported = json.loads(run(house, "privacy", "register", "--json").output)
    files = next(one for one in exported["classes"] if one["code"] == "files")

    assert chosen.exit_code == 0, chosen.output
    assert house.all_lines() == before + 1
    assert listed["files"] == {"months": 18, "minor_months": 6}
    assert files["retention"] == {"class": "files", "months": 18, "minor_months": 6}
    assert "Photos, sons" in run(house, "privacy", "register").output


@pytest.mark.requirement("GD-minors")
def test_nobody_under_thirteen_chooses_a_password_before_a_guardian_was_informed(house):
    year = clock.now().year - 13
    with house.acting() as session:
        new = NewPerson("enfant", "Jules Petit", "fr", (Role.TRAINEE,), birth_year=year)
        operator = house.operator_id("ALPHA")
        person, code = add_person(session, new, operator_id=operator, pepper=FOUNDING_PEPPER, actor=FOUNDER)
    page, administrator = f"/people/{person.id}", house.signed_in("administrator")
    shown = text_of(administrator.get(page))
    fields = {"login": "enfant", "code": code, "password": password_of("enfant"), "repeated": password_of("enfant")}
    fields |= {"notice": NOTICE.digest, "informed": "y"}
    refused = house.client().act("/activate", fields)
    day = clock.now().date().isoformat()
    informed = {"guardian": "Claire Petit", "informed_on": day, "means": "letter"}
    recorded = administrator.act(f"{page}/guardian", informed)
    accepted = house.client().act("/activate", fields)

    assert "Aucun parent ou tuteur" in shown
    assert "parent ou tuteur doit d'abord être informé" in text_of(refused)
    assert (refused.status_code, recorded.status_code, accepted.status_code) == (403, 303, 303)
    assert "Claire Petit" in text_of(administrator.get(f"{page}/age"))
    assert "Claire" not in json.dumps(house.lines(), ensure_ascii=False)


@pytest.mark.requirement("GD-minors", "LANG-1")
def test_the_notice_for_parents_is_printed_in_each_language_with_the_shorter_terms(house):
    person, administrator = house.person("trainee").id, house.signed_in("administrator")
    page = f"/people/{person}"
    none = administrator.get(f"{page}/guardian-notice").status_code
    year = str(clock.now().year - 16)
    set_ = administrator.act(f"{page}/birth-year", {"birth_year": year, "reason": "Carte d'identité vue."})
    notice = {
        language: text_of(administrator.get(f"{page}/guardian-notice?language={language}"))
        for language in ("fr", "nl", "en", "de")
    }

    assert (none, set_.status_code) == (404, 303)
    assert "Information des parents et tuteurs" in notice["fr"]
    assert "6 mois" in notice["fr"]
    assert "Informatie voor ouders en voogden" in notice["nl"]
    assert "Information for parents and guardians" in notice["en"]
    assert "Information für Eltern und Erziehungsberechtigte" in notice["de"]
    assert "Peut-être mineure" in text_of(administrator.get(page))
    assert "Peut-être mineure" in text_of(house.signed_in("assessor").get(page))
    assert year not in text_of(house.signed_in("assessor").get(page))


@pytest.mark.requirement("GD-minors")
def test_a_faulty_year_stays_in_the_form_and_one_too_young_asks_for_the_guardian_first(house):
    person, administrator = house.person("trainee").id, house.signed_in("administrator")
    page, now = f"/people/{person}/birth-year", clock.now().year

    for year, words in ((str(now), "quatre chiffres"), (str(now - 12), "tuteur a été informé"), ("x", "")):
        answer = administrator.act(page, {"birth_year": year, "reason": "Carte d'identité vue."})
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert f'value="{year}"' in answer.text
        assert "Carte d&#39;identité vue." in answer.text


@pytest.mark.requirement("GD-minors", "GD-17(1),(3)", "GD-25-2")
def test_an_erasure_takes_the_year_and_the_guardians_name_and_every_row_still_verifies(house):
    person, administrator = house.person("trainee").id, house.signed_in("administrator")
    year, day = str(clock.now().year - 16), clock.now().date().isoformat()
    administrator.act(f"/people/{person}/birth-year", {"birth_year": year, "reason": "Carte d'identité vue."})
    informed = {"guardian": "Claire Martin-Dupont", "informed_on": day, "means": "meeting"}
    administrator.act(f"/people/{person}/guardian", informed)
    before = judged(house).findings
    erase(house)
    with house.storage.reading() as session:
        from tests.flows.test_erasure import dump

        assert session.get_one(Person, person).birth_year is None
        assert session.query(GuardianNotice).count() == 1
    assert (before, judged(house).findings) == ((), ())
    assert [value for _, value in dump(house) if "Claire" in value] == []


@pytest.mark.requirement("GD-minors")
def test_no_page_that_strangers_see_names_a_person(house):
    furnish(house, "trainee", "trainee2", "assessor")
    an_aborted_record(house)
    with house.storage.reading() as session:
        names = [person.name for person in session.query(Person)]
    open_pages = [
        rule.rule
        for rule in house.app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and declared_access(house.app, rule.endpoint) is Access.PUBLIC
    ]
    client = house.client()
    named = [(page, name) for page in open_pages for name in names if name in client.get(page).get_data(as_text=True)]
    verify = client.get("/verify?record=TST-2026-0001").get_data(as_text=True)

    assert {"/sign-in", "/verify"} <= set(open_pages)
    assert named == []
    assert not re.search("|".join(map(re.escape, names)), verify)


@pytest.mark.requirement("GD-32", "GD-30/35")
def test_the_register_cites_for_each_measure_tests_that_are_there_and_cite_what_they_are_for():
    document = register_document(read_register(), DEFAULTS)
    written = re.findall(r"^\| `([a-z-]+)` \| .+ \| (.+) \|$", tree.text(Path("docs/privacy.md")), re.MULTILINE)
    cited = {one["code"]: one["tests"] for one in document["measures"]}

    assert {code: re.findall(r"`(.+?)`", tests) for code, tests in written} == cited
    for code in ("access", "pseudonyms", "encryption", "separate-keys", "restoring"):
        assert cited[code]
        assert [test for test in cited[code] if "mark.requirement(" not in tree.text(Path(test))] == []
