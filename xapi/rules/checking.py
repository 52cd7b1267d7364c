"""The standard's rules for a whole statement (xAPI-Data §2; IEEE 9274.1.1 §4.2), as an LRS must enforce them.

What both editions say is said once; a statement of the second may name agents and groups in its context beside.
"""

import re
from functools import partial
from typing import Any

from xapi.rules import forms
from xapi.rules.editions import ADL, EDITIONS, Edition
from xapi.rules.forms import Check, fails, has_shape, list_of, matching
from xapi.vocabulary import Verb

IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")

_ACCOUNT: dict[str, Check] = {"homePage": forms.is_iri, "name": forms.is_filled_text}
_INTERACTION_COMPONENTS: dict[str, tuple[str, ...]] = {
    "choice": ("choices",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "matching": ("source", "target"),
    "performance": ("steps",),
    "true-false": (),
    "fill-in": (),
    "long-fill-in": (),
    "numeric": (),
    "other": (),
}
_OAUTH_PARTIES = 2
_COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")


def check_statement(value: Any, place: str = "statement", edition: Edition = ADL) -> None:
    """Raise Malformed for anything that is no statement of the edition."""
    has_shape(value, place, _STATEMENTS[edition], "actor", "verb", "object")
    _check_context_fits(value, place)
    if value["verb"]["id"] == Verb.VOIDED and value["object"].get("objectType") != "StatementRef":
        fails(f"{place}.object", "must be a StatementRef: it names the statement that is voided")


def check_agent(value: Any, place: str) -> None:
    """Raise Malformed for anything that is no Agent or Group; used for the query parameter too."""
    forms.is_object(value, place)
    if value.get("objectType") == "Group":
        _check_group(value, place)
    else:
        _check_single_agent(value, place)


def check_authority(value: Any, place: str) -> None:
    """Raise Malformed for anything that cannot vouch for a statement: a group that does is a program and its user."""
    check_agent(value, place)
    if value.get("objectType") != "Group":
        return
    members = value.get("member", [])
    if _identifiers(value) or len(members) != _OAUTH_PARTIES or not any("account" in member for member in members):
        fails(place, "must be an Agent, or an anonymous Group of a program with an account and of its user")


def _check_single_agent(value: Any, place: str) -> None:
    has_shape(value, place, _AGENT)
    if _identifiers(value) != 1:
        fails(place, f"must have exactly one of {', '.join(IDENTIFIERS)}")


def _check_group(value: Any, place: str) -> None:
    has_shape(value, place, _GROUP, "objectType")
    if _identifiers(value) > 1:
        fails(place, f"must have at most one of {', '.join(IDENTIFIERS)}")
    if not _identifiers(value) and not value.get("member"):
        fails(f"{place}.member", "is required in an anonymous group")


def _identifiers(value: dict[str, Any]) -> int:
    return sum(name in value for name in IDENTIFIERS)


def _check_account(value: Any, place: str) -> None:
    has_shape(value, place, _ACCOUNT, "homePage", "name")


def _check_verb(value: Any, place: str) -> None:
    has_shape(value, place, {"id": forms.is_iri, "display": forms.is_language_map}, "id")


def _check_object(value: Any, place: str, *, kinds: dict[str, Check]) -> None:
    forms.is_object(value, place)
    kind = value.get("objectType", "Activity")
    check = kinds.get(kind) if isinstance(kind, str) else None
    if check is None:
        fails(f"{place}.objectType", f"must be one of {', '.join(kinds)}")
    else:
        check(value, place)


def _check_activity(value: Any, place: str) -> None:
    has_shape(value, place, _ACTIVITY, "id")


def _check_definition(value: Any, place: str) -> None:
    has_shape(value, place, _DEFINITION)
    kind = value.get("interactionType")
    if kind is None and ("correctResponsesPattern" in value or any(name in value for name in _COMPONENT_LISTS)):
        fails(f"{place}.interactionType", "is required with these properties")
    for name in _COMPONENT_LISTS:
        if name in value and name not in _INTERACTION_COMPONENTS[str(kind)]:
            fails(f"{place}.{name}", f"does not belong to the interaction type {kind}")


def _check_interaction_type(value: Any, place: str) -> None:
    if not isinstance(value, str) or value not in _INTERACTION_COMPONENTS:
        fails(place, f"must be one of {', '.join(_INTERACTION_COMPONENTS)}")


def _check_components(value: Any, place: str) -> None:
    list_of(_check_component)(value, place)
    names = [item["id"] for item in value]
    if len(set(names)) != len(names):
        fails(place, "must not have two components of one id")


def _check_component(value: Any, place: str) -> None:
    has_shape(value, place, {"id": forms.is_filled_text, "description": forms.is_language_map}, "id")


def _check_reference(value: Any, place: str) -> None:
    has_shape(value, place, {"objectType": _exactly("StatementRef"), "id": forms.is_uuid}, "objectType", "id")


def _check_substatement(value: Any, place: str, *, shape: dict[str, Check]) -> None:
    has_shape(value, place, shape, "objectType", "actor", "verb", "object")
    _check_context_fits(value, place)


def _check_result(value: Any, place: str) -> None:
    has_shape(value, place, _RESULT)


def _check_score(value: Any, place: str) -> None:
    numbers: dict[str, Check] = dict.fromkeys(("scaled", "raw", "min", "max"), forms.is_number)
    has_shape(value, place, numbers)
    if not -1 <= value.get("scaled", 0) <= 1:
        fails(f"{place}.scaled", "must be between -1 and 1")
    low, raw, high = value.get("min"), value.get("raw"), value.get("max")
    if low is not None and high is not None and low >= high:
        fails(f"{place}.min", "must be less than max")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        fails(f"{place}.raw", "must be between min and max")


def _check_team(value: Any, place: str) -> None:
    if not isinstance(value, dict) or value.get("objectType") != "Group":
        fails(place, "must be a Group")
    _check_group(value, place)


def _check_context_activities(value: Any, place: str) -> None:
    shape: dict[str, Check] = dict.fromkeys(("parent", "grouping", "category", "other"), _check_activity_or_list)
    has_shape(value, place, shape)


def _check_activity_or_list(value: Any, place: str) -> None:
    check: Check = list_of(_check_activity) if isinstance(value, list) else _check_activity
    check(value, place)


def _check_context_fits(value: dict[str, Any], place: str) -> None:
    """Refuse what a context may only say about an activity (xAPI-Data §2.4.6)."""
    if value["object"].get("objectType", "Activity") == "Activity":
        return
    for name in ("revision", "platform"):
        if name in value.get("context", {}):
            fails(f"{place}.context.{name}", "is only allowed when the object is an Activity")


def _check_attachment(value: Any, place: str) -> None:
    has_shape(value, place, _ATTACHMENT, "usageType", "display", "contentType", "length", "sha2")


def _check_context_agent(value: Any, place: str) -> None:
    _check_context_party(value, place, "agent", "contextAgent", _check_single_agent)


def _check_context_group(value: Any, place: str) -> None:
    _check_context_party(value, place, "group", "contextGroup", _check_team)


def _check_context_party(value: Any, place: str, member: str, kind: str, check: Check) -> None:
    shape: dict[str, Check] = {"objectType": _exactly(kind), member: check, "relevantTypes": _check_relevant_types}
    has_shape(value, place, shape, "objectType", member)


def _check_relevant_types(value: Any, place: str) -> None:
    list_of(forms.is_iri)(value, place)
    if not value:
        fails(place, "must not be empty")


def _exactly(word: str) -> Check:
    return matching(re.compile(re.escape(word)), word)


_AGENT: dict[str, Check] = {
    "objectType": _exactly("Agent"),
    "name": forms.is_text,
    "mbox": forms.is_mailbox,
    "mbox_sha1sum": forms.is_sha1,
    "openid": forms.is_iri,
    "account": _check_account,
}
_GROUP = _AGENT | {"objectType": _exactly("Group"), "member": list_of(_check_single_agent)}
_DEFINITION: dict[str, Check] = {
    "name": forms.is_language_map,
    "description": forms.is_language_map,
    "type": forms.is_iri,
    "moreInfo": forms.is_iri,
    "interactionType": _check_interaction_type,
    "correctResponsesPattern": list_of(forms.is_text),
    **dict.fromkeys(_COMPONENT_LISTS, _check_components),
    "extensions": forms.is_extensions,
}
_ACTIVITY: dict[str, Check] = {
    "objectType": _exactly("Activity"),
    "id": forms.is_iri,
    "definition": _check_definition,
}
_SIMPLE_OBJECTS: dict[str, Check] = {
    "Activity": _check_activity,
    "Agent": _check_single_agent,
    "Group": _check_group,
    "StatementRef": _check_reference,
}
_RESULT: dict[str, Check] = {
    "score": _check_score,
    "success": forms.is_boolean,
    "completion": forms.is_boolean,
    "response": forms.is_text,
    "duration": forms.is_duration,
    "extensions": forms.is_extensions,
}
_CONTEXT: dict[str, Check] = {
    "registration": forms.is_uuid,
    "instructor": check_agent,
    "team": _check_team,
    "contextActivities": _check_context_activities,
    "revision": forms.is_text,
    "platform": forms.is_text,
    "language": forms.is_language,
    "statement": _check_reference,
    "extensions": forms.is_extensions,
}
_ATTACHMENT: dict[str, Check] = {
    "usageType": forms.is_iri,
    "display": forms.is_language_map,
    "description": forms.is_language_map,
    "contentType": forms.is_media_type,
    "length": forms.is_whole_number,
    "sha2": forms.is_sha2,
    "fileUrl": forms.is_iri,
}
_PARTIES: dict[str, Check] = {
    "contextAgents": list_of(_check_context_agent),
    "contextGroups": list_of(_check_context_group),
}
_COMMON: dict[str, Check] = {
    "actor": check_agent,
    "verb": _check_verb,
    "result": _check_result,
    "timestamp": forms.is_timestamp,
    "attachments": list_of(_check_attachment),
}


def _shape_of_statements(edition: Edition) -> dict[str, Check]:
    """Return what a statement of an edition may hold; a statement within a statement holds no further one."""
    context = _CONTEXT | (_PARTIES if edition.has_context_agents else {})
    common = _COMMON | {"context": partial(has_shape, shape=context)}
    inner = common | {
        "object": partial(_check_object, kinds=_SIMPLE_OBJECTS),
        "objectType": _exactly("SubStatement"),
    }
    kinds = _SIMPLE_OBJECTS | {"SubStatement": partial(_check_substatement, shape=inner)}
    return common | {
        "object": partial(_check_object, kinds=kinds),
        "id": forms.is_uuid,
        "stored": forms.is_timestamp,
        "authority": check_authority,
        "version": matching(edition.statements, f"a version such as {edition.of_statements}"),
    }


_STATEMENTS = {edition: _shape_of_statements(edition) for edition in EDITIONS}
