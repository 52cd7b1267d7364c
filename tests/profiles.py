"""Checks statements against an xAPI profile as ADL's profile specification says (Part Three §2), with a library's
JSONPath: which template a statement follows, which of its rules it breaks, whether a registration follows the pattern.
"""

import json
import re
from typing import Any

import jsonpath
import jsonschema

Json = dict[str, Any]
_TIMES = {"optional": "?", "zeroOrMore": "*", "oneOrMore": "+"}


def matching(profile: Json, statement: Json) -> list[Json]:
    """Return the templates whose determining properties a statement has."""
    return [template for template in profile["templates"] if _is_determined(template, statement)]


def faults(template: Json, statement: Json) -> list[str]:
    """Return the rules of a template that a statement breaks, each by its location."""
    return [rule["location"] for rule in template["rules"] if not _is_kept(rule, statement)]


def bad_extensions(profile: Json, statement: Json) -> list[str]:
    """Return the context extensions that are not of the profile, or whose value its schema refuses."""
    schemas = {item["id"]: json.loads(item["inlineSchema"]) for item in profile["concepts"] if "inlineSchema" in item}
    given = statement.get("context", {}).get("extensions", {})
    return [name for name, value in given.items() if name not in schemas or not _is_valid(schemas[name], value)]


def follows_pattern(profile: Json, templates: list[str]) -> bool:
    """Say whether templates, in this order, are one run of the profile's primary pattern."""
    (primary,) = [pattern for pattern in profile["patterns"] if pattern.get("primary")]
    letters = {template["id"]: chr(ord("a") + place) for place, template in enumerate(profile["templates"])}
    patterns = {pattern["id"]: pattern for pattern in profile["patterns"]}
    run = "".join(letters[identifier] for identifier in templates)
    return re.fullmatch(_expression(primary["id"], patterns, letters), run) is not None


def _expression(identifier: str, patterns: dict[str, Json], letters: dict[str, str]) -> str:
    if identifier in letters:
        return letters[identifier]
    pattern = patterns[identifier]
    if "sequence" in pattern:
        return "".join(_expression(item, patterns, letters) for item in pattern["sequence"])
    if "alternates" in pattern:
        return f"(?:{'|'.join(_expression(item, patterns, letters) for item in pattern['alternates'])})"
    (kind,) = pattern.keys() & _TIMES.keys()
    return f"(?:{_expression(pattern[kind], patterns, letters)}){_TIMES[kind]}"


def _is_determined(template: Json, statement: Json) -> bool:
    activities = statement.get("context", {}).get("contextActivities", {})
    asked = [("verb", [statement["verb"]["id"]]), ("objectActivityType", [_kind(statement["object"])])]
    for role in ("Grouping", "Parent", "Other", "Category"):
        asked.append((f"context{role}ActivityType", [_kind(item) for item in activities.get(role.lower(), ())]))
    return all(_is_among(template[name], found) for name, found in asked if name in template)


def _is_among(wanted: Any, found: list[Any]) -> bool:
    return all(item in found for item in (wanted if isinstance(wanted, list) else [wanted]))


def _kind(activity: Json) -> Any:
    return activity.get("definition", {}).get("type")


def _is_kept(rule: Json, statement: Json) -> bool:
    found = jsonpath.findall(rule["location"], statement)
    presence = rule.get("presence")
    if presence == "excluded":
        return not found
    if presence == "included" and not found:
        return False
    if not found:
        return True
    return (
        ("any" not in rule or any(item in rule["any"] for item in found))
        and ("all" not in rule or all(item in rule["all"] for item in found))
        and ("none" not in rule or not any(item in rule["none"] for item in found))
    )


def _is_valid(schema: Json, value: Any) -> bool:
    return bool(jsonschema.Draft7Validator(schema).is_valid(value))
