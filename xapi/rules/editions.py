"""The two editions of xAPI that the LRS speaks, 1.0.3 (ADL) and 2.0.0 (IEEE 9274.1.1), and where they differ.

A request names its edition in its version header and is judged by it; what one edition stored the other reads.
"""

import re
from dataclasses import dataclass
from typing import Final

VERSION_HEADER: Final = "X-Experience-API-Version"


_FIRST = re.compile(r"1\.0(\.\d+)?")
_ANY = re.compile(r"[12]\.0(\.\d+)?")


@dataclass(frozen=True)
class Edition:
    """One edition: what it calls itself, which versions a request and a statement may name, and its own rules.

    `guards_state`: state is replaced under conditions as profiles are. `asks_for_conditions`: a profile is not put at
    all without saying what is expected to be there.
    """

    version: str
    accepted: re.Pattern[str]
    statements: re.Pattern[str]
    of_statements: str
    has_alternate_syntax: bool = False
    has_context_agents: bool = False
    guards_state: bool = False
    asks_for_conditions: bool = False


EARLY = Edition("1.0.3", re.compile(r"1\.0(\.[0-2])?"), _FIRST, "1.0.0", has_alternate_syntax=True)
ADL = Edition("1.0.3", _FIRST, _FIRST, "1.0.0", has_alternate_syntax=True, asks_for_conditions=True)
IEEE = Edition("2.0.0", re.compile(r"2\.0(\.\d+)?"), _ANY, "2.0.0", has_context_agents=True, guards_state=True)
EDITIONS: Final = (EARLY, ADL, IEEE)
"""Those that a request may name; the first that fits counts. Moodle's plug-ins name 1.0.0 and put profiles freely."""

UNNAMED: Final = "0.95"
"""What a request without a version is taken for, and refused as: only before 1.0 it needed none."""

_ADL_VERSIONS = ("1.0.3", "1.0.2", "1.0.1", "1.0.0")
VERSIONS: Final = {EARLY: _ADL_VERSIONS, ADL: _ADL_VERSIONS, IEEE: ("2.0.0", *_ADL_VERSIONS)}
"""What `about` answers: readers of the first edition know no other version and must not be shown one."""


def edition_of(header: str | None) -> Edition | None:
    """Return the edition that a version header asks for, None for one that we do not speak."""
    return next((edition for edition in EDITIONS if edition.accepted.fullmatch(header or "")), None)
