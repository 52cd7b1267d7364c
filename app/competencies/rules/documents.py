"""Reading a published YAML document exactly: plain values, the line of each, and every fault at once.

A decimal never passes through a binary fraction, "no" stays the text it is, and a key given twice is a fault; the
published JSON Schema says the rest (schemas.py).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

Path = tuple[str | int, ...]

LONGEST_DOCUMENT = 1_000_000  # characters; the largest exercise of the library has a tenth of it
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, where in the document it stands (a path, or a line), and what to do about it."""

    path: Path
    reason: str
    line: int | None = None


@dataclass
class Document:
    """The plain values of a document, the line of each path in it, counted from 1, and the faults of its writing."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line_of(self, fault: Fault) -> int:
        """Return the line of a fault, or of the nearest thing around it that stands in the file."""
        path = fault.path
        while path and path not in self.lines:
            path = path[:-1]
        return fault.line or self.lines.get(path, 1)

    def told(self, faults: Iterable[Fault], filename: str) -> tuple[str, ...]:
        """Return faults as "file:line: reason", sorted by line, each once."""
        placed = sorted({(self.line_of(fault), fault.reason) for fault in faults})
        return tuple(f"{filename}:{line}: {reason}" for line, reason in placed)


_SCALARS = {
    "tag:yaml.org,2002:bool": re.compile(r"(?:true|false)\Z"),
    "tag:yaml.org,2002:null": re.compile(r"(?:null|~|)\Z"),
    "tag:yaml.org,2002:int": re.compile(r"-?(?:0|[1-9][0-9]{0,14})\Z"),
    "tag:yaml.org,2002:float": re.compile(r"-?[0-9]+\.[0-9]+\Z"),
}
_PLAIN_TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map", *_SCALARS}


class _Loader(yaml.SafeLoader):
    """Knows only true, false, null, whole numbers and fractions; everything else is the text it is written as."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for _tag, _pattern in _SCALARS.items():
    _Loader.add_implicit_resolver(_tag, _pattern, None)


def read_document(text: str) -> Document:
    """Read one YAML document. What is not YAML, or not allowed here (doubled keys, aliases, tags), is in `faults`."""
    document = Document()
    try:
        node = _node_of(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        document.faults.append(Fault((), "a character that may not stand in YAML: remove it", line))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = ", ".join(filter(None, (error.context, error.problem)))
        document.faults.append(Fault((), f"not YAML: {told}", mark.line + 1 if mark else 1))
    except (RecursionError, ValueError):
        document.faults.append(Fault((), "too long or nested too deeply: keep to the published form", 1))
    else:
        document.data = _plain(node, (), document, set())
    return document


def _node_of(text: str) -> yaml.Node:
    if len(text) > LONGEST_DOCUMENT:
        raise ValueError
    node = _Loader(text).get_single_node()
    return node or yaml.ScalarNode("tag:yaml.org,2002:null", "", yaml.Mark("", 0, 0, 0, None, 0))


def _plain(node: yaml.Node, path: Path, document: Document, seen: set[int]) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in seen:
        document.faults.append(Fault(path, "aliases (*name) are not used here: write the value out"))
        return None
    seen.add(id(node))
    if node.tag not in _PLAIN_TAGS:
        document.faults.append(Fault(path, f"the tag {node.tag} is not used here: remove it"))
        return None
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(node, path, document, seen)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), document, seen) for index, item in enumerate(node.value)]
    return _plain_scalar(node, path, document)


def _plain_mapping(node: yaml.MappingNode, path: Path, document: Document, seen: set[int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.faults.append(Fault(path, "a key must be a plain word", line))
        elif key_node.value in values:
            document.faults.append(Fault(path, f"'{key_node.value}' is given a second time: keep one of the two", line))
        else:
            document.lines[(*path, key_node.value)] = line
            values[key_node.value] = _plain(value_node, (*path, key_node.value), document, seen)
    return values


def _plain_scalar(node: yaml.Node, path: Path, document: Document) -> Any:
    if _UNWRITABLE.search(node.value):
        document.faults.append(Fault(path, "holds a control character: remove it"))
        return None
    if node.tag in _SCALARS and not _SCALARS[node.tag].match(node.value):
        document.faults.append(Fault(path, f"the tag {node.tag} is not used here: remove it"))
        return None
    match node.tag.rpartition(":")[2]:
        case "bool":
            return node.value == "true"
        case "null":
            return None
        case "int":
            return int(node.value)
        case "float":
            return Decimal(node.value)
    return str(node.value)
