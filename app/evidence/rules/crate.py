"""The description of a bundle for people and other notebooks: RO-Crate 1.1 as the ELN file format uses it.

No proof rests on it; everything that proves is in `evidence/`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "https://w3id.org/ro/crate/1.1"
METADATA = "ro-crate-metadata.json"
RIGHTS = "#rights"
WHOLE = "./evidence/"
MASTER = "evidence/exercise.json"
HUB = "#hub"
PLACE = "#place"
NO_LICENCE = "No licence is granted: the record concerns the persons named in it."

MEDIA_TYPES = {
    ".json": "application/json",
    ".tlog-proof": "text/plain",
    ".txt": "text/plain",
    ".pem": "application/x-pem-file",
    ".tsr": "application/vnd.etsi.timestamp-token",
    ".pdf": "application/pdf",
}

Node = dict[str, Any]


@dataclass(frozen=True)
class Someone:
    """A person with a part in the record."""

    id: str
    name: str


@dataclass(frozen=True)
class Measured:
    """A value that stands in the record: where, what, in which unit, between which bounds."""

    place: str
    name: str
    value: str
    unit: str = ""
    unit_code: str = ""
    minimum: str | None = None
    maximum: str | None = None


@dataclass(frozen=True)
class Attached:
    """A file that people attached: where in the bundle, and what is known of it."""

    path: str
    name: str
    description: str
    media_type: str
    at: str
    step: str


@dataclass(frozen=True)
class Assessed:
    """What an assessor made of the record; a node of its own, to be left out where it is nobody's business."""

    by: Someone
    at: str
    verdict: str


@dataclass(frozen=True)
class Described:
    """What the description says of a record; times are ISO texts, steps id and title in order."""

    number: str
    title: str
    summary: str
    language: str
    state: str
    purpose: str
    exercise: str
    exercise_name: str
    exercise_version: int
    hub_name: str
    hub_url: str
    issued_at: str
    changed_at: str
    performer: Someone
    others: Sequence[Someone] = ()
    steps: Sequence[tuple[str, str]] = ()
    values: Sequence[Measured] = ()
    attached: Sequence[Attached] = ()
    assessment: Assessed | None = None
    place: str = ""


def describe(record: Described, files: Mapping[str, bytes]) -> Node:
    """Return the RO-Crate metadata of a bundle with these files."""
    people = {one.id: one for one in (record.performer, *record.others)}
    graph = [
        _descriptor(record),
        _root(record),
        {"@id": HUB, "@type": "Organization", "name": record.hub_name, "url": record.hub_url},
        {"@id": RIGHTS, "@type": "CreativeWork", "name": NO_LICENCE},
        _whole(record, files),
        *(_file(path, files[path], record) for path in sorted(files)),
        *({"@id": _person(one), "@type": "Person", "name": one.name} for one in people.values()),
        *(_step(place, *step) for place, step in enumerate(record.steps, start=1)),
        *(_value(value) for value in record.values),
    ]
    if record.place:
        graph.append({"@id": PLACE, "@type": "Place", "name": record.place})
    if record.assessment:
        graph.append(_assessment(record.assessment))
    return {"@context": CONTEXT, "@graph": graph}


def _descriptor(record: Described) -> Node:
    return {
        "@id": METADATA,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": PROFILE},
        "dateCreated": record.changed_at,
        "sdPublisher": {"@id": HUB},
        "version": "1.0",
    }


def _root(record: Described) -> Node:
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{record.number} · {record.title}",
        "description": "A training record with the evidence by which anybody can verify it.",
        "datePublished": record.changed_at,
        "license": {"@id": RIGHTS},
        "publisher": {"@id": HUB},
        "hasPart": [{"@id": WHOLE}],
    }


def _whole(record: Described, files: Mapping[str, bytes]) -> Node:
    node: Node = {
        "@id": WHOLE,
        "@type": "Dataset",
        "name": f"{record.number} · {record.title}",
        "description": record.summary,
        "identifier": record.number,
        "author": {"@id": _person(record.performer)},
        "dateCreated": record.issued_at,
        "dateModified": record.changed_at,
        "inLanguage": record.language,
        "genre": "experiment",
        "keywords": f"training record, {record.exercise}, {record.purpose}",
        "creativeWorkStatus": record.state,
        "isBasedOn": {"@id": MASTER},
        "contributor": [{"@id": _person(one)} for one in record.others],
        "step": [{"@id": f"#step-{identifier}"} for identifier, _title in record.steps],
        "variableMeasured": [{"@id": f"#value-{value.place}"} for value in record.values],
        "hasPart": [{"@id": path} for path in sorted(files)],
    }
    if record.place:
        node["locationCreated"] = {"@id": PLACE}
    return {name: value for name, value in node.items() if value != []}


def _file(path: str, content: bytes, record: Described) -> Node:
    node: Node = {
        "@id": path,
        "@type": "File",
        "name": path.removeprefix("evidence/"),
        "encodingFormat": MEDIA_TYPES.get(path[path.rfind(".") :], "application/octet-stream"),
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if path == MASTER:
        node |= {"identifier": record.exercise, "version": str(record.exercise_version), "name": record.exercise_name}
    for attached in record.attached:
        if attached.path == path:
            node |= {
                "name": attached.name,
                "description": attached.description,
                "encodingFormat": attached.media_type,
                "dateCreated": attached.at,
                "about": {"@id": f"#step-{attached.step}"},
            }
    return node


def _step(place: int, identifier: str, title: str) -> Node:
    return {"@id": f"#step-{identifier}", "@type": "HowToStep", "name": title, "position": place}


def _value(value: Measured) -> Node:
    node = {
        "@id": f"#value-{value.place}",
        "@type": "PropertyValue",
        "propertyID": value.place,
        "name": value.name,
        "value": value.value,
        "unitText": value.unit,
        "unitCode": value.unit_code,
        "minValue": value.minimum,
        "maxValue": value.maximum,
    }
    return {name: text for name, text in node.items() if text}


def _assessment(assessed: Assessed) -> Node:
    return {
        "@id": "#assessment",
        "@type": "Review",
        "name": "Assessment",
        "author": {"@id": _person(assessed.by)},
        "itemReviewed": {"@id": WHOLE},
        "dateCreated": assessed.at,
        "reviewBody": assessed.verdict,
    }


def _person(one: Someone) -> str:
    return f"#person-{one.id}"
