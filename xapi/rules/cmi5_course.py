"""The package by which an LMS learns of an exercise: cmi5.xml, a course of one exercise, in a zip (cmi5 §13, §14)."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from xapi.rules.cmi5 import MoveOn

NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
COURSE_FILE = "cmi5.xml"
MOVE_ON = MoveOn.PASSED
"""An exercise counts once an assessor signed that it was passed, which says that it was performed too."""

LAUNCH_METHOD = "OwnWindow"
"""The hub's pages refuse to be shown inside another page."""

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class CourseUnit:
    """An exercise as a course names it: an address that stays, where it is launched, words by language."""

    iri: str
    url: str
    kind: str
    title: Mapping[str, str]
    summary: Mapping[str, str]


def course_package(unit: CourseUnit) -> bytes:
    """Return the zip; the same exercise gives the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(COURSE_FILE, _LONG_AGO), course_structure(unit))
    return packed.getvalue()


def course_structure(unit: CourseUnit) -> bytes:
    """Return cmi5.xml. No mastery score: the assessor's verdict decides, not a number."""
    root = ElementTree.Element("courseStructure", xmlns=NAMESPACE)
    course = ElementTree.SubElement(root, "course", id=f"{unit.iri}/course")
    described = {"id": unit.iri, "moveOn": MOVE_ON.value, "launchMethod": LAUNCH_METHOD, "activityType": unit.kind}
    assignable = ElementTree.SubElement(root, "au", described)
    for element in (course, assignable):
        _words(element, "title", unit.title)
        _words(element, "description", unit.summary)
    ElementTree.SubElement(assignable, "url").text = unit.url
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _words(parent: ElementTree.Element, name: str, words: Mapping[str, str]) -> None:
    element = ElementTree.SubElement(parent, name)
    for language, text in words.items():
        ElementTree.SubElement(element, "langstring", lang=language).text = text
