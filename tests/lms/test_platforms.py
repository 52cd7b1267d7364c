"""Who may launch exercises: platforms and their deployments, added once, ended, and never another operator's."""

from dataclasses import replace

import pytest

from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.kernel.actors import NotPermitted
from app.lms import queries
from app.lms.errors import BadPlatform, IssuerElsewhere, NoSuchPlatform, PlatformTaken
from app.lms.rules.platforms import Endpoints, Registration
from app.lms.services.platforms import NewPlatform, add_deployment, add_platform, end_platform
from app.lms.services.tool_keys import key_set, new_tool_key, rotate_key, signing_key
from tests.installation import FOUNDER
from tests.lms.moodle import ISSUER, SEALING, registration

pytestmark = pytest.mark.requirement("LT-1")


def add(house, given=None, deployments=("1",), operator="ALPHA", actor=None):
    """Add a platform for an operator."""
    new = NewPlatform(given or registration(), deployments, house.operator_id(operator), new_tool_key(SEALING))
    with house.acting() as session:
        return add_platform(session, new, actor=actor or house.actor("administrator"))


def test_a_platform_is_added_with_its_deployments_and_our_first_key(house):
    platform = add(house, deployments=("1", "2", "1"))

    with house.storage.reading() as session:
        assert [found.deployment_id for found in queries.deployments_of(session, platform.id)] == ["1", "2"]
        assert signing_key(session, SEALING, house.operator_id("ALPHA")).kid == key_set(session)["keys"][0]["kid"]
    assert platform.origin == ISSUER
    assert house.lines("ALPHA")[-1]["action"] == "lms:platform:add"


def test_issuer_and_client_id_name_one_platform(house):
    add(house)

    with pytest.raises(PlatformTaken):
        add(house, registration(name="other"))
    add(house, registration(name="other", client_id="another"))


@pytest.mark.requirement("LT-5")
@pytest.mark.parametrize("issuer", [ISSUER, f"{ISSUER}/"])
@pytest.mark.parametrize("is_ended", [False, True])
def test_nobody_of_another_operator_speaks_for_an_issuer_by_which_its_people_are_known(house, issuer, is_ended):
    """Whoever could name a keyset of their own for it would come in as any of them."""
    add(house)
    if is_ended:
        with house.acting() as session:
            end_platform(session, "moodle", actor=house.actor("administrator"))
    theirs = replace(registration(name="other", client_id="c"), issuer=issuer)

    with pytest.raises(IssuerElsewhere):
        add(house, theirs, operator="BETA", actor=house.actor("beta_administrator"))
    add(house, theirs, operator="BETA", actor=house.actor("hub_administrator"))


@pytest.mark.requirement("LT-5")
def test_an_issuer_by_which_people_of_others_were_linked_is_the_hubs_to_add(house):
    with house.acting() as session:
        link_account(session, house.person("trainee").id, ISSUER, AccountName.ID, "4", actor=FOUNDER)

    with pytest.raises(IssuerElsewhere):
        add(house, operator="BETA", actor=house.actor("beta_administrator"))
    add(house)


def test_ending_a_platform_ends_its_deployments_and_frees_its_name(house):
    platform = add(house)
    with house.acting() as session:
        end_platform(session, "moodle", actor=house.actor("administrator"), reason="Contrat fini.")

    with house.storage.reading() as session:
        assert queries.find_platform(session, ISSUER, platform.client_id) is None
        assert queries.deployments_of(session, platform.id) == []
    add(house)


def test_a_platform_of_another_operator_is_not_there(house):
    add(house)

    with pytest.raises(NoSuchPlatform), house.acting() as session:
        add_deployment(session, "moodle", "7", actor=house.actor("beta_administrator"))
    with pytest.raises(NotPermitted):
        add(house, registration(name="other", client_id="c"), actor=house.actor("assessor"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "my moodle"),
        ("issuer", "http://moodle.example"),
        ("issuer", "https://user:secret@moodle.example"),
        ("client_id", ""),
        ("key_set_url", "file:///etc/passwd"),
        ("auth_login_url", "https://moodle.example/a b"),
    ],
)
def test_what_cannot_be_used_is_said_by_field(house, field, value):
    with pytest.raises(BadPlatform) as refused:
        add(house, registration(**{field: value}))

    assert field in refused.value.fields


@pytest.mark.requirement("LT-4")
@pytest.mark.parametrize("role", ["assessor", "quality", "administrator", "auditor"])
def test_no_platform_makes_people_who_judge_or_administer(house, role):
    endpoints = Endpoints("https://m.example/a", "https://m.example/t", "https://m.example/k")

    with pytest.raises(BadPlatform):
        add(house, Registration("m", "https://m.example", "c", endpoints, roles={"Instructor": role}))


@pytest.mark.requirement("LT-2")
def test_a_key_that_was_replaced_stays_readable_and_signs_no_more(house):
    add(house)
    with house.storage.reading() as session:
        old = signing_key(session, SEALING, house.operator_id("ALPHA")).kid
    with house.acting() as session:
        made = rotate_key(
            session, new_tool_key(SEALING), house.operator_id("ALPHA"), actor=house.actor("hub_administrator")
        )

    with house.storage.reading() as session:
        assert signing_key(session, SEALING, house.operator_id("ALPHA")).kid == made.kid != old
        assert [key["kid"] for key in key_set(session)["keys"]] == [made.kid, old]
        assert all("d" not in key for key in key_set(session)["keys"])
