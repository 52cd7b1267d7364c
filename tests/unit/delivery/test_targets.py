"""Targets are added, tested and ended by acts with a line each; their secrets are unreadable without the key."""

import pytest
from sqlalchemy import select

from app.audit.actions import Action
from app.audit.models import Line, Log
from app.audit.services import read_body
from app.delivery.errors import BadTarget, NameTaken, NoSuchTarget, SealBroken, UnknownKind
from app.delivery.models import Target
from app.delivery.rules import Halt, Probe, StopReason
from app.delivery.services import targets
from app.delivery.services.seals import seal, unseal
from app.delivery.services.standing import standings
from app.kernel.actors import Actor, NotPermitted
from tests.unit.delivery.conftest import COMMAND, KEY
from tests.unit.delivery.letters import refuse


def lines(office, action):
    """Return the lines of one kind of deed."""
    with office.storage.reading() as session:
        bodies = session.scalars(select(Line.body).join(Log, Log.id == Line.log_id).order_by(Line.log_id, Line.index))
        return [line for line in map(read_body, bodies) if line["action"] == action]


def test_a_secret_opens_with_its_key_and_for_its_target_only():
    sealed = seal(KEY, "target-1", "geheim")

    assert unseal(KEY, "target-1", sealed) == "geheim"
    assert "geheim" not in sealed
    assert seal(KEY, "target-1", "geheim") != sealed
    for key, target in ((bytes(32), "target-1"), (KEY, "target-2")):
        with pytest.raises(SealBroken):
            unseal(key, target, sealed)


def test_the_secret_is_not_in_the_database(office):
    identifier = office.add(secret="very secret indeed")
    with office.storage.reading() as session:
        row = session.get_one(Target, identifier)

    assert "very secret" not in str(vars(row))
    assert unseal(KEY, identifier, row.sealed_secret or "") == "very secret indeed"


def test_every_act_on_a_target_is_one_line_without_the_secret(office):
    office.add(secret="very secret indeed", settings={"username": "hub"})
    with office.storage.transaction() as session:
        targets.renew_secret(session, KEY, "box", "another secret", {"username": "hub2"}, actor=COMMAND)
    with office.storage.transaction() as session:
        targets.note_trial(session, "box", Probe(True, "200"), actor=COMMAND)
    with office.storage.transaction() as session:
        targets.end_target(session, "box", actor=COMMAND, reason="moved")
    deeds = (Action.TARGET_ADDED, Action.TARGET_SECRET_RENEWED, Action.TARGET_TESTED, Action.TARGET_ENDED)
    written = [lines(office, deed) for deed in deeds]

    assert [len(found) for found in written] == [1, 1, 1, 1]
    assert written[0][0]["after"]["address"] == "https://box.example/in"
    assert "secret indeed" not in str(written)


def test_a_name_is_given_once_at_a_time_and_is_free_after_the_end(office):
    office.add()
    with pytest.raises(NameTaken):
        office.add()
    with office.storage.transaction() as session:
        targets.end_target(session, "box", actor=COMMAND)

    assert office.add()


def test_an_ended_targets_secret_is_destroyed_and_nothing_goes_there(office):
    identifier = office.add()
    office.write(3)
    with office.storage.transaction() as session:
        targets.end_target(session, "box", actor=COMMAND)

    assert office.deliver().idle
    with office.storage.reading() as session:
        assert session.get_one(Target, identifier).sealed_secret is None


def test_a_target_of_an_unknown_kind_or_a_bad_address_is_refused(office):
    for kind, address, error in (("pigeons", "https://a.example", UnknownKind), ("letters", "a.example", BadTarget)):
        with pytest.raises(error), office.storage.transaction() as session:
            targets.add_target(session, KEY, targets.NewTarget(kind, "x", address, ""), actor=COMMAND)


def test_who_may_not_administer_targets_adds_none(office):
    with pytest.raises(NotPermitted):
        office.add(actor=Actor("person:1"))


def test_an_operators_administrator_sees_and_ends_only_their_own_targets(office):
    here = Actor("person:1", dict(COMMAND.grants), COMMAND.roles, office.alpha)
    office.add("of-the-hub")
    office.add("of-alpha", actor=here)
    with office.storage.reading() as session:
        seen = [standing.name for standing in standings(session, here)]
        all_of_them = [standing.name for standing in standings(session, COMMAND)]

    assert (seen, all_of_them) == (["of-alpha"], ["of-alpha", "of-the-hub"])
    with pytest.raises(NoSuchTarget), office.storage.transaction() as session:
        targets.end_target(session, "of-the-hub", actor=here)


@pytest.mark.parametrize("way", ["test", "renew"])
def test_a_stopped_target_goes_on_after_a_test_that_works_or_a_new_secret(office, way):
    office.add()
    office.write(2)
    office.box.answers = [refuse(Halt("401", stop=StopReason.CREDENTIALS))]
    office.deliver()
    stopped = office.deliver().idle
    with office.storage.transaction() as session:
        if way == "test":
            targets.note_trial(session, "box", Probe(True, "200"), actor=COMMAND)
        else:
            targets.renew_secret(session, KEY, "box", "right", {}, actor=COMMAND)
    office.deliver_all()

    assert stopped
    assert office.box.arrived == ["letter-1", "letter-2"]


def test_a_test_that_fails_leaves_a_target_stopped(office):
    office.add()
    office.write(1)
    office.box.answers = [refuse(Halt("401", stop=StopReason.CREDENTIALS))]
    office.deliver()
    with office.storage.transaction() as session:
        targets.note_trial(session, "box", Probe(False, "401"), actor=COMMAND)

    assert office.state().stopped is StopReason.CREDENTIALS
    assert office.deliver().idle
