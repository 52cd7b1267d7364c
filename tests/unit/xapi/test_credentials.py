"""Credentials of the LRS: shown once, limited, revoked at once, each in the trail, no password readable."""

import pytest
from sqlalchemy import select

from app.audit.actions import Action
from app.audit.models import Line
from app.audit.services import read_body
from app.kernel.actors import Actor, NotPermitted
from tests.unit.xapi.conftest import COMMAND
from xapi.errors import BadCredential, CredentialNameTaken, CredentialRefused, NoSuchCredential, ScopeMissing
from xapi.models import LrsCredential
from xapi.services.credentials import Scope, add_credential, open_with, require_scope, revoke_credential


def add(lrs, name="moodle", scopes=(Scope.ALL,), actor=COMMAND, **more):
    """Add a credential and return its username and password."""
    with lrs.storage.transaction() as session:
        credential, password = add_credential(session, name, scopes, actor=actor, **more)
        return credential.username, password


def opened(lrs, username, password):
    """Open the LRS."""
    with lrs.storage.reading() as session:
        return open_with(session, username, password)


def last_action(lrs):
    """Return the deed of the newest line."""
    with lrs.storage.reading() as session:
        lines = [read_body(body) for body in session.scalars(select(Line.body).order_by(Line.log_id, Line.index))]
    return max(lines, key=lambda line: line["time"] + str(line["index"]).zfill(9))["action"]


def test_a_credential_opens_with_its_own_password_only(lrs):
    username, password = add(lrs)

    assert opened(lrs, username, password).name == "moodle"
    for wrong in ("", password[:-1], password + "x", password.upper()):
        with pytest.raises(CredentialRefused):
            opened(lrs, username, wrong)
    with pytest.raises(CredentialRefused):
        opened(lrs, "moodle", password)


def test_the_password_is_not_in_the_database(lrs):
    _, password = add(lrs)
    with lrs.storage.reading() as session:
        row = session.scalars(select(LrsCredential)).one()

    assert password not in str(vars(row))
    assert len(password) >= 43  # 256 bits


def test_a_revoked_credential_stops_working_and_its_name_is_free_again(lrs):
    username, password = add(lrs)
    with lrs.storage.transaction() as session:
        revoke_credential(session, "moodle", actor=COMMAND)
    with pytest.raises(CredentialRefused):
        opened(lrs, username, password)
    again, _ = add(lrs)

    assert again != username


def test_adding_and_revoking_are_lines(lrs):
    add(lrs)
    added = last_action(lrs)
    with lrs.storage.transaction() as session:
        revoke_credential(session, "moodle", actor=COMMAND)

    assert (added, last_action(lrs)) == (Action.XAPI_CREDENTIAL_ADDED, Action.XAPI_CREDENTIAL_REVOKED)


@pytest.mark.parametrize(
    ("scopes", "may_read", "may_write"),
    [
        ((Scope.ALL,), True, True),
        ((Scope.STATEMENTS_READ,), True, False),
        ((Scope.STATEMENTS_WRITE,), False, True),
        ((Scope.STATEMENTS_READ, Scope.STATEMENTS_WRITE), True, True),
    ],
)
def test_a_credential_may_do_what_its_scopes_say(lrs, scopes, may_read, may_write):
    credential = opened(lrs, *add(lrs, scopes=scopes))

    for scope, may in ((Scope.STATEMENTS_READ, may_read), (Scope.STATEMENTS_WRITE, may_write)):
        if may:
            require_scope(credential, scope)
        else:
            with pytest.raises(ScopeMissing):
                require_scope(credential, scope)


def test_a_name_is_given_once_at_a_time(lrs):
    add(lrs)

    with pytest.raises(CredentialNameTaken):
        add(lrs)


@pytest.mark.parametrize(
    ("name", "scopes"), [("", (Scope.ALL,)), ("a b", (Scope.ALL,)), ("x" * 61, (Scope.ALL,)), ("x", ())]
)
def test_a_credential_needs_a_plain_name_and_a_scope(lrs, name, scopes):
    with pytest.raises(BadCredential):
        add(lrs, name=name, scopes=scopes)


def test_who_may_not_administer_targets_adds_no_credential(lrs):
    with pytest.raises(NotPermitted):
        add(lrs, actor=Actor("person:1"))


def test_an_operators_administrator_reaches_only_their_operators_credentials(lrs):
    here = Actor("person:1", dict(COMMAND.grants), COMMAND.roles, lrs.alpha)
    add(lrs, name="of-beta", operator_id=lrs.beta)
    username, password = add(lrs, name="of-alpha", actor=here, operator_id=lrs.beta)

    assert opened(lrs, username, password).operator_id == lrs.alpha
    with pytest.raises(NoSuchCredential), lrs.storage.transaction() as session:
        revoke_credential(session, "of-beta", actor=here)
