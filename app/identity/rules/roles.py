"""Roles and what each may do, scopes of tokens, which roles nobody holds together."""

from collections.abc import Iterable
from enum import StrEnum

from app.identity.errors import RolesClash
from app.kernel.actors import Permission, Role
from app.kernel.errors import N_

_READING = (Permission.EXERCISE_READ, Permission.RECORD_READ, Permission.COMPETENCY_READ)

GRANTS: dict[Role, tuple[Permission, ...]] = {
    Role.TRAINEE: (
        *_READING,
        Permission.RECORD_PRACTISE,
        Permission.RECORD_EXECUTE,
        Permission.RECORD_CHECK,
        Permission.SIGN,
        Permission.TRAIL_READ,
        Permission.TOKEN_OWN,
    ),
    Role.ASSESSOR: (
        *_READING,
        Permission.RECORD_ISSUE,
        Permission.RECORD_CHECK,
        Permission.RECORD_VOID,
        Permission.RECORD_ASSESS,
        Permission.SIGN,
        Permission.TRAIL_READ,
        Permission.TRAIL_VERIFY,
        Permission.PERSON_READ,
        Permission.IDENTITY_CONFIRM,
        Permission.COHORT_ADMINISTER,
        Permission.TOKEN_OWN,
    ),
    Role.AUTHOR: (*_READING, Permission.EXERCISE_LOAD, Permission.SIGN, Permission.TOKEN_OWN),
    Role.QUALITY: (
        *_READING,
        Permission.RECORD_VOID,
        Permission.SIGN,
        Permission.TRAIL_READ,
        Permission.TRAIL_VERIFY,
        Permission.PERSON_READ,
        Permission.IDENTITY_CONFIRM,
        Permission.INCIDENT_OPEN,
        Permission.ERASURE_DECIDE,
        Permission.RESTRICTED_READ,
        Permission.EMPLOYER_ADMINISTER,
        Permission.TOKEN_OWN,
    ),
    Role.EQUIPMENT_MANAGER: (Permission.EXERCISE_READ, Permission.TOKEN_OWN),
    Role.AUDITOR: (
        *_READING,
        Permission.TRAIL_READ,
        Permission.TRAIL_VERIFY,
        Permission.PERSON_READ,
        Permission.RESTRICTED_READ,
        Permission.SETTINGS_READ,
    ),
    Role.ADMINISTRATOR: (
        Permission.PERSON_READ,
        Permission.PERSON_ADMINISTER,
        Permission.IDENTITY_CONFIRM,
        Permission.INCIDENT_OPEN,
        Permission.ERASURE_DECIDE,
        Permission.RESTRICTED_READ,
        Permission.EMPLOYER_ADMINISTER,
        Permission.OPERATOR_ADMINISTER,
        Permission.SITE_ADMINISTER,
        Permission.COHORT_ADMINISTER,
        Permission.TARGET_ADMINISTER,
        Permission.SETTINGS_READ,
        Permission.TOKEN_OWN,
    ),
}
"""Which role grants what. The administrator has people and settings and no right over content (A11d-11.10, T2)."""

BY_LAUNCH = frozenset(
    {
        *_READING,
        Permission.RECORD_PRACTISE,
        Permission.RECORD_EXECUTE,
        Permission.RECORD_CHECK,
        Permission.SIGN,
        Permission.TRAIL_READ,
    }
)
"""What a session may do that a course began, until its person gives their password: work and read. Signing and checking
ask for a password at each time; judging and administering are not for whom a course alone vouches (LT-4)."""

ROLE_LABELS: dict[Role, str] = {
    Role.TRAINEE: N_("Trainee"),
    Role.ASSESSOR: N_("Assessor"),
    Role.AUTHOR: N_("Author"),
    Role.QUALITY: N_("Quality"),
    Role.EQUIPMENT_MANAGER: N_("Equipment manager"),
    Role.AUDITOR: N_("Auditor"),
    Role.ADMINISTRATOR: N_("Administrator"),
}
"""The roles a person can be given, and what they are called."""

APART_FROM_ADMINISTRATION = frozenset({Role.TRAINEE, Role.ASSESSOR, Role.AUTHOR, Role.QUALITY, Role.EQUIPMENT_MANAGER})


class Scope(StrEnum):
    """What a bearer token may be limited to; a token never grants more than its person holds."""

    READ = "read"
    EXECUTE = "execute"
    ASSESS = "assess"
    ADMINISTER = "administer"


SCOPE_PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    Scope.READ: frozenset(
        {*_READING, Permission.TRAIL_READ, Permission.TRAIL_VERIFY, Permission.PERSON_READ, Permission.SETTINGS_READ}
    ),
    Scope.EXECUTE: frozenset(
        {Permission.RECORD_PRACTISE, Permission.RECORD_EXECUTE, Permission.RECORD_CHECK, Permission.SIGN}
    ),
    Scope.ASSESS: frozenset(
        {
            Permission.RECORD_ISSUE,
            Permission.RECORD_VOID,
            Permission.RECORD_ASSESS,
            Permission.RECORD_CHECK,
            Permission.SIGN,
        }
    ),
    Scope.ADMINISTER: frozenset(
        {
            Permission.PERSON_ADMINISTER,
            Permission.OPERATOR_ADMINISTER,
            Permission.SITE_ADMINISTER,
            Permission.COHORT_ADMINISTER,
            Permission.TARGET_ADMINISTER,
            Permission.EXERCISE_LOAD,
        }
    ),
}


def grants_of(roles: Iterable[Role]) -> dict[Permission, Role]:
    """Map each permission to the role that grants it; the first role in the order of the vocabulary speaks."""
    grants: dict[Permission, Role] = {}
    for role in sorted(roles, key=list(Role).index):
        for permission in GRANTS.get(role, ()):
            grants.setdefault(permission, role)
    return grants


def check_roles(held: Iterable[Role]) -> None:
    """Raise RolesClash when one person would administer and take part in the activity (A11d-11.10)."""
    roles = frozenset(held)
    if Role.ADMINISTRATOR in roles and roles & APART_FROM_ADMINISTRATION:
        raise RolesClash
