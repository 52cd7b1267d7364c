"""As whom a target knows people: forms, what is kept, what stays the same when it is sent again."""

import json
import re

import pytest
from sqlalchemy import select

from app.audit.actions import Action
from app.delivery.models import Target, TargetState
from app.delivery.queries import destination_of
from app.delivery.rules import Parcel
from app.delivery.services.targets import NewTarget, add_target
from app.identity.models import Person
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.kernel import clock
from app.kernel.errors import Invalid
from app.storage.tables import new_id
from tests.installation import FOUNDER
from tests.populate import PROGRAMS
from tests.unit.xapi.trail import RECORD, write_line
from xapi.delivery import KIND
from xapi.errors import BeingServed
from xapi.feed import derive_once
from xapi.models import KnownAs, Statement
from xapi.rules.actors import ActorForm, ActorMapping, Naming, people_in, put_in_place
from xapi.services.actors import forget_actors, learners, name_actors, remember_launch, set_actors, show_actors
from xapi.statements import Hub, registration_of

HOME = "https://hub.example"
MOODLE = "https://moodle.example"
MAIL = "lea.martin@hub.example"


@pytest.fixture
def hub(house):
    """An installation whose trainee did a step and has a mail address and an account, with a target."""
    with house.acting() as session:
        person = house.person("trainee").id
        link_account(session, person, MOODLE, AccountName.IDNUMBER, "20261234", actor=FOUNDER)
    work(house)
    with house.acting() as session:
        add_target(session, b"k" * 32, NewTarget(KIND, "lms", "http://localhost:9/xapi", "secret"), actor=PROGRAMS)
    return house


def work(house, record=RECORD):
    """Let the trainee complete a step that somebody else checks, and tell it in statements."""
    trainee, checker = house.person("trainee").id, house.person("trainee2").id
    write_line(house.storage, Action.STEP_COMPLETED, actor=trainee, performer=trainee, record=record, step="weigh")
    write_line(house.storage, Action.STEP_VERIFIED, actor=checker, performer=trainee, record=record, step="weigh")
    while derive_once(house.storage, Hub(HOME)):
        pass


def ask(house, form, home_page=None, naming=None):
    """Set how the target's actors are named."""
    with house.acting() as session:
        set_actors(session, "lms", ActorMapping.asked(form, home_page, naming), actor=PROGRAMS)


def target(house):
    with house.storage.reading() as session:
        return destination_of(session.scalars(select(Target)).one())


def waiting(house):
    """Return every statement as a parcel."""
    with house.storage.reading() as session:
        rows = session.execute(select(Statement.ordinal, Statement.id, Statement.body).order_by(Statement.ordinal))
        return [Parcel(*row) for row in rows]


def sent(house, parcels=None):
    """Return what the target would get of parcels now."""
    return name_actors(house.storage, target(house), waiting(house) if parcels is None else parcels)


def taken_up(house, position):
    """Let parcels up to a position be taken up."""
    with house.storage.transaction() as session:
        session.scalars(select(TargetState)).one().position = position


def actor(parcel):
    return json.loads(parcel.body)["actor"]


def change_mail(house, address):
    """Give the trainee another mail address, past every rule: only what is read counts here."""
    from tests.flows.signing import tamper_freely

    trainee = house.person("trainee")
    trainee.email = address
    trainee.seal(house.storage.vault)
    sealed = trainee.particulars.hex()
    value = f"x'{sealed}'" if house.storage.is_sqlite else f"'\\x{sealed}'"
    tamper_freely(house, f"UPDATE person SET particulars = {value} WHERE id = '{trainee.id}'")


def test_without_a_setting_the_frozen_bytes_go_out(hub):
    assert sent(hub) == waiting(hub)


@pytest.mark.requirement("XA-2")
@pytest.mark.parametrize(
    ("form", "naming", "expected"),
    [
        (ActorForm.MAILBOX, None, {"objectType": "Agent", "mbox": f"mailto:{MAIL}"}),
        (
            ActorForm.ACCOUNT,
            Naming.IDNUMBER,
            {"objectType": "Agent", "account": {"homePage": MOODLE, "name": "20261234"}},
        ),
        (ActorForm.ACCOUNT, Naming.LOGIN, {"objectType": "Agent", "account": {"homePage": MOODLE, "name": "trainee"}}),
        (ActorForm.ACCOUNT, Naming.EMAIL, {"objectType": "Agent", "account": {"homePage": MOODLE, "name": MAIL}}),
    ],
)
def test_a_person_has_the_form_that_the_target_asks_for(hub, form, naming, expected):
    change_mail(hub, MAIL)
    ask(hub, form, MOODLE, naming)

    assert actor(sent(hub)[0]) == expected


def test_nothing_but_the_accounts_changes(hub):
    ask(hub, ActorForm.ACCOUNT, MOODLE, Naming.IDNUMBER)
    before, after = waiting(hub)[0], sent(hub)[0]
    agent = rb'\{"objectType":"Agent","account":\{[^}]*\}\}'

    assert re.split(agent, before.body) == re.split(agent, after.body)
    assert (before.position, before.reference) == (after.position, after.reference)


@pytest.mark.parametrize(
    ("form", "naming"), [(ActorForm.MAILBOX, None), (ActorForm.ACCOUNT, Naming.ID), (ActorForm.LAUNCH, None)]
)
def test_who_has_no_such_name_keeps_the_pseudonym(hub, form, naming):
    ask(hub, form, MOODLE, naming)

    assert sent(hub)[1].body == waiting(hub)[1].body


