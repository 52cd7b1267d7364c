"""Reading who is in a course, page after page (Names and Role Provisioning Services 2.0 §2.1, §2.4)."""

from urllib.parse import urljoin, urlsplit

from app.lms.errors import PlatformSilent
from app.lms.rules.memberships import CONTAINER_TYPE, MEMBERSHIP_SCOPE, Member, NoMembers, read_members
from app.lms.services.service_line import LineDown, ServiceLine

MOST_PAGES = 1000


def fetch_members(line: ServiceLine, address: str) -> list[Member]:
    """Return everybody in a course, once each. Raises PlatformSilent where the platform does not say it to the end.

    Half a list is none: whoever stands on the other half would be taken out of the cohort.
    """
    found: dict[str, Member] = {}
    here: str | None = address
    seen: set[str] = set()
    while here:
        if here in seen or len(seen) >= MOST_PAGES or _origin(here) != _origin(address):
            raise PlatformSilent
        seen.add(here)
        members, following = _page(line, here)
        found |= {member.user_id: member for member in members}
        here = urljoin(here, following) if following else None
    return list(found.values())


def _page(line: ServiceLine, address: str) -> tuple[list[Member], str | None]:
    try:
        answer = line.ask("GET", address, MEMBERSHIP_SCOPE, accept=CONTAINER_TYPE)
        if not answer.accepted:
            raise PlatformSilent
        return read_members(answer.value), answer.next_page
    except (LineDown, NoMembers) as error:
        raise PlatformSilent from error


def _origin(address: str) -> tuple[str, str]:
    """Return whom an address belongs to: a token of a platform goes to nobody else."""
    parts = urlsplit(address)
    return parts.scheme, parts.netloc
