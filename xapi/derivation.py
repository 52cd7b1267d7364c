"""Which line of the trail becomes which statements. Pure: a line and the titles of its exercise in, facts out.

Only what the trail says in closed words and codes is taken over: numbers, codes, pseudonyms, digests. A value that
somebody typed, a reason or a comment is never looked at.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.audit.actions import Action
from app.competencies.rules.awarding import Verdict
from app.kernel import clock
from app.notebook.rules.words import Purpose
from app.signatures.rules import Meaning
from xapi.statements import (
    Activity,
    Facts,
    Hub,
    Outcome,
    Reference,
    Score,
    competency_activity,
    exercise_activity,
    registration_of,
    statement_id,
    step_activity,
)
from xapi.vocabulary import Extension, Verb

Titles = Callable[[str, int, str | None], Mapping[str, str]]
"""Gives the title of an exercise's version, or of one of its steps, by language; empty where none is known."""

Earlier = Callable[["LineFacts"], Sequence["LineFacts"]]
"""Gives the lines about the same record that stand before a line, oldest first."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PLACE = ("step", "field", "position")
_CORRECTED, _OUT_OF_LIMIT, _SUBMITTED = "corrected", "out-of-limit", "submitted"
_PURPOSES = frozenset(purpose.value for purpose in Purpose)


@dataclass(frozen=True)
class LineFacts:
    """What a line about a record says, read once."""

    source: str
    index: int
    leaf_hash: str
    at: datetime
    action: str
    actor: str
    record_id: str
    exercise: str
    version: int
    after: Mapping[str, Any]

    def code(self, name: str) -> str | None:
        """Return a code or number that the line carries, or None: text of any other form is not taken over."""
        value = self.after.get(name)
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        return text if _CODE.fullmatch(text) else None

    def statement(self, part: str) -> Reference:
        """Name the statement that a part of this line became."""
        return Reference(statement_id(f"{self.source}#{part}"))

    @property
    def performer(self) -> str:
        """The pseudonym of who performs the record; who acted, where the line does not say."""
        performer = self.code("performer")
        return f"person:{performer.removeprefix('person:')}" if performer else self.actor


def derive(body: bytes, leaf_hash: str, hub: Hub, titles: Titles, earlier: Earlier) -> list[Facts]:
    """Return what a line says in statements: nothing for most lines, two or three for some."""
    line = read_line(body, leaf_hash)
    return [] if line is None else _told(_Maker(line, hub, titles, earlier))


def _told(make: "_Maker") -> list[Facts]:
    build = _BY_ACTION.get(make.line.action)
    return [*_common(make), *(build(make) if build else ())]


def read_line(body: bytes, leaf_hash: str) -> LineFacts | None:
    """Read a line about a record; None for a line about anything else, or without what every statement needs."""
    line = json.loads(body)
    kind, _, record_id = line["subject"].partition(":")
    after = line["after"]
    exercise, version = after.get("exercise"), after.get("version")
    if kind != "record" or not isinstance(exercise, str) or not _CODE.fullmatch(exercise):
        return None
    if not isinstance(version, int):
        return None
    return LineFacts(
        source=f"{line['log']}#{line['index']}#{leaf_hash}",
        index=line["index"],
        leaf_hash=leaf_hash,
        at=clock.from_text(line["time"]),
        action=line["action"],
        actor=line["actor"],
        record_id=record_id,
        exercise=exercise,
        version=version,
        after=after,
    )


class _Maker:
    """Makes the facts of one line's statements, so that each builder below names only what is its own."""

    def __init__(self, line: LineFacts, hub: Hub, titles: Titles, earlier: Earlier) -> None:
        self.line = line
        self.hub = hub
        self.titles = titles
        self.earlier = earlier

    def exercise(self) -> Activity:
        line = self.line
        return exercise_activity(self.hub, line.exercise, self.titles(line.exercise, line.version, None))

    def step(self) -> Activity | None:
        line, step = self.line, self.line.code("step")
        if step is None:
            return None
        return step_activity(self.hub, line.exercise, step, self.titles(line.exercise, line.version, step))

    def about_exercise(self, verb: Verb, part: str, **more: Any) -> Facts:
        return self._facts(verb, part, self.exercise(), **more)

    def about_step(self, verb: Verb, part: str, **more: Any) -> Facts:
        step = self.step()
        if step is None:
            return self.about_exercise(verb, part, **more)
        return self._facts(verb, part, step, parent=(self.exercise(),), **more)

    def about_competency(self, code: str, **more: Any) -> Facts:
        competency = competency_activity(self.hub, code)
        return self._facts(Verb.EARNED, f"earned/{code}", competency, parent=(self.exercise(),), **more)

    def void(self, statement: Reference) -> Facts:
        return self._facts(Verb.VOIDED, f"voided/{statement.id}", statement)

    def submission(self) -> Reference | None:
        """Return the statement by which the record was handed in last."""
        lines = [line for line in self.earlier(self.line) if line.action == Action.RECORD_COMPLETED]
        return lines[-1].statement(_SUBMITTED) if lines else None

    def told_before(self) -> list[Facts]:
        """Return what the earlier lines about the record said, in their order."""
        lines = self.earlier(self.line)
        makers = [
            _Maker(line, self.hub, self.titles, lambda _, before=lines[:place]: before)  # type: ignore[misc]
            for place, line in enumerate(lines)
        ]
        return [facts for maker in makers for facts in _told(maker)]

    def _facts(self, verb: Verb, part: str, about: Activity | Reference, **more: Any) -> Facts:
        line = self.line
        extensions = self._extensions() | more.pop("extensions", {})
        return Facts(
            source=f"{line.source}#{part}",
            actor=more.pop("actor", line.actor),
            verb=verb,
            object=about,
            at=line.at,
            registration=registration_of(line.record_id),
            revision=str(line.version),
            extensions=extensions,
            **more,
        )

    def _extensions(self) -> dict[Extension, Any]:
        said = {
            Extension.LINE: self.line.leaf_hash,
            Extension.RECORD: self.line.code("record"),
            Extension.PURPOSE: _word(self.line.after.get("purpose"), _PURPOSES),
        }
        return {key: value for key, value in said.items() if value is not None}