def test_a_random_name_leads_nowhere_and_is_always_the_same_one(hub):
    ask(hub, ActorForm.RANDOM)
    first, again = sent(hub), sent(hub)
    ask(hub, ActorForm.RANDOM)
    work(hub)
    later = sent(hub)

    assert re.fullmatch(r"pseudonym:[0-9a-f]{32}", actor(first[0])["account"]["name"])
    assert first == again
    assert {actor(parcel)["account"]["name"] for parcel in later} == {
        actor(parcel)["account"]["name"] for parcel in first
    }
    assert hub.person("trainee").id.encode() not in b"".join(parcel.body for parcel in first)


def test_the_actor_of_the_launch_goes_with_its_record_alone(hub):
    given = {"objectType": "Agent", "account": {"homePage": MOODLE, "name": "launched-4711"}}
    with hub.storage.reading() as session:
        registration = session.scalars(select(Statement.registration).limit(1)).one()
    with hub.storage.transaction() as session:
        remember_launch(session, registration, hub.person("trainee").id, given)
    other = new_id()
    work(hub, other)
    ask(hub, ActorForm.LAUNCH)

    found = {
        json.loads(parcel.body)["context"]["registration"]: actor(parcel) for parcel in sent(hub)[:1] + sent(hub)[-1:]
    }
    assert found[registration] == given
    assert found[str(registration_of(other))]["account"]["homePage"] == HOME


def test_what_is_sent_again_has_the_same_bytes_although_the_person_changed(hub):
    change_mail(hub, MAIL)
    ask(hub, ActorForm.MAILBOX)
    before = sent(hub)
    change_mail(hub, "other@hub.example")

    assert sent(hub) == before


def test_a_new_setting_counts_from_the_next_parcel_on(hub):
    change_mail(hub, MAIL)
    ask(hub, ActorForm.MAILBOX)
    before = sent(hub)
    taken_up(hub, before[-1].position)
    work(hub)
    ask(hub, ActorForm.ACCOUNT, MOODLE, Naming.IDNUMBER)
    after = sent(hub)

    assert after[: len(before)] == before
    assert actor(after[len(before)]) == {"objectType": "Agent", "account": {"homePage": MOODLE, "name": "20261234"}}


def test_what_went_out_under_pseudonyms_stays_so_between_two_other_settings(hub):
    change_mail(hub, MAIL)
    ask(hub, ActorForm.MAILBOX)
    first = sent(hub)
    taken_up(hub, first[-1].position)
    ask(hub, ActorForm.HUB)
    work(hub)
    second = sent(hub)
    taken_up(hub, second[-1].position)
    ask(hub, ActorForm.ACCOUNT, MOODLE, Naming.IDNUMBER)

    assert second[len(first) :] == waiting(hub)[len(first) :]
    assert sent(hub) == second


def test_the_setting_waits_while_a_worker_sends(hub):
    with hub.storage.transaction() as session:
        state = session.scalars(select(TargetState)).one()
        state.lease, state.leased_until = state.target_id, clock.now().replace(year=2099)

    with pytest.raises(BeingServed):
        ask(hub, ActorForm.MAILBOX)


def test_statements_of_others_go_on_as_they_came(hub):
    ask(hub, ActorForm.ACCOUNT, MOODLE, Naming.IDNUMBER)
    body = waiting(hub)[0].body.replace(HOME.encode(), b"https://other.example")

    assert put_in_place(body, HOME, {hub.person("trainee").id: "{}"}) == body
    assert people_in(body, HOME) == set()


@pytest.mark.requirement("GD-17(1),(3)")
def test_who_is_forgotten_goes_out_under_the_pseudonym(hub):
    change_mail(hub, MAIL)
    ask(hub, ActorForm.MAILBOX)
    sent(hub)
    with hub.storage.transaction() as session:
        forget_actors(session, hub.person("trainee").id)
        change = session.get_one(Person, hub.person("trainee").id)
        session.expunge(change)
    change_mail(hub, None)

    with hub.storage.reading() as session:
        assert session.scalars(select(KnownAs).where(KnownAs.person_id == hub.person("trainee").id)).all() == []
    assert sent(hub) == waiting(hub)


def test_a_dry_run_shows_people_and_what_they_lack_and_keeps_nothing(hub):
    mapping = ActorMapping.asked(ActorForm.ACCOUNT, MOODLE, Naming.IDNUMBER)
    with hub.storage.reading() as session:
        found = session.scalars(select(Target)).one()
        shown = show_actors(session, found, mapping, HOME, learners(session, found, 10))
        kept = session.scalars(select(KnownAs)).all()

    told = {one.person.login: (one.agent["account"]["name"], one.shortfall) for one in shown}
    assert told["trainee"] == ("20261234", None)
    assert told["trainee2"] == (f"person:{hub.person('trainee2').id}", "no-account")
    assert kept == []


def test_an_account_needs_a_home_page_and_a_name():
    with pytest.raises(Invalid):
        ActorMapping.asked(ActorForm.ACCOUNT, "moodle", Naming.ID)
    with pytest.raises(Invalid):
        ActorMapping.asked(ActorForm.ACCOUNT, MOODLE)


def test_the_line_says_the_form_and_since_when(hub):
    ask(hub, ActorForm.ACCOUNT, f"{MOODLE}/", Naming.IDNUMBER)

    line = hub.lines()[-1]
    assert line["action"] == "xapi:target:set_actors"
    assert line["after"] == {"actors": {"form": "account", "home_page": MOODLE, "naming": "idnumber", "since": 0}}
