"""Names and Role Provisioning Services 2.0: who is in a course, and what that means for a cohort."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

MEMBERSHIP_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
CONTAINER_TYPE: Final = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
AT_ONCE: Final = 200
"""How many people one act of a synchronisation puts into a cohort or lets leave it."""

_LEARNER = "Learner"


class NoMembers(ValueError):
    """What a platform answered is no list of members."""


@dataclass(frozen=True)
class Member:
    """Somebody in a course as the platform knows them; what it does not tell is empty."""

    user_id: str
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    learns: bool = False


@dataclass(frozen=True)
class Changes:
    """What a synchronisation comes to: who joins the cohort, how many stay, which people leave it.

    `others` counts those who are in the course and do not learn there: a roster gives nobody another role.
    """

    joining: tuple[Member, ...] = ()
    staying: int = 0
    leaving: tuple[str, ...] = ()
    others: int = 0

    @property
    def none(self) -> bool:
        """Say whether the cohort is as the course is."""
        return not (self.joining or self.leaving)


def read_members(container: Any) -> list[Member]:
    """Return the active members of one page (2.2); raise NoMembers for what is no such page.

    Roles are whole URIs or their last word alone, as Moodle sends them.
    """
    listed = container.get("members") if isinstance(container, dict) else None
    if not isinstance(listed, list):
        raise NoMembers("the answer is no list of members")
    return [_member(item) for item in listed if item_is_active(item)]


def item_is_active(item: Any) -> bool:
    """Say whether a member counts: with an id, and not said to have left (2.2, `status`)."""
    return isinstance(item, dict) and bool(item.get("user_id")) and item.get("status", "Active") == "Active"


def learns(roles: Iterable[Any]) -> bool:
    """Say whether one of the roles is a learner's, and none another: an instructor who also learns instructs."""
    words = {str(role).rpartition("#")[2] for role in roles}
    return _LEARNER in words and not words & {"Instructor", "ContentDeveloper", "Administrator"}


def changes_of(members: Sequence[Member], known: Mapping[str, str], present: Mapping[str, bool]) -> Changes:
    """Compare a course with its cohort.

    `known` are people by the platform's id; `present` are those in the cohort now, and whether the platform knows them:
    whom it does not know came some other way, and is left alone.
    """
    learners = {member.user_id: member for member in members if member.learns}
    here = {known[user_id] for user_id in learners if user_id in known}
    joining = [member for user_id, member in learners.items() if known.get(user_id) not in present]
    leaving = [person for person, is_theirs in present.items() if is_theirs and person not in here]
    return Changes(
        joining=tuple(joining),
        staying=len(learners) - len(joining),
        leaving=tuple(sorted(leaving)),
        others=len({member.user_id for member in members}) - len(learners),
    )


def _member(item: Mapping[str, Any]) -> Member:
    name = item.get("name") or " ".join(filter(None, (item.get("given_name"), item.get("family_name"))))
    roles = item.get("roles")
    is_learner = learns(roles if isinstance(roles, list) else ())
    return Member(str(item["user_id"]), str(name or ""), str(item.get("email") or ""), is_learner)
