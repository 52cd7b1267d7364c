"""Sites and their rooms: shared by the hub or owned by one operator, whom the others never meet."""

import html

import pytest
from sqlalchemy import select

from app.identity.models import Site, TrainingRoom
from app.identity.queries import current_memberships
from app.identity.services.people import end_role
from app.identity.services.places import NewPlace, add_site, add_training_room

NOBODY = "00000000-0000-4000-8000-000000000000"
REASON = {"reason": "Bail terminé."}


def add_place(house, code, name, owner=None, *, site=None):
    """Add a site, or a room of a site, by whoever may; return its id."""
    actor = house.actor("hub_administrator")
    new = NewPlace(code, name, house.operator_id(owner) if owner else None)
    with house.acting() as session:
        added = add_training_room(session, site, new, actor=actor) if site else add_site(session, new, actor=actor)
        return added.id


@pytest.fixture
def places(house):
    """Charleroi shared, with a shared clean room and a laboratory of Alpha; Liège of Beta, with one room."""
    shared, other = add_place(house, "CHR", "Charleroi"), add_place(house, "LGE", "Liège", "BETA")
    return {
        "shared": shared,
        "other": other,
        "clean": add_place(house, "SB1", "Salle blanche", site=shared),
        "laboratory": add_place(house, "LAB", "Laboratoire Alpha", "ALPHA", site=shared),
        "beta room": add_place(house, "LAB", "Laboratoire Beta", "BETA", site=other),
    }


def page(client, address):
    """Return what a page says."""
    return html.unescape(client.get(address).text)


@pytest.mark.requirement("ER-H4")
def test_the_hub_adds_what_all_share_and_an_operator_its_own(house):
    hub, administrator = house.signed_in("hub_administrator"), house.signed_in("administrator")
    alpha, before = house.operator_id("ALPHA"), len(house.lines())

    shared = hub.act("/sites", {"name": "Charleroi", "code": "chr", "operator": ""})
    with house.storage.reading() as session:
        site = session.scalars(select(Site)).one()
    own = administrator.act(f"/sites/{site.id}/rooms", {"name": "Laboratoire 2", "code": "lab", "operator": alpha})

    assert (shared.status_code, own.status_code, site.code) == (303, 303, "CHR")
    assert [line["action"] for line in house.lines()[before:]] == ["identity:site:add"]
    assert house.lines("ALPHA")[-1]["after"] == {"code": "LAB", "name": "Laboratoire 2", "site": "CHR"}
    assert "Laboratoire 2" in page(house.signed_in("assessor"), "/sites")


@pytest.mark.requirement("AS-8.4.1")
def test_everybody_sees_what_is_shared_and_their_operators_own(house, places):
    trainee, other = page(house.signed_in("trainee"), "/sites"), page(house.signed_in("beta_trainee"), "/sites")
    hub = page(house.signed_in("hub_administrator"), "/sites")

    assert "Salle blanche" in trainee
    assert "Laboratoire Alpha" in trainee
    assert "Liège" not in trainee
    assert "Laboratoire Beta" in other
    assert "Laboratoire Alpha" not in other
    assert "Laboratoire Alpha" in hub
    assert "Laboratoire Beta" in hub


@pytest.mark.requirement("AS-8.4.1")
def test_who_holds_no_role_any_more_sees_no_operators_places(house, places):
    with house.storage.reading() as session:
        held = current_memberships(session, house.person("trainee").id)
    with house.acting() as session:
        end_role(session, held[0].id, actor=house.actor("administrator"), reason="Parti.")

    assert "Laboratoire" not in house.signed_in("trainee").get("/sites").text


@pytest.mark.requirement("AS-8.4.1")
def test_another_operators_site_and_room_are_answered_like_none(house, places):
    client, own = house.signed_in("administrator"), {"name": "x", "code": "XX", "operator": house.operator_id("ALPHA")}

    for site, room in ((places["other"], places["beta room"]), (NOBODY, NOBODY)):
        assert client.get(f"/sites/{site}").status_code == 404
        assert client.get(f"/training-rooms/{room}").status_code == 404
        assert client.act(f"/sites/{site}/rooms", own).status_code == 404
        assert client.act(f"/sites/{site}/end", REASON).status_code == 404
        assert client.act(f"/training-rooms/{room}/end", REASON).status_code == 404


