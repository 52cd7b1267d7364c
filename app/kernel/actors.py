"""Who acts: roles, permissions and the actor that every service asks for by name.

An actor carries a pseudonym, never a name: the trail must survive the erasure of a person (GDPR, C8).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from app.kernel.errors import N_, Refused


class Role(StrEnum):
    """The parts a person can play; the administrator has no right over content (A11d-12.3, C14)."""

    TRAINEE = "trainee"
    ASSESSOR = "assessor"
    AUTHOR = "author"
    QUALITY = "quality"
    EQUIPMENT_MANAGER = "equipment_manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Permission(StrEnum):
    """Every right that a route or a service may ask for; app/identity/rules/roles.py says which role has it."""

    EXERCISE_READ = "exercise.read"
    EXERCISE_LOAD = "exercise.load"
    RECORD_READ = "record.read"
    RECORD_ISSUE = "record.issue"
    RECORD_PRACTISE = "record.practise"
    RECORD_EXECUTE = "record.execute"
    RECORD_CHECK = "record.check"
    RECORD_VOID = "record.void"
    RECORD_ASSESS = "record.assess"
    TRAIL_READ = "trail.read"
    TRAIL_VERIFY = "trail.verify"
    SIGN = "signature.sign"
    COMPETENCY_READ = "competency.read"
    PERSON_READ = "person.read"
    PERSON_ADMINISTER = "person.administer"
    IDENTITY_CONFIRM = "identity.confirm"
    INCIDENT_OPEN = "incident.open"
    ERASURE_DECIDE = "erasure.decide"
    RESTRICTED_READ = "restricted.read"
    EMPLOYER_ADMINISTER = "employer.administer"
    OPERATOR_ADMINISTER = "operator.administer"
    SITE_ADMINISTER = "site.administer"
    COHORT_ADMINISTER = "cohort.administer"
    TARGET_ADMINISTER = "target.administer"
    TOKEN_OWN = "token.own"
    SETTINGS_READ = "settings.read"


class NotPermitted(Refused):
    """No role of this person grants the permission (P11.10(g), deny by default)."""

    code = "not-permitted"
    message = N_("Your role does not permit this.")


@dataclass(frozen=True)
class Actor:
    """The person or process answerable for an act.

    `pseudonym` is `person:<id>` or `system:<name>`; `operator_id` is None for those who act for the hub itself.
    `grants` maps each permission to the role that gives it, because a line names the role acted in (A11d-12.2).
    """

    pseudonym: str
    grants: dict[Permission, Role] = field(default_factory=dict, hash=False)
    roles: frozenset[Role] = frozenset()
    operator_id: str | None = None
    session_id: str | None = None
    language: str = "fr"

    @property
    def person_id(self) -> str | None:
        """The id of the person, or None for a process."""
        kind, _, identifier = self.pseudonym.partition(":")
        return identifier if kind == "person" else None

    def may(self, permission: Permission) -> bool:
        """Say whether a role of this actor grants the permission."""
        return permission in self.grants

    def require(self, permission: Permission, subject: str | None = None) -> Role:
        """Return the role that grants the permission, or raise NotPermitted."""
        if permission not in self.grants:
            raise NotPermitted(subject=subject)
        return self.grants[permission]


def system_actor(name: str, *permissions: Permission) -> Actor:
    """Return the actor for a process of the house (`worker`, `command`) with just the permissions it needs."""
    return Actor(f"system:{name}", dict.fromkeys(permissions, Role.SYSTEM), frozenset({Role.SYSTEM}))
