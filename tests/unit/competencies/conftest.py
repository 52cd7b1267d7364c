"""A hub with two operators, people in both, and the framework loaded."""

from dataclasses import dataclass
from importlib.resources import files

import pytest

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.competencies.rules import parse_framework
from app.competencies.rules.awarding import Outcome, Verdict
from app.competencies.services import Evidence, Judged, NewDecision, add_decision, load_framework
from app.identity.rules.roles import grants_of
from app.identity.services.operators import add_operator, found_hub
from app.identity.services.people import NewPerson, add_person
from app.kernel.actors import Actor, Permission, Role, system_actor
from app.storage import Storage

COMMAND = system_actor(
    "command", Permission.OPERATOR_ADMINISTER, Permission.PERSON_ADMINISTER, Permission.EXERCISE_LOAD
)


@dataclass
class People:
    """Who is there: ids of operators and people by name, and the acts of assessors told shortly."""

    storage: Storage
    operators: dict[str, str]
    ids: dict[str, str]

    def actor(self, name, *roles, operator="ALPHA"):
        """Return a person as the actor they are with these roles for an operator."""
        held = frozenset(roles or {Role.ASSESSOR})
        return Actor(f"person:{self.ids[name]}", grants_of(held), held, self.operators.get(operator))

    def decide(self, number, passed=True, code="GOW-B", **changes):
        """Let Anna decide on Tom's record of this number, and return the decision."""
        return self.approve(self.asked(number, passed, code, **changes), self.actor("anna"))

    def asked(self, number, passed=True, code="GOW-B", **changes):
        """Return what Anna would be asked to decide."""
        exercise = {"GOW-B": "GOW-001", "PIP-VER": "PIP-001"}.get(code, code)
        record = f"00000000-0000-4000-8000-{number:012}"
        verdict = Verdict.COMPETENT if passed else Verdict.NOT_YET_COMPETENT
        outcome = Outcome.MET if passed else Outcome.NOT_MET
        asked = {
            "operator_id": self.operators["ALPHA"],
            "person_id": self.ids["tom"],
            "competency_code": code,
            "evidence": Evidence(record, f"GOW-2026-{number:04}", "a" * 64, exercise, 1, "b" * 64),
            "verdict": verdict,
            "criteria": {"order": True, "notes": False},
            "judgements": {"order": Judged(outcome), "notes": Judged(Outcome.MET, "clear")},
            "grounds": None if passed else "touched the outside of the hood",
        }
        return NewDecision(**(asked | changes))

    def approve(self, new, actor):
        """Do what the assessment room does: add the decision and write the one line of the approval."""
        with self.storage.transaction() as session:
            decision = add_decision(session, new, actor=actor)
            subject = Subject("record", new.evidence.record_id, new.operator_id)
            note(session, Action.RECORD_APPROVED, subject, actor=actor)
        return decision


@pytest.fixture(scope="session")
def framework():
    """The framework of the library."""
    source = files("config") / "competencies" / "framework.yaml"
    return parse_framework(source.read_text(encoding="utf-8"), "framework.yaml")


@pytest.fixture
def people(storage, framework):
    """A founded hub: Anna assesses and Tom trains at ALPHA, Ines trains at BETA."""
    with storage.transaction() as session:
        found_hub(session, "cahier.example", actor=COMMAND)
    operators, ids = {}, {}
    for code in ("ALPHA", "BETA"):
        with storage.transaction() as session:
            operators[code] = add_operator(session, code, code.title(), zone="Europe/Brussels", actor=COMMAND).id
    for name, operator in {"anna": "ALPHA", "tom": "ALPHA", "ines": "BETA"}.items():
        with storage.transaction() as session:
            new = NewPerson(f"{name}.x", name.title(), "fr", (Role.ASSESSOR if name == "anna" else Role.TRAINEE,))
            ids[name] = add_person(session, new, operator_id=operators[operator], pepper=b"p" * 32, actor=COMMAND)[0].id
    with storage.transaction() as session:
        load_framework(session, framework, actor=COMMAND)
    return People(storage, operators, ids)
