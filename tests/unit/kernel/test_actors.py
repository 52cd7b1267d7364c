"""An actor may what a role grants, and nothing else."""

import pytest

from app.identity.rules.roles import GRANTS, grants_of
from app.kernel.actors import Actor, NotPermitted, Permission, Role, system_actor

CONTENT = {
    Permission.RECORD_EXECUTE, Permission.RECORD_CHECK, Permission.RECORD_ASSESS, Permission.RECORD_VOID,
    Permission.RECORD_ISSUE, Permission.SIGN, Permission.RECORD_READ,
}  # fmt: skip


@pytest.mark.requirement("P11.10(g)")
def test_what_no_role_grants_is_refused():
    actor = Actor("person:1", grants_of([Role.TRAINEE]), frozenset({Role.TRAINEE}))

    assert actor.require(Permission.RECORD_EXECUTE) is Role.TRAINEE
    with pytest.raises(NotPermitted):
        actor.require(Permission.RECORD_ASSESS)


@pytest.mark.requirement("A11d-12.3", "C14")
def test_an_administrator_has_no_right_over_content():
    assert not CONTENT & set(GRANTS[Role.ADMINISTRATOR])


def test_an_auditor_changes_nothing():
    changing = {found for found in Permission if not found.value.endswith((".read", ".verify"))}

    assert not changing & set(GRANTS[Role.AUDITOR])


def test_a_process_is_no_person_and_has_only_what_it_was_given():
    actor = system_actor("worker", Permission.TRAIL_READ)

    assert actor.person_id is None
    assert actor.may(Permission.TRAIL_READ)
    assert not actor.may(Permission.SIGN)
