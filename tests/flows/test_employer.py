"""A company sees results and their validity, of whom it was told, until it ends; nothing else, and each look shows."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.kernel import clock
from app.privacy.rules.disclosing import Extent, Granted, Use
from app.privacy.services.disclosing import (
    add_employer,
    disclose_results,
    end_disclosure,
    make_employer_token,
    revoke_employer_token,
)
from app.web.access import Access
from tests.benches import a_bench, furnish
from tests.flows.test_every_route import path_of, routes
from tests.installation import Installation
from tests.tokens import bearer

RESULTS = "/api/v1/employer/results"
REASON = "Bio SA l'a inscrite à cette formation."


class Company:
    """A company with a token, in a house."""

    def __init__(self, house: Installation) -> None:
        self.house = house
        self.id = self.act(add_employer, "Bio SA", "formation@bio.example").id
        token, self.secret = self.act(make_employer_token, self.id, days=30)
        self.token_id = token.id

    def act(self, service: Callable[..., Any], *given: Any, by: str = "quality", **more: Any) -> Any:
        """Let somebody do an act."""
        with self.house.acting() as session:
            return service(session, *given, actor=self.house.actor(by), **more)

    def disclose(self, login: str = "trainee", *named: str, days: int = 30, by: str = "quality") -> str:
        """Let the company see somebody's results; return the disclosure's id."""
        extent = Extent.NAMED if named else Extent.ALL
        granted = Granted(Use.SENT, extent, named, clock.now().date() + timedelta(days=days))
        person = self.house.person(login).id
        return str(self.act(disclose_results, self.id, person, granted, by=by, reason=REASON).id)

    def look(self) -> Any:
        """Look with the token."""
        return self.house.client().get(RESULTS, headers={"Authorization": f"Bearer {self.secret}"})


@pytest.fixture
def company(house: Installation) -> Company:
    """A company of Alpha; the trainee holds one competency."""
    furnish(house, "trainee", "trainee2", "assessor")
    a_bench(house).perform().review().conclude()
    return Company(house)


@pytest.mark.requirement("GD-employer")
def test_a_company_sees_result_and_validity_and_nothing_else(company: Company) -> None:
    company.disclose()

    told = company.look().get_json()

    (person,) = told["people"]
    (result,) = person["results"]
    assert (told["employer"], person["name"]) == ("Bio SA", "Léa Martin")
    assert set(person) == {"person", "name", "disclosed_until", "results"}
    assert set(result) == {"competency", "title", "result", "valid_until"}
    assert (result["result"], result["valid_until"] > clock.to_text(clock.now())) == ("held", True)


@pytest.mark.requirement("GD-employer")
def test_nobody_is_seen_of_whom_nothing_was_disclosed(company: Company) -> None:
    assert company.look().get_json()["people"] == []


@pytest.mark.requirement("GD-employer")
def test_a_named_competency_that_is_not_held_does_not_say_how_far_somebody_is(company: Company) -> None:
    company.disclose("trainee2", *competencies_of(company.house))

    (person,) = company.look().get_json()["people"]

    assert {result["result"] for result in person["results"]} == {"not-held"}
    assert {result["valid_until"] for result in person["results"]} == {None}


def competencies_of(house: Installation) -> tuple[str, ...]:
    """Return the codes of the framework."""
    answer = house.client().get("/api/v1/competencies", headers=bearer(house, "trainee")).get_json()
    return tuple(one["competency"] for one in answer["competencies"])


@pytest.mark.requirement("GD-employer", "P11.10(d)")
def test_every_other_address_takes_a_companys_token_for_a_stranger(company: Company) -> None:
    company.disclose()
    headers = {"Authorization": f"Bearer {company.secret}"}
    let_in = []

    for method, rule, access in routes(company.house):
        if access is Access.PUBLIC:
            continue
        answer = company.house.client().open(path_of(rule), method=method, headers=headers, follow_redirects=False)
        to_the_door = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
        protected = answer.status_code == 400 and not rule.rule.startswith("/api/")  # a form without its token
        if not (to_the_door or protected) and answer.status_code != 401:
            let_in.append((method, rule.rule, answer.status_code))

    assert let_in == []


@pytest.mark.requirement("GD-employer")
@pytest.mark.parametrize("given", ["", "nonsense", "person"])
def test_no_other_token_opens_the_results(company: Company, given: str) -> None:
    headers = bearer(company.house, "quality") if given == "person" else {"Authorization": f"Bearer {given}"}

    assert company.house.client().get(RESULTS, headers=headers).status_code == 401


@pytest.mark.requirement("GD-employer")
def test_a_repeated_key_gives_a_stranger_nothing(company: Company) -> None:
    company.disclose()
    headers = {"Authorization": f"Bearer {company.secret}", "Idempotency-Key": "k" * 32}
    company.house.client().get(RESULTS, headers=headers)

    assert company.house.client().get(RESULTS, headers={"Idempotency-Key": "k" * 32}).status_code == 401


@pytest.mark.requirement("GD-employer")
def test_each_look_is_one_line_that_names_whom_it_saw(company: Company) -> None:
    company.disclose()
    before = len(company.house.lines("ALPHA"))

    company.look()
    company.look()

    looks = company.house.lines("ALPHA")[before:]
    assert [line["action"] for line in looks] == ["privacy:results:view"] * 2
    assert looks[0]["actor"] == looks[0]["subject"] == f"employer:{company.id}"
    assert looks[0]["after"]["people"] == [company.house.person("trainee").id]


@pytest.mark.requirement("GD-employer", "GD-15")
def test_a_person_reads_who_looked_when_and_why(company: Company) -> None:
    company.disclose()
    client = company.house.signed_in("trainee")
    unseen = client.get("/privacy/results").text
    company.look()

    page = client.get("/privacy/results").text
    package = client.act("/account/export")

    assert "Pas encore." in unseen
    assert "Pas encore." not in page
    assert [text for text in ("Bio SA", REASON.replace("'", "&#39;"), "a envoyé la personne") if text not in page] == []
    assert b"disclosure_view" in unzipped(package.data, "person.json")
    assert b"Bio SA" in unzipped(package.data, "person.json")
    assert "Bio SA" not in company.house.signed_in("trainee2").get("/privacy/results").text


def unzipped(data: bytes, name: str) -> bytes:
    """Return a file of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


