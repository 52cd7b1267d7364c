"""Checking a document against its published JSON Schema (draft 2020-12), in words that say what to do."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from app.competencies.errors import FaultyDocument
from app.competencies.rules.documents import Fault, read_document

_KINDS = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "text (a number in quotes)",
    "integer": "a whole number without quotes",
    "boolean": "true or false",
}
_SENTENCES = {
    "type": "{given} stands where {wanted} is needed",
    "enum": "{given} is not one of {wanted}",
    "const": "{given} must be {wanted}",
    "pattern": "{given} does not have the right form",
    "minItems": "{given} is too short: at least {wanted} needed",
    "minLength": "{given} is too short: at least {wanted} needed",
    "maxItems": "{given} is too long: at most {wanted} allowed",
    "maxLength": "{given} is too long: at most {wanted} allowed",
    "minimum": "{given} must be at least {wanted}",
    "maximum": "{given} must be at most {wanted}",
}


@cache
def published_schema(folder: str, name: str) -> Draft202012Validator:
    """Return the checker for a schema published with the program, by its folder in config/ and its file name."""
    schema = json.loads((files("config") / folder / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def read_checked(
    text: str,
    filename: str,
    schema: Draft202012Validator,
    find_faults: Callable[[Mapping[str, Any]], Iterable[Fault]],
    error: type[FaultyDocument],
) -> Mapping[str, Any]:
    """Return the content of a YAML document that has no fault; raise `error` with every fault it has.

    `find_faults` says what the schema cannot; it is given mappings only, which may be faulty elsewhere.
    """
    document = read_document(text)
    faults = list(document.faults)
    if document.lines:
        faults += schema_faults(document.data, schema)
    if isinstance(document.data, dict):
        faults += find_faults(document.data)
    if faults:
        raise error(document.told(faults, filename))
    content: Mapping[str, Any] = document.data
    return content


def schema_faults(data: Any, schema: Draft202012Validator) -> Iterator[Fault]:
    """Yield every way in which plain data departs from a schema."""
    for error in schema.iter_errors(data):
        path = tuple(error.absolute_path)
        for key, reason in _reasons(error):
            yield Fault((*path, key) if key else path, reason)


def _reasons(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Yield the key at fault, if it is one below the path, and the reason."""
    wanted = error.validator_value
    if error.validator == "required":
        yield from (("", f"'{key}' is missing: add it") for key in wanted if key not in error.instance)
    elif error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        told = ", ".join(known) or "none"
        yield from ((key, f"'{key}' is not known here; known are {told}") for key in error.instance if key not in known)
    elif error.validator in _SENTENCES:
        wanted = _KINDS.get(wanted, wanted) if error.validator == "type" else wanted
        listed = ", ".join(map(str, wanted)) if isinstance(wanted, list) else wanted
        yield "", _SENTENCES[error.validator].format(given=_shown(error.instance), wanted=listed) + _hint(error.schema)
    else:
        yield "", error.message + _hint(error.schema)


def _hint(schema: Mapping[str, Any]) -> str:
    # What an object or a list is for would be a lecture here; a plain value's form is the help that is needed.
    described = schema.get("description") if schema.get("type") not in ("object", "array") else None
    return f" ({described})" if described else ""


def _shown(instance: Any) -> str:
    if isinstance(instance, dict):
        return "a mapping"
    if isinstance(instance, list):
        return "a list"
    if instance is None:
        return "nothing"
    return f"'{str(instance)[:60]}'" if not isinstance(instance, bool) else str(instance).lower()
