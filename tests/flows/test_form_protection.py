"""No form acts without its protection, no link acts at all (AS-3.5.1)."""

import re

import pytest

OWN_PROTECTION = {"/lti/login", "/lti/launch", "/lti/register", "/own-tab"}
"""What a learning platform sends: protected by state, nonce and a cookie of the door, or by an invitation
(tests/lms/test_bad_launches.py, tests/lms/test_screens_of_platforms.py). What a frame sends to a tab that has no
session yet: protected by an order that is signed, works once and comes from our pages (tests/lms/test_own_tabs.py).
"""


def writing_rules(house):
    """Return the pages' rules that take a form; the API and the LRS are opened by tokens, which no other site has."""
    return [
        rule
        for rule in house.app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and not rule.rule.startswith(("/api", "/xapi"))
        and rule.rule not in OWN_PROTECTION
    ]


def path_of(rule):
    """Return an address of a rule, with something in each of its places."""
    filled = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
    filled = re.sub(r"<uuid:[^>]+>", "00000000-0000-4000-8000-000000000000", filled)
    return re.sub(r"<int:[^>]+>", "1", re.sub(r"<[^>:]+>|<string[^>]+>", "x", filled))


@pytest.mark.requirement("AS-3.5.1")
def test_no_form_acts_without_its_protection(house):
    client = house.signed_in("hub_administrator")
    before = house.all_lines()
    accepted = [
        rule.rule
        for rule in writing_rules(house)
        for token in (None, "", "forged", "IjAwMDAi.aaaa.bbbb")
        if client.post(path_of(rule), data={} if token is None else {"csrf_token": token}).status_code != 400
    ]

    assert accepted == []
    assert house.all_lines() == before


@pytest.mark.requirement("AS-3.5.1")
def test_the_protection_of_one_browser_is_worth_nothing_in_another(house):
    mine, theirs = house.signed_in("administrator"), house.signed_in("administrator")
    with theirs.session_transaction() as cookie:
        cookie["csrf_token"] = "1" * 40

    answer = mine.post("/lock", data={"csrf_token": theirs.csrf_token()})

    assert answer.status_code == 400


def test_the_answer_to_a_form_without_protection_says_what_to_do(house):
    page = house.signed_in("administrator").post("/lock").text

    assert "Rechargez" in page


@pytest.mark.requirement("AS-3.5.1")
def test_following_links_changes_nothing(house):
    client = house.signed_in("hub_administrator")
    before = house.all_lines()
    for rule in house.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint.startswith("identity."):
            client.get(path_of(rule))

    assert house.all_lines() == before
