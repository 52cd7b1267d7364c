"""The trail says values as the bench says them: instruments, choices, answers and numbers in the reader's language."""

import pytest

from app.audit.actions import Action
from app.kernel.text import LANGUAGES
from app.trail.rules.actions import ACTIONS
from app.trail.views.showing import titles_for
from tests.benches import words
from tests.installation import ZONE

YES = {"fr": "Oui", "nl": "Ja", "en": "Yes", "de": "Ja"}
UNTIL = {"fr": "jusqu", "nl": "tot", "en": "until", "de": "bis"}


@pytest.fixture
def prepared(bench):
    """A record with an instrument, an answer and a weighed value in its trail."""
    bench.prepare_to_check()
    return bench


@pytest.mark.requirement("A11d-12.9", "P11.10(b)")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", ["record", "operator"])
def test_instruments_and_answers_stand_in_the_trail_in_words(prepared, language, who):
    client = prepared.trainee if who == "record" else prepared.assessor
    client.act("/language", {"language": language})
    said = words(client.get(f"{prepared.path}/trail" if who == "record" else "/trail"))

    assert [found for found in ('{"', '"serial"', " true ") if found in said] == []
    assert YES[language] in said
    assert UNTIL[language] in said


@pytest.mark.requirement("A11d-12.9", "P11.10(b)")
@pytest.mark.parametrize(
    ("field", "stored"), [("balance", '{"code":'), ("balance", "{}x"), ("masses", "a"), ("no", "1")]
)
def test_what_cannot_be_read_is_shown_as_it_is_stored(prepared, field, stored):
    titles = titles_for(prepared.sheet().exercise, "fr", ZONE)

    with prepared.house.app.test_request_context():
        assert titles.value(field, stored) == stored


def test_every_act_has_its_words():
    assert [action for action in Action if action not in ACTIONS] == []
