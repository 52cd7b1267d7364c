"""A person's name is corrected: the right one from here on, what was printed beside signatures stays (GD-16)."""

import pytest

from app.identity.errors import HubOnly, NotOnesOwn
from app.identity.services.people import grant_role
from app.identity.services.renaming import correct_name
from app.kernel.actors import NotPermitted, Role
from app.kernel.errors import Invalid, NotFound
from tests.attacks import judged
from tests.benches import Bench, a_bench, furnish
from tests.installation import FOUNDER, Installation

WHY = "Mariage, acte du 3 octobre."


@pytest.fixture
def bench(house: Installation) -> Bench:
    """A record that the trainee performed and signed."""
    furnish(house, "trainee", "trainee2", "assessor")
    return a_bench(house).perform()


def rename(house: Installation, login: str = "trainee", name: str = "Léa Renard", by: str = "administrator") -> None:
    """Correct a name."""
    with house.acting() as session:
        correct_name(session, house.person(login).id, name, actor=house.actor(by), reason=WHY)


@pytest.mark.requirement("GD-5(1)(d),16", "P11.50(b)")
def test_the_name_printed_beside_a_signature_stays(bench: Bench) -> None:
    rename(bench.house)
    auditor = bench.house.signed_in("auditor")

    page = auditor.get(bench.path).text
    signatures = page.partition('id="signatures"')[2].partition("</section>")[0]

    assert "Léa Martin" in signatures
    assert "Léa Renard" not in signatures
    assert "Léa Renard" in page
    assert judged(bench.house).findings == ()


@pytest.mark.requirement("GD-5(1)(d),16")
def test_the_line_says_that_and_why_and_no_name(bench: Bench) -> None:
    rename(bench.house)

    *_, line = bench.house.lines()
    assert (line["action"], line["subject"]) == (
        "identity:person:rename",
        f"person:{bench.house.person('trainee').id}",
    )
    assert line["reason"] is not None
    assert "Renard" not in str(bench.house.lines())


@pytest.mark.requirement("GD-5(1)(d),16")
def test_who_may_not_corrects_no_name(house: Installation) -> None:
    with pytest.raises(NotPermitted):
        rename(house, by="assessor")
    with pytest.raises(NotFound):
        rename(house, by="beta_administrator")
    with pytest.raises(NotOnesOwn):
        rename(house, login="administrator")
    with house.acting() as session:
        person, beta = house.person("trainee").id, house.operator_id("BETA")
        grant_role(session, person, Role.TRAINEE, operator_id=beta, actor=FOUNDER)
    with pytest.raises(HubOnly):
        rename(house)
    assert house.person("trainee").name == "Léa Martin"


def test_the_same_name_is_no_correction(house: Installation) -> None:
    with pytest.raises(Invalid):
        rename(house, name=" Léa  Martin ")


@pytest.mark.requirement("GD-5(1)(d),16")
def test_it_is_done_on_the_page_and_a_refusal_keeps_what_was_typed(house: Installation) -> None:
    administrator, path = house.signed_in("administrator"), f"/people/{house.person('trainee').id}"

    refused = administrator.act(f"{path}/name", {"name": "Léa Renard", "reason": ""})
    done = administrator.act(f"{path}/name", {"name": "Léa Renard", "reason": WHY})

    assert (refused.status_code, 'value="Léa Renard"' in refused.text) == (422, True)
    assert done.status_code == 303
    assert "Léa Renard" in administrator.get(path).text