def _common(make: _Maker) -> Iterator[Facts]:
    """Give what any act on a record may mean besides its own statements."""
    line = make.line
    if line.after.get("first") is True:
        yield make.about_exercise(Verb.INITIALIZED, "initialized", actor=line.performer)
    if line.after.get("out_of_limit") is True:
        yield make.about_step(Verb.OUT_OF_LIMIT, _OUT_OF_LIMIT, extensions=_about_limit(line))


def _completed(make: _Maker) -> Iterator[Facts]:
    yield make.about_step(Verb.COMPLETED, "completed", extensions=_present({Extension.EQUIPMENT: _codes(make.line)}))


def _corrected(make: _Maker) -> Iterator[Facts]:
    field = _present({Extension.FIELD: make.line.code("field")})
    yield make.about_step(Verb.CORRECTED, _CORRECTED, extensions=field, refers=_superseded(make))


def _superseded(make: _Maker) -> Reference | None:
    """Return the statement that said last what stood in the place of a corrected value; most values made none."""
    for line in reversed(make.earlier(make.line)):
        if all(line.after.get(name) == make.line.after.get(name) for name in _PLACE):
            if line.action == Action.ENTRY_CORRECTED:
                return line.statement(_CORRECTED)
            return line.statement(_OUT_OF_LIMIT) if line.after.get("out_of_limit") is True else None
    return None


def _verified(make: _Maker) -> Iterator[Facts]:
    yield make.about_step(Verb.VERIFIED, "verified", extensions=_about_signature(make.line, Meaning.VERIFIED))


def _submitted(make: _Maker) -> Iterator[Facts]:
    yield _signed(make, Meaning.PERFORMED)
    yield make.about_exercise(Verb.SUBMITTED, _SUBMITTED)


def _returned(make: _Maker) -> Iterator[Facts]:
    """A record that went back is not handed in: what said so is voided, until it is handed in again."""
    submission = make.submission()
    if submission:
        yield make.void(submission)


def _reattributed(make: _Maker) -> Iterator[Facts]:
    """A record that was another person's work: everything that was told of whom it was filed under is voided."""
    told = make.told_before()
    voided = {facts.object.id for facts in told if isinstance(facts.object, Reference)}
    for facts in told:
        about = Reference(statement_id(facts.source))
        if facts.actor == make.line.performer and facts.verb is not Verb.VOIDED and about.id not in voided:
            yield make.void(about)


