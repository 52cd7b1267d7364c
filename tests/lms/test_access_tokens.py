"""Access tokens for a platform's services: asked for by a signed assertion, kept until shortly before they end."""

import pytest

from app.kernel import clock
from app.lms import queries
from app.lms.errors import NoTokenGiven
from app.lms.services.access_tokens import AccessTokens
from app.lms.services.key_sets import line_to
from app.lms.services.tool_keys import OUTLASTS, key_set, new_tool_key, rotate_key
from config.secrets import DELIVERY, read_secret
from tests.lms.platform import SCOPES

pytestmark = pytest.mark.requirement("LT-2")


def tokens_of(course):
    """Return the tokens of one process, and the platform as the hub knows it."""
    sealing = read_secret(course.house.settings.keys, DELIVERY)
    with course.house.storage.reading() as session:
        platform = queries.named(session, "moodle")
    return AccessTokens(course.house.storage, sealing), platform, sealing


def asked(course):
    """Return how often the platform was asked for a token."""
    return course.platform.asked.count(("POST", "/mod/lti/token.php"))


def test_a_token_is_asked_for_once_and_again_before_it_ends(course):
    tokens, platform, _ = tokens_of(course)
    with clock.simulated(clock.now()) as now, line_to(platform) as line:
        first = tokens.token_for(platform, SCOPES[:2], line)
        again = tokens.token_for(platform, reversed(SCOPES[:2]), line)
        now.advance(minutes=59, seconds=30)
        course.platform.ahead = 3570
        late = tokens.token_for(platform, SCOPES[:2], line)

    assert first == again != late
    assert asked(course) == 2
    assert course.platform.tokens[first] == frozenset(SCOPES[:2])


def test_each_set_of_scopes_has_its_own(course):
    tokens, platform, _ = tokens_of(course)
    with line_to(platform) as line:
        narrow, wide = tokens.token_for(platform, SCOPES[:1], line), tokens.token_for(platform, SCOPES, line)

    assert course.platform.tokens[narrow] < course.platform.tokens[wide]


def test_our_key_changes_without_a_pause(course):
    tokens, platform, sealing = tokens_of(course)
    with clock.simulated(clock.now()) as now, line_to(platform) as line:
        tokens.token_for(platform, SCOPES, line)
        with course.house.acting() as session:
            rotate_key(
                session,
                new_tool_key(sealing),
                course.house.operator_id("ALPHA"),
                actor=course.house.actor("hub_administrator"),
            )
        tokens.forget(platform.id)
        after = tokens.token_for(platform, SCOPES, line)
        published = len(course.client.get("/lti/jwks").get_json()["keys"])
        now.advance(seconds=OUTLASTS.total_seconds() + 1)
        with course.house.storage.reading() as session:
            left = len(key_set(session)["keys"])

    assert after in course.platform.tokens
    assert (published, left) == (2, 1)


def test_a_refusal_is_told_with_what_the_platform_said(course):
    tokens, platform, _ = tokens_of(course)
    with line_to(platform) as line, pytest.raises(NoTokenGiven) as refused:
        tokens.token_for(platform, ["https://example.org/scope/unheard-of"], line)

    assert (refused.value.status, "invalid_scope" in refused.value.answer) == (400, True)


def test_a_platform_that_is_gone_is_told_from_one_that_refuses(course):
    tokens, platform, _ = tokens_of(course)
    course.platform.silent = True
    with line_to(platform) as line, pytest.raises(NoTokenGiven) as silent:
        tokens.token_for(platform, SCOPES, line)

    assert silent.value.status == 503
