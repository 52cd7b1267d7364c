"""A record from issue to decision through the API alone: everything the screens do, with bearer tokens."""

from typing import Any
from uuid import uuid4

import pytest

from app.exercises.queries import current_version
from app.exercises.rules.master import Exercise, Field, FieldType, Step, Validity
from app.notebook.rules.sheet import positions
from tests.installation import Installation, password_of
from tests.signers import give_key, load_library
from tests.tokens import bearer

VALUES = {"masses_1000": "996.8", "masses_500": "498.4", "masses_100": "99.7", "balance_readability": "0.1"}


class Program:
    """A program that works for a person; it counts the lines that each of its requests writes."""

    def __init__(self, house: Installation, login: str) -> None:
        self.house, self.headers = house, bearer(house, login)
        self.client = house.client()

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1{path}", headers=self.headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def act(self, path: str, body: dict[str, Any] | None = None, *, status: int = 200) -> Any:
        """Send an act; a successful one writes exactly one line (P11.10(e)-1)."""
        before = self.house.all_lines()
        headers = self.headers | {"Idempotency-Key": uuid4().hex}
        answer = self.client.post(f"/api/v1{path}", json=body or {}, headers=headers)
        assert answer.status_code == status, answer.get_data(as_text=True)
        if status == 200:
            assert self.house.all_lines() == before + 1, path
        return answer.get_json()


@pytest.fixture
def programs(house: Installation) -> tuple[Program, Program]:
    """Programs of a trainee and of an assessor, in a house with keys and the pipette exercise."""
    load_library(house, "PIP-001")
    give_key(house, "trainee", "trainee2", "assessor")
    return Program(house, "trainee"), Program(house, "assessor")


@pytest.mark.requirement("P11.10(e)-1", "P11.10(f)", "ER-13", "CO-1")
def test_a_record_goes_from_issue_to_competency_without_a_screen(
    house: Installation, programs: tuple[Program, Program]
) -> None:
    trainee, assessor = programs
    issue = {"exercise": "PIP-001", "performer": house.person("trainee").id, "purpose": "assessment"}
    record = assessor.act("/records", issue)
    path = f"/records/{record['id']}"

    execute(house, trainee, path)
    trainee.act(f"{path}/signature", signing("trainee", trainee.get(path)["digest"]))
    review(assessor, path)
    decision = {"verdict": "competent", "judgements": judgements(house), "scope": "Pipettes 100 – 1000 µL"}
    preview = assessor.client.post(
        f"/api/v1{path}/decision/preview", json=decision, headers=assessor.headers
    ).get_json()
    signed = {"meaning": "APPROVED", "salt": preview["salt"], **signing("assessor", preview["digest"])}
    assessor.act(f"{path}/decision", decision | signed)

    whole = trainee.get(path)
    assert whole["state"] == "approved"
    assert {found["meaning"] for found in whole["signatures"]} == {"PERFORMED", "VERIFIED", "REVIEWED", "APPROVED"}
    assert {found["coverage"] for found in whole["signatures"]} == {"covers"}


@pytest.mark.requirement("P11.10(f)")
def test_a_repeated_request_answers_as_before_and_records_nothing_twice(
    house: Installation, programs: tuple[Program, Program]
) -> None:
    trainee, _ = programs
    record = trainee.act("/records", {"exercise": "PIP-001", "purpose": "practice"})
    headers = trainee.headers | {"Idempotency-Key": uuid4().hex}
    body = {"field": "temperature_before", "value": "21.5"}
    url = f"/api/v1/records/{record['id']}/entries"

    answers = [trainee.client.post(url, json=body, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json()
    assert len(trainee.get(f"/records/{record['id']}")["entries"]) == 1


@pytest.mark.requirement("AS-8.4.1")
def test_another_operators_record_is_as_absent_as_one_that_never_was(
    house: Installation, programs: tuple[Program, Program]
) -> None:
    trainee, _ = programs
    record = trainee.act("/records", {"exercise": "PIP-001", "purpose": "practice"})
    stranger = Program(house, "beta_assessor")

    answers = [
        stranger.client.get(f"/api/v1/records/{identifier}", headers=stranger.headers)
        for identifier in (record["id"], str(uuid4()))
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].get_data() == answers[1].get_data()


def execute(house: Installation, trainee: Program, path: str) -> None:
    """Fill, comment, complete and have checked every step."""
    with house.storage.reading() as session:
        exercise = current_version(session, "PIP-001").exercise
    for step in exercise.steps():
        for found in step.fields:
            for position in positions(found) if not found.is_calculated else ():
                trainee.act(f"{path}/entries", {"field": found.id, "position": position, **typed(found)})
        for exception in trainee.get(path)["exceptions"]:
            if exception["comment"] is None:
                body = {"reason": "Seen and noted at the bench."}
                trainee.act(f"{path}/exceptions/{exception['number']}/comment", body)
        trainee.act(f"{path}/steps/{step.id}/completion")
        if step.check:
            check(exercise, trainee, path, step)


def check(exercise: Exercise, trainee: Program, path: str, step: Step) -> None:
    """Let a second person check a step, with their own readings."""
    digest = next(found["digest"] for found in trainee.get(path)["steps"] if found["id"] == step.id)
    readings = [
        {"field": wanted.field, "position": 1 if exercise.field(wanted.field).repeat > 1 else None, **reading}
        for wanted in (step.check.readings if step.check else ())
        for reading in [{"value": typed(exercise.field(wanted.field))["value"]}]
    ]
    body = {"login": "trainee2", "readings": readings, **signing("trainee2", digest)}
    trainee.act(f"{path}/steps/{step.id}/check", body)


def review(assessor: Program, path: str) -> None:
    """Take into review, judge every exception, sign REVIEWED."""
    assessor.act(f"{path}/review")
    for exception in assessor.get(path)["exceptions"]:
        body = {"judgement": "accepted", "reason": "No bearing on the result."}
        assessor.act(f"{path}/exceptions/{exception['number']}/judgement", body)
    shown = assessor.get(f"{path}/review")
    line = {"shown_line": shown["facts"]["trail"]["last"]}
    assessor.act(f"{path}/review/signature", signing("assessor", shown["digest"]) | line)


def typed(found: Field) -> dict[str, str]:
    """Return something to type into a field."""
    if found.type is FieldType.EQUIPMENT:
        return {"code": "BAL-07", "serial": "4402187", "due": "2099-01-31"}
    if found.type is FieldType.LOT:
        return {"number": "L-0426", "due": "" if found.validity is Validity.NONE else "2099-01-31"}
    if found.type is FieldType.DATETIME:
        return {"value": "2026-11-23T09:00"}
    if found.type is FieldType.CHOICE:
        return {"value": found.choices[0].code}
    if found.type is FieldType.CHECKBOX:
        return {"value": "true"}
    if found.type is FieldType.TEXT:
        return {"value": "Rien à signaler"}
    return {"value": VALUES.get(found.id, "21")}


def judgements(house: Installation) -> dict[str, dict[str, str]]:
    """Return every criterion as met."""
    with house.storage.reading() as session:
        exercise = current_version(session, "PIP-001").exercise
    return {criterion.id: {"outcome": "met"} for criterion in exercise.criteria}


def signing(login: str, digest: str) -> dict[str, str]:
    """Return what a signature takes."""
    return {"password": password_of(login), "shown_digest": digest}
