"""Deep Linking 2.0: what a platform asks a teacher to pick, and the answer that places exercises in a course."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.kernel.errors import N_, Invalid

CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
DL_CLAIM: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
RESPONSE: Final = "LtiDeepLinkingResponse"
RESOURCE_LINK: Final = "ltiResourceLink"
EXERCISE: Final = "exercise"
"""The custom parameter by which a launch says which exercise it is for."""

VALID: Final = timedelta(minutes=5)
_LONGEST_TITLE = 255
_MOST = 100_000


@dataclass(frozen=True)
class Asked:
    """What a platform asks for (section 3.4.1): where the answer goes, of which kind it may be, what it must repeat."""

    return_url: str
    takes_links: bool
    many: bool
    takes_line_items: bool
    data: str | None = None


@dataclass(frozen=True)
class Parties:
    """Who answers whom: the hub as the platform names it, the platform, the place of the one in the other."""

    tool: str
    platform: str
    deployment: str


@dataclass(frozen=True)
class Picked:
    """An exercise that a teacher picked, as it is to stand in the course."""

    exercise: str
    competency: str
    title: str
    summary: str
    maximum: int
    due: datetime | None = None


def read_asked(settings: Any) -> Asked | None:
    """Read the claim `deep_linking_settings`; None for one that nobody could answer."""
    if not isinstance(settings, dict) or not isinstance(settings.get("deep_link_return_url"), str):
        return None
    kinds, data = settings.get("accept_types"), settings.get("data")
    return Asked(
        return_url=settings["deep_link_return_url"],
        takes_links=not isinstance(kinds, list) or RESOURCE_LINK in kinds,
        many=settings.get("accept_multiple") in (True, "true"),
        takes_line_items=settings.get("accept_lineitem", True) in (True, "true"),
        data=data if isinstance(data, str) else None,
    )


def check_title(typed: str, field: str) -> str:
    """Return the title of an activity, or raise Invalid."""
    title = " ".join(typed.split())
    if not 1 <= len(title) <= _LONGEST_TITLE:
        raise Invalid(fields={field: N_("Give the activity a title of at most 255 characters.")})
    return title


def check_maximum(typed: str, field: str) -> int:
    """Return the maximum score of an activity, or raise Invalid."""
    given = typed.strip()
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= _MOST):
        raise Invalid(fields={field: N_("Enter a maximum score as a whole number from 1 to 100000.")})
    return int(given)


def items_of(picked: Sequence[Picked], launch_url: str, asked: Asked) -> list[dict[str, Any]]:
    """Return the content items of an answer (section 3.2): one resource link for each exercise."""
    return [_item(item, launch_url, asked) for item in picked]


def answer_claims(
    items: Sequence[Mapping[str, Any]], asked: Asked, parties: Parties, nonce: str, now: datetime
) -> dict[str, Any]:
    """Return what is signed (section 3.4.2): here the tool speaks (`iss` its client id), and the platform listens."""
    claims: dict[str, Any] = {
        "iss": parties.tool,
        "aud": [parties.platform],
        "iat": int(now.timestamp()),
        "exp": int((now + VALID).timestamp()),
        "nonce": nonce,
        f"{CLAIM}deployment_id": parties.deployment,
        f"{CLAIM}message_type": RESPONSE,
        f"{CLAIM}version": "1.3.0",
        f"{DL_CLAIM}content_items": list(items),
    }
    return claims if asked.data is None else claims | {f"{DL_CLAIM}data": asked.data}


def _item(picked: Picked, launch_url: str, asked: Asked) -> dict[str, Any]:
    item: dict[str, Any] = {
        "type": RESOURCE_LINK,
        "title": picked.title,
        "text": picked.summary,
        "url": launch_url,
        "custom": {EXERCISE: picked.exercise},
    }
    if asked.takes_line_items:
        item["lineItem"] = {
            "label": picked.title,
            "scoreMaximum": picked.maximum,
            "resourceId": picked.exercise,
            "tag": picked.competency,
            "submissionReview": {"reviewableStatus": ["Completed", "Submitted"], "label": picked.title},
        }
    if picked.due:
        ends = picked.due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        item["submission"] = {"endDateTime": ends}
    return item