@pytest.mark.requirement("AS-8.4.1")
def test_an_operators_administrator_changes_nothing_that_is_shared(house, places):
    client = house.signed_in("administrator")

    assert "Mettre la salle hors service" not in page(client, f"/training-rooms/{places['clean']}")
    assert client.act(f"/training-rooms/{places['clean']}/end", REASON).status_code == 403
    assert client.act(f"/sites/{places['shared']}/end", REASON).status_code == 403
    assert client.act("/sites", {"name": "Namur", "code": "NAM", "operator": ""}).status_code == 422
    assert [line["after"]["code"] for line in house.lines("ALPHA")[-2:]] == ["shared-by-hub", "shared-by-hub"]


def test_who_does_not_administer_adds_and_ends_nothing(house, places):
    client = house.signed_in("assessor")

    assert "Ajouter un site" not in page(client, "/sites")
    assert client.act("/sites", {"name": "Namur", "code": "NAM", "operator": ""}).status_code == 403
    assert client.act(f"/training-rooms/{places['laboratory']}/end", REASON).status_code == 403


def test_a_room_that_ended_is_gone_from_the_lists_and_its_code_is_free(house, places):
    client = house.signed_in("administrator")

    without = client.act(f"/training-rooms/{places['laboratory']}/end")
    ended = client.act(f"/training-rooms/{places['laboratory']}/end", REASON)
    again = add_place(house, "LAB", "Laboratoire rénové", "ALPHA", site=places["shared"])

    line = house.lines("ALPHA")[-2]
    assert (without.status_code, ended.status_code) == (422, 303)
    assert (line["action"], line["before"]["name"]) == ("identity:training_room:end", "Laboratoire Alpha")
    assert client.get(f"/training-rooms/{places['laboratory']}").status_code == 404
    with house.storage.reading() as session:
        assert session.get_one(TrainingRoom, again).code == "LAB"


def test_a_site_that_ended_takes_its_rooms_out_of_use(house, places):
    client = house.signed_in("hub_administrator")

    ended = client.act(f"/sites/{places['shared']}/end", REASON)

    assert ended.status_code == 303
    assert client.get(f"/training-rooms/{places['clean']}").status_code == 404
    assert "Charleroi" not in page(house.signed_in("trainee"), "/sites")


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"code": "chr"}, 409, "code"),
        ({"code": "x"}, 422, "code"),
        ({"code": "é9"}, 422, "code"),
        ({"name": " "}, 422, "name"),
        ({"operator": NOBODY}, 422, "operator"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(house, places, changed, status, field):
    client = house.signed_in("hub_administrator")
    before, typed = house.all_lines(), {"name": "Namur la belle", "code": "NAM", "operator": ""} | changed

    answer = client.act("/sites", typed)

    assert answer.status_code == status
    assert f'id="{field}-error"' in answer.text
    assert "Namur la belle" in answer.text or field == "name"
    assert house.all_lines() == before


@pytest.mark.requirement("AS-8.4.1")
def test_two_operators_use_the_same_code_and_neither_learns_of_it(house, places):
    own = add_place(house, "LAB", "Laboratoire Beta à Charleroi", "BETA", site=places["shared"])
    client = house.signed_in("administrator")
    alpha = {"name": "Encore un", "code": "LAB", "operator": house.operator_id("ALPHA")}

    assert own
    assert client.act(f"/sites/{places['shared']}/rooms", alpha).status_code == 409


def test_an_operators_site_has_only_its_own_rooms(house, places):
    client = house.signed_in("hub_administrator")

    for owner in ("", house.operator_id("ALPHA")):
        typed = {"name": "Salle", "code": "S1", "operator": owner}
        assert client.act(f"/sites/{places['other']}/rooms", typed).status_code == 422
    typed = {"name": "Salle", "code": "S1", "operator": house.operator_id("BETA")}
    assert client.act(f"/sites/{places['other']}/rooms", typed).status_code == 303
