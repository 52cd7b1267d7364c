"""Each operator signs to its platforms with a key of its own, and sees and changes no other's."""

import pytest
from sqlalchemy import update

from app.kernel import clock
from app.kernel.errors import NotFound
from app.lms import queries
from app.lms.models import ToolKey
from app.lms.services.access_tokens import AccessTokens
from app.lms.services.key_sets import line_to
from app.lms.services.platforms import NewPlatform, add_platform
from app.lms.services.tool_keys import OUTLASTS, PUBLISHED_AHEAD, key_set_of, key_that_signs, new_tool_key, rotate_key
from config.secrets import DELIVERY, read_secret
from tests.lms.moodle import SEALING, registration
from tests.lms.platform import SCOPES, listening
from tests.lms.rounds import course_of

pytestmark = pytest.mark.requirement("LT-2")


def add(house, name, operator):
    """Add a platform for an operator."""
    new = NewPlatform(
        registration(name=name, client_id=name), ["1"], house.operator_id(operator), new_tool_key(SEALING)
    )
    with house.acting() as session:
        return add_platform(session, new, actor=house.actor("hub_administrator"))


def rotate(house, operator, actor="hub_administrator"):
    """Change the key of an operator, or of the hub, and return its name."""
    whose = house.operator_id(operator) if operator else None
    with house.acting() as session:
        return rotate_key(session, new_tool_key(SEALING), whose, actor=house.actor(actor)).kid


def signer(house, operator):
    """Return the name of the key that signs for an operator now."""
    with house.storage.reading() as session:
        found = key_that_signs(session, house.operator_id(operator))
    assert found is not None
    return found.kid


def published(house, operator):
    """Return the names of the keys that an operator's platforms read."""
    with house.storage.reading() as session:
        return {key["kid"] for key in key_set_of(session, house.operator_id(operator))["keys"]}


def before_operators_had_keys(house):
    """Let ALPHA have a platform that only knows the hub's key, as a release before left it; return that key's name."""
    add(house, "old", "ALPHA")
    kid = signer(house, "ALPHA")
    with house.storage.engine.begin() as connection:
        connection.execute(update(ToolKey).where(ToolKey.operator_id.is_not(None)).values(operator_id=None))
    return kid


def test_two_operators_sign_with_two_keys_and_publish_them_apart(house):
    add(house, "alpha", "ALPHA")
    add(house, "beta", "BETA")

    assert signer(house, "ALPHA") != signer(house, "BETA")
    assert published(house, "ALPHA") == {signer(house, "ALPHA")}
    assert published(house, "BETA") == {signer(house, "BETA")}
    everything = house.client().get("/lti/jwks").get_json()["keys"]
    assert {key["kid"] for key in everything} == published(house, "ALPHA") | published(house, "BETA")


def test_a_second_platform_brings_no_second_key(house):
    add(house, "alpha", "ALPHA")
    first = signer(house, "ALPHA")
    add(house, "another", "ALPHA")

    assert published(house, "ALPHA") == {first}


def test_changing_one_key_touches_no_other(house):
    add(house, "alpha", "ALPHA")
    add(house, "beta", "BETA")
    old, beta = signer(house, "ALPHA"), signer(house, "BETA")
    new = rotate(house, "ALPHA", "administrator")

    assert signer(house, "ALPHA") == new != old
    assert published(house, "ALPHA") == {old, new}
    assert (signer(house, "BETA"), published(house, "BETA")) == (beta, {beta})
    assert house.lines("ALPHA")[-1]["action"] == "lms:key:rotate"


def test_platforms_from_before_know_an_operators_first_key_a_day_before_it_signs(house):
    with clock.simulated(clock.now()) as now:
        hub = before_operators_had_keys(house)
        assert signer(house, "ALPHA") == hub
        assert published(house, "ALPHA") >= {hub}
        first = rotate(house, "ALPHA")
        assert signer(house, "ALPHA") == hub
        assert published(house, "ALPHA") >= {hub, first}
        now.advance(seconds=PUBLISHED_AHEAD.total_seconds())
        assert signer(house, "ALPHA") == first
        assert published(house, "ALPHA") >= {hub, first}
        now.advance(seconds=OUTLASTS.total_seconds())

        assert published(house, "ALPHA") == {first}


def test_nobody_changes_the_key_of_another_operator_or_of_the_hub(house):
    add(house, "alpha", "ALPHA")
    kid = signer(house, "ALPHA")

    for whose in ("ALPHA", None):
        with pytest.raises(NotFound):
            rotate(house, whose, "beta_administrator")
    answer = house.signed_in("beta_administrator").act("/lti/keys", {"operator": house.operator_id("ALPHA")})
    assert answer.status_code == 404
    assert signer(house, "ALPHA") == kid


def test_an_operators_page_changes_its_own_key_and_shows_no_other(house):
    add(house, "alpha", "ALPHA")
    add(house, "beta", "BETA")
    desk = house.signed_in("administrator")
    old = signer(house, "ALPHA")
    changed = desk.act("/lti/keys")
    page = desk.get("/lti/platforms").text

    assert changed.status_code == 303
    assert signer(house, "ALPHA") != old
    assert signer(house, "ALPHA") in page
    assert signer(house, "BETA") not in page
    assert "/lti/jwks/ALPHA" in page
    assert "/lti/jwks/BETA" not in page


def test_a_platform_of_another_operator_is_answered_like_one_that_does_not_exist(house):
    add(house, "alpha", "ALPHA")
    desk = house.signed_in("beta_administrator")
    fields = {"deployment_id": "7", "reason": "Fini.", "role_trainee": "Learner"}

    assert "alpha" not in desk.get("/lti/platforms").text
    for rest in ("", "/deployments", "/change", "/end", "/grades"):
        ask = desk.get if not rest else desk.act
        theirs, nobodys = (
            ask(f"/lti/platforms/{name}{rest}", *([fields] if rest else [])) for name in ("alpha", "nil")
        )
        assert (theirs.status_code, theirs.text.count("alpha")) == (404, nobodys.text.count("nil"))
        assert nobodys.status_code == 404
    assert house.signed_in("hub_administrator").get("/lti/platforms/alpha").status_code == 200


def test_a_keyset_of_nobody_is_not_there(house):
    assert house.client().get("/lti/jwks/NOBODY").status_code == 404


def test_a_platform_that_reads_its_operators_keyset_alone_gives_tokens(house):
    with listening(lambda: house.client().get("/lti/jwks/ALPHA").get_json()) as platform:
        course = course_of(house, platform)
        rotate_of_beta = new_tool_key(read_secret(house.settings.keys, DELIVERY))
        with house.acting() as session:
            rotate_key(session, rotate_of_beta, house.operator_id("BETA"), actor=house.actor("hub_administrator"))
        with house.storage.reading() as session:
            known = queries.named(session, "moodle")
        assert known is not None
        tokens = AccessTokens(house.storage, read_secret(house.settings.keys, DELIVERY))
        with line_to(known) as line:
            given = tokens.token_for(known, SCOPES, line)

    assert given in course.platform.tokens


def test_a_key_that_was_replaced_before_it_signed_does_not_end_the_hubs(house):
    hubs = before_operators_had_keys(house)
    with clock.simulated(clock.now()) as time:
        rotate(house, "ALPHA")
        time.advance(hours=20)
        rotate(house, "ALPHA")
        time.advance(hours=7)  # the first would sign by now, and would have done so for two hours

        assert signer(house, "ALPHA") == hubs
        assert hubs in published(house, "ALPHA")