def _reviewed(make: _Maker) -> Iterator[Facts]:
    yield _signed(make, Meaning.REVIEWED)


def _signed(make: _Maker, meaning: Meaning) -> Facts:
    return make.about_exercise(Verb.SIGNED, "signed", extensions=_about_signature(make.line, meaning))


def _approved(make: _Maker) -> Iterator[Facts]:
    """Give the outcome of an approved record: the decision on competency makes it passed or failed."""
    competent = make.line.after.get("decision") == Verdict.COMPETENT
    yield from _concluded(make, Meaning.APPROVED, passed=competent)
    code = make.line.code("competency")
    # One pass of several that the competency asks for is passed, and not yet earned (CO-1).
    award = make.line.after.get("award")
    awarded = isinstance(award, dict) and award.get("awards") is True
    if competent and code and awarded and _counts(make.line):
        more = _about_signature(make.line, Meaning.APPROVED)
        yield make.about_competency(code, actor=make.line.performer, instructor=make.line.actor, extensions=more)


def _rejected(make: _Maker) -> Iterator[Facts]:
    yield from _concluded(make, Meaning.REJECTED, passed=False)


def _concluded(make: _Maker, meaning: Meaning, *, passed: bool) -> Iterator[Facts]:
    """Give the statement about the performer, with who decided as the instructor; none for practice (ER-26).

    An LMS takes `passed` for what it says: a practice record must not earn a grade.
    """
    line = make.line
    if _counts(line):
        yield make.about_exercise(
            Verb.PASSED if passed else Verb.FAILED,
            "concluded",
            actor=line.performer,
            instructor=line.actor,
            refers=make.submission(),
            outcome=Outcome(passed, _read_score(line.after.get("score"))),
            extensions=_about_signature(line, meaning),
        )


def _counts(line: LineFacts) -> bool:
    return line.after.get("counts") is not False


def _read_score(given: Any) -> Score | None:
    """Read `{"achieved": …, "possible": …}`; None where nothing was possible, or the points make no sense."""
    if not isinstance(given, dict):
        return None
    achieved, possible = given.get("achieved"), given.get("possible")
    if not isinstance(achieved, int) or not isinstance(possible, int) or not 0 <= achieved <= possible or not possible:
        return None
    return Score(Decimal(achieved), Decimal(possible))


def _about_limit(line: LineFacts) -> dict[Extension, Any]:
    """Name the field and the exceptions that the value opened."""
    numbers = line.after.get("exceptions")
    opened = numbers if isinstance(numbers, list) and all(isinstance(number, int) for number in numbers) else None
    return _present({Extension.FIELD: line.code("field"), Extension.EXCEPTIONS: opened})


def _codes(line: LineFacts) -> list[str] | None:
    """Return the codes of the equipment that the line names; what has not the form of a code is not taken over."""
    given = line.after.get("equipment")
    if not isinstance(given, list):
        return None
    return [code for code in given if isinstance(code, str) and _CODE.fullmatch(code)] or None


def _about_signature(line: LineFacts, meaning: Meaning) -> dict[Extension, Any]:
    """Name a signature's meaning and the digest of its manifest, never what was signed (XA-4)."""
    manifest = line.after.get("signature")
    known = isinstance(manifest, str) and _DIGEST.fullmatch(manifest)
    return {Extension.MEANING: meaning.value} | ({Extension.MANIFEST: manifest} if known else {})


def _word(given: Any, vocabulary: frozenset[str]) -> str | None:
    return given if isinstance(given, str) and given in vocabulary else None


def _present(extensions: Mapping[Extension, Any]) -> dict[Extension, Any]:
    return {key: value for key, value in extensions.items() if value is not None}


_BY_ACTION: dict[str, Callable[[_Maker], Iterator[Facts]]] = {
    Action.STEP_COMPLETED: _completed,
    Action.ENTRY_CORRECTED: _corrected,
    Action.STEP_VERIFIED: _verified,
    Action.RECORD_COMPLETED: _submitted,
    Action.RECORD_REATTRIBUTED: _reattributed,
    Action.RECORD_RETURNED: _returned,
    Action.RECORD_REVIEWED: _reviewed,
    Action.RECORD_APPROVED: _approved,
    Action.RECORD_REJECTED: _rejected,
}
