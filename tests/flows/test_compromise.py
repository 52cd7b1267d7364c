"""The drill: somebody else may have a key, and one command does everything that must happen (KM-9)."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from sqlalchemy import select

from app.audit.actions import Action
from app.audit.services import note
from app.identity.models import PersonState, Token
from app.identity.rules.roles import Scope
from app.identity.services.people import activate_person, person_subject, prepare_activation, renew_invitation
from app.identity.services.tokens import make_token
from app.kernel import clock
from app.signatures.cli import compromise
from app.signatures.errors import NoSigningKey, NotCertified
from app.signatures.models import Incident, KeyState, RevocationList, Signature
from app.signatures.rules import Meaning, Signable, Standing
from app.signatures.services.signing import sign
from app.web.console import House
from tests.flows.signing import (
    NEW_PASSWORD,
    ZONE,
    confirm_here,
    give_key,
    keys_of,
    make_key,
    opened,
    sign_something,
    standing_now,
)
from tests.installation import NOTICE, Tablet, password_of


def run(house, *arguments):
    """Type `cahier person compromise …` in an installation."""
    typed = House(house.settings)
    try:
        return CliRunner().invoke(compromise, arguments, obj=typed, catch_exceptions=False)
    finally:
        typed.close()


def judge(house, login):
    """Let somebody sign the review of what the trainee signed."""
    actor, key = house.actor(login), opened(house, login)
    with house.acting() as session:
        thing = Signable("thing:1", house.operator_id("ALPHA"), "d" * 64)
        sign(session, thing, Meaning.REVIEWED, key, actor=actor, shown_digest="d" * 64, zone=ZONE)
        note(session, Action.RECORD_REVIEWED, person_subject(actor.person_id), actor=actor)


@dataclass
class Drill:
    """What was there before the command, and what it said: `before` and `after` were signed around the moment."""

    since: str
    before: Signature
    after: Signature
    client: Tablet
    lines: int
    told: dict[str, Any]


@pytest.fixture
def drill(house):
    """An installation in which the command was typed, after a trainee and an assessor signed."""
    give_key(house, "trainee")
    give_key(house, "assessor")
    with clock.simulated(clock.now()) as time:
        before = sign_something(house, "trainee")
        since = clock.to_text(time.advance(hours=1))
        time.advance(hours=1)
        after = sign_something(house, "trainee")
        judge(house, "assessor")
        client, actor = house.signed_in("trainee"), house.actor("trainee")
        with house.acting() as session:
            make_token(session, actor.person_id, "bench", (Scope.READ,), days=3, actor=actor)
        time.advance(hours=1)
        lines = house.all_lines()
        done = run(house, "trainee", "--since", since, "--reason", "mot de passe vu", "--json")
        yield Drill(since, before, after, client, lines, json.loads(done.output))


@pytest.mark.requirement("KM-9")
def test_one_command_locks_the_person_out_and_ends_what_was_open(house, drill):
    (key,) = keys_of(house, "trainee")
    with house.storage.reading() as session:
        (token,) = session.scalars(select(Token)).all()

    assert house.all_lines() == drill.lines + 1
    assert house.person("trainee").state is PersonState.INVITED
    assert drill.client.get("/account").status_code == 303
    assert token.revoked_at is not None
    assert (key.state, key.wrapped) == (KeyState.SUPERSEDED, None)


@pytest.mark.requirement("KM-9", "KM-6")
def test_the_same_command_publishes_the_revocation_with_the_moment(house, drill):
    with house.storage.reading() as session:
        newest = session.scalars(select(RevocationList).order_by(RevocationList.this_update.desc())).first()

    (entry,) = x509.load_pem_x509_crl(newest.pem.encode())
    since = entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.name == "key_compromise"
    assert clock.to_text(since)[:19] == drill.since[:19]


@pytest.mark.requirement("KM-9", "KM-6")
def test_the_same_command_opens_an_incident_and_says_what_to_look_at_and_whom_to_tell(house, drill):
    with house.storage.reading() as session:
        incident = session.scalars(select(Incident)).one()

    line = house.lines()[-1]
    assert (line["action"], line["after"]["incident"]) == ("signatures:key:compromise", incident.id)
    assert drill.told["signatures"] == incident.signatures == [drill.after.id]
    assert {one["name"] for one in drill.told["to_tell"]} == {"Léa Martin", "Hervé Dubois"}
    standings = [standing_now(house, one) for one in (drill.before, drill.after)]
    assert standings == [Standing.VALID, Standing.CONTESTED]


@pytest.mark.requirement("KM-9", "KM-7")
def test_the_person_comes_back_with_a_new_code_a_new_key_and_a_confirmation(house):
    give_key(house, "trainee")
    run(house, "trainee", "--since", "2026-01-01T08:00", "--reason", "clé vue")
    with pytest.raises(NoSigningKey):
        opened(house, "trainee")
    with house.acting() as session:
        code = renew_invitation(session, house.person("trainee").id, actor=house.actor("administrator"))
    with house.acting() as session:
        activate_person(session, prepare_activation(session, "trainee", code, password_of("trainee")), notice=NOTICE)
    make_key(house, "trainee")
    with pytest.raises(NotCertified):
        opened(house, "trainee")

    confirm_here(house.signed_in("trainee"), "quality", password_of("quality"))

    assert standing_now(house, sign_something(house, "trainee")) is Standing.VALID


@pytest.mark.requirement("KM-9")
@pytest.mark.parametrize(
    ("login", "status"), [("quality", 303), ("administrator", 303), ("assessor", 403), ("trainee2", 403)]
)
def test_quality_and_administrators_report_it_on_the_page_of_the_person(house, login, status):
    give_key(house, "trainee")
    signature = sign_something(house, "trainee")
    client, path = house.signed_in(login), f"/people/{house.person('trainee').id}"

    answer = client.act(f"{path}/compromise", {"since": "2026-01-01T08:00", "reason": "vu par un autre"})

    assert answer.status_code == status
    assert (standing_now(house, signature) is Standing.CONTESTED) == (status == 303)
    if status == 303:
        page = client.get(path).text
        assert f"/signatures/{signature.id}" in page
        assert "Léa Martin" in page


@pytest.mark.parametrize("since", ["some day", "2999-01-01 08:00"])
def test_a_moment_that_is_none_or_still_to_come_is_said_at_its_field(house, since):
    answer = house.signed_in("quality").act(
        f"/people/{house.person('trainee').id}/compromise", {"since": since, "reason": "vu par un autre"}
    )

    assert answer.status_code == 422
    assert house.person("trainee").state is PersonState.ACTIVE


@pytest.mark.requirement("KM-9")
def test_nobody_reports_themselves_or_somebody_of_another_operator(house):
    quality = house.signed_in("quality")
    fields = {"since": "2026-01-01T08:00", "reason": NEW_PASSWORD}

    answers = [
        quality.act(f"/people/{house.person(login).id}/compromise", fields) for login in ("quality", "beta_trainee")
    ]

    assert [answer.status_code for answer in answers] == [403, 404]


@pytest.mark.requirement("ES-8")
def test_a_contested_signature_says_so_on_its_page(house):
    give_key(house, "trainee2")
    signature = sign_something(house, "trainee2")
    run(house, "trainee2", "--since", "2026-01-01T08:00", "--reason", "clé vue")
    with house.acting() as session:
        code = renew_invitation(session, house.person("trainee2").id, actor=house.actor("administrator"))
    with house.acting() as session:
        activate_person(session, prepare_activation(session, "trainee2", code, password_of("trainee2")), notice=NOTICE)

    page = house.signed_in("trainee2").get(f"/signatures/{signature.id}")

    assert "Cette signature est contestée" in page.text
