"""People go to a second LRS under the names it knows, each statement once, whatever happens on the way."""

import json

import pytest

from app.audit.actions import Action
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from tests.flows.lrs import COMMAND
from tests.flows.second_lrs import cut_after_storing, everything_in
from tests.installation import FOUNDER
from tests.unit.xapi.trail import HUB, write_line
from xapi.feed import derive_once
from xapi.rules.actors import ActorForm, ActorMapping, Naming
from xapi.services.actors import set_actors

MOODLE = "https://moodle.example"


def work(delivery, steps=1):
    """Let the trainee complete steps."""
    trainee = delivery.house.person("trainee").id
    for _ in range(steps):
        write_line(delivery.house.storage, Action.STEP_COMPLETED, actor=trainee, performer=trainee, step="weigh")
    while derive_once(delivery.house.storage, HUB):
        pass


def hub_administrator(delivery):
    """Return the tablet of somebody who administers the whole hub."""
    return delivery.house.signed_in("hub_administrator")


def known_as(delivery, name):
    """Say how Moodle knows the trainee from now on."""
    with delivery.house.acting() as session:
        person = delivery.house.person("trainee").id
        link_account(session, person, MOODLE, AccountName.IDNUMBER, name, actor=FOUNDER)


def by_account(delivery):
    """Let the target have people by their accounts."""
    with delivery.house.acting() as session:
        set_actors(session, "second", ActorMapping.asked(ActorForm.ACCOUNT, MOODLE, Naming.IDNUMBER), actor=COMMAND)


def names_there(delivery):
    """Return as whom each statement at the second LRS has its actor."""
    return [item["actor"]["account"]["name"] for item in everything_in(delivery.second)]


def without_people(statements):
    """Return statements without whom they are about."""
    return [json.dumps({**item, "actor": None}, sort_keys=True) for item in statements]


@pytest.mark.requirement("XA-2")
def test_a_target_receives_the_names_it_knows_and_all_else_unchanged(delivery):
    delivery.add_target()
    known_as(delivery, "20261234")
    by_account(delivery)
    work(delivery, 3)
    delivery.deliver_in_the_end()

    assert names_there(delivery) == ["20261234"] * 3
    assert without_people(everything_in(delivery.second)) == without_people(everything_in(delivery.house))


def test_a_lost_answer_makes_no_second_learner_although_the_name_changed(delivery):
    delivery.add_target()
    known_as(delivery, "20261234")
    by_account(delivery)
    work(delivery, 3)
    delivery.line.faults = [cut_after_storing]
    delivery.deliver()
    known_as(delivery, "20269999")
    delivery.deliver_in_the_end()

    assert names_there(delivery) == ["20261234"] * 3
    assert (delivery.standing().sent, delivery.standing().dead) == (3, 0)


def test_setting_it_again_takes_the_name_of_today_from_there_on(delivery):
    delivery.add_target()
    known_as(delivery, "20261234")
    by_account(delivery)
    work(delivery)
    delivery.deliver_in_the_end()
    known_as(delivery, "20269999")
    by_account(delivery)
    work(delivery)
    delivery.deliver_in_the_end()

    assert names_there(delivery) == ["20261234", "20269999"]


class TestTheScreen:
    """An administrator tries a choice, sees it for ten people, and sets it."""

    CHOICE = {"form": "account", "home_page": MOODLE, "naming": "idnumber"}

    def test_a_choice_is_tried_and_changes_nothing(self, delivery):
        delivery.add_target()
        known_as(delivery, "20261234")
        client = hub_administrator(delivery)
        lines = delivery.house.all_lines()
        page = client.get("/targets/second/actors", query_string=self.CHOICE).text

        assert "20261234" in page
        assert "Aucun compte associé" in page
        assert delivery.house.all_lines() == lines
        assert 'value="hub" selected' in " ".join(client.get("/targets/second/actors").text.split())

    def test_what_was_tried_is_set(self, delivery):
        delivery.add_target()
        client = hub_administrator(delivery)
        client.act("/targets/second/actors", self.CHOICE)

        assert delivery.house.lines()[-1]["after"]["actors"]["home_page"] == MOODLE
        assert MOODLE in client.get("/targets/second/actors").text

    def test_an_account_without_an_address_says_so_and_keeps_what_was_chosen(self, delivery):
        delivery.add_target()
        wrong = self.CHOICE | {"home_page": "moodle"}
        tried = hub_administrator(delivery).get("/targets/second/actors", query_string=wrong)

        assert tried.status_code == 422
        assert "Une page d&#39;accueil est une adresse" in tried.text
        assert 'value="moodle"' in tried.text
