"""Which exercise or competency of the hub something of a platform may stand for: proposals, by id first, then by name.

A proposal decides nothing: somebody confirms it. What names an exercise by itself needs none.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

LEAST_LIKENESS = 0.75
"""From where on two names count as similar, of 1."""

_STEM = 4
"""Names are compared where they share the beginning of a word; comparing all with all takes too long."""


class ThingKind(StrEnum):
    """What a platform has: an activity that launches, another activity (by Moodle's number), a competency."""

    LINK = "link"
    MODULE = "module"
    COMPETENCY = "competency"


class Ground(StrEnum):
    """Why something is proposed, or that somebody chose it themselves."""

    PARAMETER = "parameter"
    ID_NUMBER = "id-number"
    CODE_IN_NAME = "code-in-name"
    SIMILAR_NAME = "similar-name"
    BY_HAND = "by-hand"


class Gap(StrEnum):
    """What keeps a platform from telling all that it has."""

    NO_TARGET = "no-target"
    SILENT = "silent"
    NO_RIGHT = "no-right"
    NO_PLUGIN = "no-plugin"
    NO_COURSE = "no-course"
    CUT = "cut"


@dataclass(frozen=True)
class Thing:
    """Something of a platform: what it is called there, its course, its ID number, the exercise that it names itself.

    `id` is the resource link's for an activity that launches, else Moodle's number. `named` is empty for one that
    says it names none, None where nothing is said.
    """

    kind: ThingKind
    id: str
    name: str
    course: str | None = None
    id_number: str | None = None
    named: str | None = None

    @property
    def key(self) -> str:
        """Return what tells it from all others of its platform."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True)
class Ours:
    """An exercise or a competency of the hub, with its names in all languages."""

    code: str
    names: tuple[str, ...]
    is_competency: bool = False


@dataclass(frozen=True)
class Suggestion:
    """That a thing may stand for an exercise or a competency, and why."""

    thing: Thing
    code: str
    ground: Ground


@dataclass(frozen=True)
class Survey:
    """What a platform says that it has; `gaps` say what is missing of it, `answer` what it said instead."""

    things: tuple[Thing, ...] = ()
    gaps: tuple[Gap, ...] = ()
    answer: str = ""


def named_by_itself(thing: Thing, ours: Iterable[Ours]) -> str | None:
    """Return the code that a thing names without us, letter by letter, as launches and statements look for it."""
    said = thing.named if thing.kind is ThingKind.LINK else thing.id_number
    return next((one.code for one in _fitting(thing, ours) if one.code == said), None)


@dataclass(frozen=True)
class Standing:
    """A thing that stands for something of ours: by a mapping, or None, because it names it by itself."""

    thing: Thing
    mapping_id: str | None


@dataclass(frozen=True)
class Overview:
    """Both sides at once: what stands for each code, what stands for nothing, what is proposed for that."""

    standing: Mapping[str, Sequence[Standing]]
    left: Sequence[Thing]
    proposals: Sequence[Suggestion]


def overview(things: Sequence[Thing], ours: Sequence[Ours], mapped: Mapping[str, tuple[str, str]]) -> Overview:
    """Set things against ours; `mapped` has the code and the mapping's id by the key of a thing.

    What names an exercise by itself opens that one, whatever it is mapped to.
    """
    standing: dict[str, list[Standing]] = {}
    left = []
    for thing in things:
        named = named_by_itself(thing, ours)
        code, mapping_id = mapped.get(thing.key, (None, None))
        if code:
            standing.setdefault(code, []).append(Standing(thing, mapping_id))
        if named and named != code:
            standing.setdefault(named, []).append(Standing(thing, None))
        if not named and not code:
            left.append(thing)
    return Overview(standing, left, suggest(left, ours))


def merge(known: Iterable[Thing], said: Iterable[Thing]) -> list[Thing]:
    """Return each thing once: what the platform says now, and what only launches told; by course and name."""
    found = {thing.key: thing for thing in known}
    for thing in said:
        before = found.get(thing.key)
        named = before.named if before and thing.named is None else thing.named
        found[thing.key] = replace(thing, named=named)
    return sorted(found.values(), key=lambda thing: (thing.course or "", thing.name, thing.key))


def suggest(things: Sequence[Thing], ours: Sequence[Ours]) -> list[Suggestion]:
    """Return at most one proposal for each thing, in the order of the things."""
    found = []
    by_stem = {is_competency: _by_stem(ours, is_competency) for is_competency in (True, False)}
    for thing in things:
        proposal = _by_code(thing, _fitting(thing, ours)) or _by_name(thing, by_stem[_is_competency(thing)])
        if proposal and named_by_itself(thing, ours) is None:
            found.append(proposal)
    return found


def _by_code(thing: Thing, ours: Sequence[Ours]) -> Suggestion | None:
    codes = {_letters(one.code): one.code for one in ours}
    for said, ground in ((thing.named, Ground.PARAMETER), (thing.id_number, Ground.ID_NUMBER)):
        if said and _letters(said) in codes:
            return Suggestion(thing, codes[_letters(said)], ground)
    words = f" {_words(thing.name)} "
    held = [one.code for one in ours if f" {_words(one.code)} " in words]
    return Suggestion(thing, max(held, key=len), Ground.CODE_IN_NAME) if held else None


def _by_name(thing: Thing, by_stem: dict[str, list[tuple[str, str]]]) -> Suggestion | None:
    """Return what is called most alike, if it is alike enough and nothing else is as much."""
    name = _words(thing.name)
    compared = SequenceMatcher(a=name, autojunk=False)
    likeness: dict[str, float] = {}
    for code, other in {pair for stem in _stems(name) for pair in by_stem.get(stem, ())}:
        compared.set_seq2(other)
        if compared.real_quick_ratio() >= LEAST_LIKENESS and compared.quick_ratio() >= LEAST_LIKENESS:
            likeness[code] = max(compared.ratio(), likeness.get(code, 0))
    best = sorted(likeness, key=lambda code: likeness[code], reverse=True)[:2]
    if not best or likeness[best[0]] < LEAST_LIKENESS or (len(best) == 2 and likeness[best[0]] == likeness[best[1]]):
        return None
    return Suggestion(thing, best[0], Ground.SIMILAR_NAME)


def _by_stem(ours: Iterable[Ours], is_competency: bool) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for one in ours:
        for name in {_words(name) for name in one.names if one.is_competency is is_competency}:
            for stem in _stems(name):
                found.setdefault(stem, []).append((one.code, name))
    return found


def _fitting(thing: Thing, ours: Iterable[Ours]) -> list[Ours]:
    return [one for one in ours if one.is_competency is _is_competency(thing)]


def _is_competency(thing: Thing) -> bool:
    return thing.kind is ThingKind.COMPETENCY


def _stems(words: str) -> set[str]:
    return {word[:_STEM] for word in words.split() if len(word) >= _STEM}


def _words(text: str) -> str:
    """Return the words of a text without case, accents and marks, with one space between."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", plain.casefold()))


def _letters(text: str) -> str:
    return _words(text).replace(" ", "")
