"""What a signature covers: the digests that the rows give, as docs/evidence-format.md builds them."""

from collections.abc import Iterable
from typing import Any

from app.verifier.parts.bundle import Line, Row, Signature
from app.verifier.parts.canonical import digest_of, is_count, read_json
from app.verifier.parts.case import Case
from app.verifier.parts.faults import Malformed

HEADER = {
    "record": "id", "number": "number", "exercise": "exercise_code", "version": "exercise_version",
    "exercise_digest": "exercise_digest", "purpose": "purpose", "language": "language", "zone": "zone",
    "release": "release", "performer": "performer_id", "issued_at": "issued_at", "issued_by": "issued_by",
}  # fmt: skip
ENTRY = {
    "sequence": "sequence", "kind": "kind", "step": "step_id", "field": "field_id", "position": "position",
    "attempt": "attempt", "corrects": "corrects", "value": "value", "unit": "unit", "source": "source",
    "evaluation": "evaluation", "reason": "reason", "performer": "performed_by", "time": "recorded_at",
}  # fmt: skip
EXCEPTION = {
    "number": "number", "kind": "kind", "step": "step_id", "field": "field_id", "position": "position",
    "entry": "entry", "facts": "facts", "comment": "comment", "by": "opened_by",
}  # fmt: skip
JUDGEMENT = {"number": "number", "judgement": "judgement", "grounds": "grounds", "by": "judged_by"}
CHECKED_KINDS = {
    *("value", "correction", "repeat", "not-applicable", "calculated", "step-completed", "step-resumed"),
    *("file", "file-withdrawn"),
}
SENTENCES = {
    "PERFORMED": "I carried out these steps and entered true values.",
    "VERIFIED": "I checked this independently.",
    "REVIEWED": "I examined the data, the exceptions and the audit trail of this record.",
    "APPROVED": "I accept this record and certify the decision on competency.",
    "REJECTED": "I refuse this record on the grounds stated.",
}


class Content:
    """The record as its rows say it, in the shapes that are signed."""

    def __init__(self, case: Case) -> None:
        record = str(case.bundle.about["record"])
        found = case.rows.get(("record", record))
        if found is None:
            raise Malformed("rows-missing", table="record")
        rows = list(case.rows.values())
        self.master = case.master
        self.record = found.columns
        self.header = _shape(self.record, HEADER)
        self.entries = _ordered((row for row in rows if row.table == "entry"), record, "sequence")
        self.exceptions = _ordered((row for row in rows if row.table == "record_exception"), record, "number")

    def digest(self, signature: Signature, line: Line) -> str:
        """Return the digest that a signature has to name; Malformed where the rows do not give one."""
        code = signature.says("meaning", "code")
        if code == "VERIFIED":
            return self._step(signature, line)
        content = self._content(signature)
        if code == "PERFORMED":
            return content
        review = digest_of({"content": content, "judgements": [_shape(one, JUDGEMENT) for one in self.exceptions]})
        if code == "REVIEWED":
            return review
        return digest_of({"review": review, "statement": self.record.get("conclusion")})

    def _content(self, signature: Signature) -> str:
        entries, exceptions = signature.says("facts", "entries"), signature.says("facts", "exceptions")
        if not is_count(entries) or not is_count(exceptions):
            raise Malformed("facts")
        if entries > len(self.entries) or exceptions > len(self.exceptions):
            raise Malformed("rows-fewer")
        return digest_of(
            {
                "header": self.header,
                "entries": [_entry(one) for one in self.entries[:entries]],
                "exceptions": [_exception(one) for one in self.exceptions[:exceptions]],
            }
        )

    def _step(self, signature: Signature, line: Line) -> str:
        step, before = signature.says("facts", "step"), line.after.get("entry")
        if not isinstance(step, str) or signature.says("part") != f"step:{step}" or not is_count(before):
            raise Malformed("facts")
        if self.master is None:
            raise Malformed("exercise-missing")
        covered = covered_steps(self.master, step)
        entries = [
            _entry(one)
            for one in self.entries
            if one.get("kind") in CHECKED_KINDS and one.get("step_id") in covered and one["sequence"] < before
        ]
        return digest_of({"step": step, "entries": entries})


def covered_steps(master: dict[str, Any], step: str) -> set[str]:
    """Return the steps that the check of a step covers: those since the check before it in its section."""
    for section in _listed_objects(master.get("sections")):
        covered: set[str] = set()
        for one in _listed_objects(section.get("steps")):
            covered.add(str(one.get("id")))
            if one.get("id") == step:
                return covered
            if one.get("check") is not None:
                covered = set()
    raise Malformed("step-unknown", step=step)


def counted_exceptions(signature: Signature) -> int:
    """Return how many exceptions a signature says that it covers; none for a step."""
    count = signature.says("facts", "exceptions")
    return int(count) if is_count(count) else 0


def _listed_objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _ordered(rows: Iterable[Row], record: str, by: str) -> list[dict[str, Any]]:
    columns = [row.columns for row in rows if row.columns.get("record_id") == record]
    if any(not is_count(one.get(by)) for one in columns):
        raise Malformed("rows-uncounted", column=by)
    return sorted(columns, key=lambda one: int(one[by]))


def _shape(columns: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {name: columns.get(column) for name, column in names.items()}


def _entry(columns: dict[str, Any]) -> dict[str, Any]:
    return {**_shape(columns, ENTRY), "evaluation": _document(columns.get("evaluation"), [])}


def _exception(columns: dict[str, Any]) -> dict[str, Any]:
    return {**_shape(columns, EXCEPTION), "facts": _document(columns.get("facts"), None)}


def _document(text: Any, otherwise: Any) -> Any:
    """Return what a document says that stands in a column as text."""
    if text is None:
        return otherwise
    if not isinstance(text, str):
        raise Malformed("shape")
    return read_json(text.encode("utf-8"))
