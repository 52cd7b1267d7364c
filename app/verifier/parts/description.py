"""Reads which files an RO-Crate description lists, with their digests. No proof rests on it; it shows damage."""

import json
from typing import Any
from urllib.parse import unquote

from app.verifier.parts.faults import Malformed


def read_description(data: bytes) -> dict[str, str]:
    """Return path → SHA-256 of each file that `ro-crate-metadata.json` describes."""
    try:
        graph = json.loads(data.decode("utf-8"))["@graph"]
        entities = [entity for entity in graph if _is_file(entity)]
        return {_path_of(entity["@id"]): entity["sha256"] for entity in entities if _is_inside(entity)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Malformed("description-unreadable") from error


def _is_file(entity: dict[str, Any]) -> bool:
    kinds = entity.get("@type", [])
    return "File" in ([kinds] if isinstance(kinds, str) else kinds)


def _is_inside(entity: dict[str, Any]) -> bool:
    """Say whether a described file is one of the archive, not one of the web."""
    return "://" not in entity["@id"]


def _path_of(identifier: str) -> str:
    return unquote(identifier.removeprefix("./"))