@pytest.mark.requirement("GD-employer")
def test_a_disclosure_ends_by_its_day_by_an_act_or_with_the_token(company: Company) -> None:
    disclosure = company.disclose(days=3)
    with clock.simulated(clock.now()) as time:
        time.advance(days=5)
        after_its_day = company.look().get_json()["people"]
    company.act(end_disclosure, disclosure, reason="Elle a quitté Bio SA.")
    after_the_act = company.look().get_json()["people"]
    company.disclose()
    company.act(revoke_employer_token, company.id, company.token_id)

    assert (after_its_day, after_the_act) == ([], [])
    assert company.look().status_code == 401


@pytest.mark.requirement("GD-employer")
def test_a_token_is_over_on_its_day(company: Company) -> None:
    with clock.simulated(clock.now()) as time:
        time.advance(days=31)

        assert company.look().status_code == 401


@pytest.mark.requirement("GD-employer")
def test_what_a_company_was_told_and_never_will_be_again_stays_readable(company: Company) -> None:
    disclosure = company.disclose()
    company.look()
    company.act(end_disclosure, disclosure, reason="Elle a quitté Bio SA.")

    page = company.house.signed_in("trainee").get("/privacy/results").text

    assert "Terminée" in page
    assert "Elle a quitté Bio SA." in page


@pytest.mark.requirement("GD-employer", "AS-8.4.1")
def test_another_operator_sees_and_changes_nothing_of_a_company(company: Company) -> None:
    disclosure = company.disclose()
    stranger = company.house.signed_in("beta_administrator")

    answers = [
        stranger.get(f"/companies/{company.id}").status_code,
        stranger.act(f"/companies/{company.id}/tokens", {"days": "30"}).status_code,
        stranger.act(f"/companies/{company.id}/disclosures").status_code,
        stranger.act(f"/companies/{company.id}/disclosures/end", {"disclosure": disclosure}).status_code,
        stranger.act(f"/companies/{company.id}/tokens/{company.token_id}/revoke").status_code,
    ]

    assert answers == [404] * 5
    assert "Bio SA" not in stranger.get("/companies").text
    assert len(company.look().get_json()["people"]) == 1


@pytest.mark.requirement("GD-employer")
def test_quality_adds_a_company_discloses_and_ends_on_the_screens(company: Company) -> None:
    client, person = company.house.signed_in("quality"), company.house.person("trainee").id
    client.act("/companies", {"name": "Vaccins SA", "contact": "rh@vaccins.example"})
    (path,) = re.findall(r'href="(/companies/[0-9a-f-]+)">Vaccins SA', client.get("/companies").text)
    made = client.act(f"{path}/tokens", {"days": "90"})
    (secret,) = re.findall(r"data-secret>(cahier_employer_[\w-]+)<", made.text)
    until = (clock.now().date() + timedelta(days=10)).isoformat()
    fields = {"person": person, "use": "duty", "extent": "named", "until": until, "reason": "Audit du fournisseur."}

    refused = client.act(f"{path}/disclosures", fields)
    done = client.act(f"{path}/disclosures", fields | {"competencies": [competencies_of(company.house)[0]]})
    company.secret = secret
    seen = company.look().get_json()["people"]
    (disclosure,) = re.findall(
        r'<option value="([0-9a-f-]+)"[^>]*>Léa Martin</option>\s*</select>', last_form(client.get(path).text)
    )
    ended = client.act(f"{path}/disclosures/end", {"disclosure": disclosure, "reason": "L'audit est fini."})

    assert refused.status_code == 422
    assert "Audit du fournisseur." in refused.text
    assert (done.status_code, len(seen), ended.status_code) == (303, 1, 303)
    assert secret not in client.get(path).text
    assert company.look().get_json()["people"] == []


def last_form(page: str) -> str:
    """Return the form that ends a disclosure."""
    return page.split("/disclosures/end")[1]
