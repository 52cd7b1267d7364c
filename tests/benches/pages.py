"""A record in people's hands: what trainee, second person and assessor do with it, each deed as its page sends it."""

import io
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from app.exercises.rules.parsing import parse_exercise
from app.exercises.services import load_exercise
from app.notebook.models import Record
from app.notebook.queries import sheet_of
from app.notebook.rules.sheet import EntryFacts, ExceptionFacts, Sheet
from tests.benches.reading import shown_by, text_of
from tests.installation import Installation, Tablet, password_of
from tests.signers import LOADER, give_key

EXERCISE = """
format: 1
code: TST-001
version: 1
series: TST
title: {fr: "Pesée d'essai", en: "Trial weighing"}
summary: {fr: "Trois pesées.", en: "Three weighings."}
source: "test"
licence: Apache-2.0
hands_on_minutes: 10
competency: TST-ONE
criteria:
  - {id: crit_technique, critical: true, text: {fr: "Pèse avec soin.", en: "Weighs with care."}}
  - {id: crit_words, text: {fr: "Explique l'écart-type.", en: "Explains the deviation."}}
sections:
  - id: preparation
    title: {fr: "Préparation", en: Preparation}
    steps:
      - id: instrument
        title: {fr: "Instrument", en: Instrument}
        instruction: {fr: "Relevez la **balance**.", en: "Record the **balance**."}
        fields:
          - id: balance
            type: equipment
            label: {fr: Balance, en: Balance}
            kind: {code: balance, label: {fr: Balance, en: Balance}}
          - {id: remark, type: text, label: {fr: Remarque, en: Remark}, required: false}
      - id: instrument_check
        title: {fr: "Contrôle", en: Check}
        instruction: {fr: "Présentez l'étiquette.", en: "Show the label."}
        fields:
          - {id: label_shown, type: checkbox, label: {fr: "Étiquette présentée", en: "Label shown"}}
        check:
          statement: {fr: "J'ai comparé l'étiquette.", en: "I compared the label."}
  - id: measuring
    title: {fr: "Mesures", en: Measurements}
    ordered: true
    steps:
      - id: weighing
        title: {fr: "Trois pesées", en: "Three weighings"}
        instruction: {fr: "Pesez trois fois.", en: "Weigh three times."}
        fields:
          - id: masses
            type: decimal
            label: {fr: Masse, en: Mass}
            unit: {code: mg, display: mg}
            repeat: 3
            limits: [{kind: action, minimum: "90", maximum: "110"}]
        check:
          statement: {fr: "J'ai lu une masse moi-même.", en: "I read one mass myself."}
          readings: [{field: masses, count: 1, blind: true, agreement: "0.1"}]
      - id: rinsing
        title: {fr: "Rinçage", en: Rinsing}
        instruction: {fr: "Rincez s'il le faut.", en: "Rinse if needed."}
        not_applicable: true
        fields:
          - {id: rinsed, type: checkbox, label: {fr: "Rincé", en: Rinsed}}
          - {id: volume, type: integer, label: {fr: Volume, en: Volume}, not_applicable: true}
      - id: result
        title: {fr: "Résultat", en: Result}
        instruction: {fr: "Concluez.", en: "Conclude."}
        fields:
          - id: mean_mass
            type: calculated
            label: {fr: Moyenne, en: Mean}
            unit: {code: mg, display: mg}
            formula: "mean(masses)"
            decimals: 2
            limits: [{kind: specification, minimum: "95", maximum: "105"}]
          - {id: read, type: checkbox, label: {fr: "Résultat lu", en: "Result read"}}
"""
MASSES = {1: "99,8", 2: "100,1", 3: "100,0"}
BALANCE = {"code": "BAL-07", "serial": "4402187", "due": "2099-01-31"}


def _furnish(house: Installation) -> None:
    """Load the exercise, and give the second person a key."""
    with house.acting() as session:
        load_exercise(session, parse_exercise(EXERCISE, "TST-001.yaml"), actor=LOADER)
    give_key(house, "trainee2")


@dataclass
class PageBench:
    """A record in the hands of a trainee, and what people do with it through its pages."""

    house: Installation
    trainee: Tablet
    assessor: Tablet
    record_id: str = ""

    @property
    def path(self) -> str:
        """The address of the record."""
        return f"/records/{self.record_id}"

    def issue(self) -> TestResponse:
        """Let the assessor issue a record to the trainee."""
        performer = self.house.person("trainee").id
        form = {"exercise": "TST-001", "performer": performer, "purpose": "assessment"}
        answer = self.assessor.act("/records/new", form)
        self.record_id = answer.location.rsplit("/", 1)[-1] if answer.status_code == 303 else ""
        return answer

    def step(self, step: str) -> str:
        """Return the text of a step's page."""
        return text_of(self.trainee.get(f"{self.path}/steps/{step}"))

    def page(self, path: str = "", *, client: Tablet | None = None) -> str:
        """Return the text of a page of the record."""
        return text_of((client or self.trainee).get(self.path + path))

    def enter(self, step: str, place: str, value: str | dict[str, str], **more: Any) -> TestResponse:
        """Record a value at a place such as `balance` or `masses-2`."""
        name, _, position = place.partition("-")
        typed = value if isinstance(value, dict) else {"value": value}
        form = {"field": name, "position": position} | typed | more
        return self.trainee.act(f"{self.path}/steps/{step}/entries", form)

    def attach(
        self, step: str, content: bytes, name: str = "balance.jpg", part: str = "file", **form: str
    ) -> TestResponse:
        """Attach a file to a step; `form` is what differs from a right form."""
        filled = {"description": "Affichage de la balance", "origin": "original"} | form
        sent: dict[str, Any] = filled | {part: (io.BytesIO(content), name)}
        return self.trainee.act(f"{self.path}/steps/{step}/files", sent, content_type="multipart/form-data")

    def complete(self, step: str) -> TestResponse:
        """Say that a step is done."""
        return self.trainee.act(f"{self.path}/steps/{step}/complete")

    def check(self, step: str, login: str = "trainee2", **form: str) -> TestResponse:
        """Let a second person check a step at the trainee's tablet; `form` is what differs from a right check."""
        page = self.trainee.get(f"{self.path}/steps/{step}/check")
        filled = shown_by(page) | {"login": login, "password": password_of(login)}
        if step == "weighing":
            filled |= {"at.masses.1": "1", "second.masses.1": MASSES[1]}
        return self.trainee.act(
            f"{self.path}/steps/{step}/check", filled | {_dotted(name): form[name] for name in form}
        )

    def comment(self, number: int, reason: str = "Vu et noté au poste.") -> TestResponse:
        """Comment on an exception."""
        step = self.exception(number).step_id
        return self.trainee.act(f"{self.path}/exceptions/{number}/comment", {"reason": reason, "step": step})

    def change(
        self, how: str, place: str, value: str | dict[str, str], reason: str = "Chiffres inversés."
    ) -> TestResponse:
        """Correct or repeat what stands at a place."""
        typed = value if isinstance(value, dict) else {"value": value}
        sequence = self.latest(place).sequence
        return self.trainee.act(f"{self.path}/entries/{sequence}/{how}", {"reason": reason} | typed)

    def prepare(self) -> None:
        """Do the first section, its check included."""
        self.prepare_to_check()
        self.check("instrument_check")

    def prepare_to_check(self) -> None:
        """Do the first section up to its check."""
        self.enter("instrument", "balance", BALANCE)
        self.complete("instrument")
        self.enter("instrument_check", "label_shown", "true")
        self.complete("instrument_check")

    def weigh(self, **masses: str) -> None:
        """Weigh three times, complete the step and have it checked."""
        for number, mass in MASSES.items():
            self.enter("weighing", f"masses-{number}", mass)
        self.complete("weighing")
        self.check("weighing")

    def finish(self) -> None:
        """Do what comes after the weighing."""
        self.trainee.act(f"{self.path}/steps/rinsing/not-applicable", {"reason": "Balance propre."})
        self.enter("result", "read", "true")
        self.complete("result")

    def execute(self) -> None:
        """Do everything that a record needs before its signature."""
        self.prepare()
        self.weigh()
        self.finish()

    def sign(self, **form: str) -> TestResponse:
        """Sign as performed."""
        page = self.trainee.get(f"{self.path}/sign")
        return self.trainee.act(f"{self.path}/sign", signature(page, "trainee") | form)

    def take(self) -> TestResponse:
        """Take the record into review."""
        return self.assessor.act(f"{self.path}/review")

    def record(self) -> Record:
        """Return the record's row."""
        with self.house.storage.reading() as session:
            return session.scalars(select(Record).where(Record.id == self.record_id)).one()

    def sheet(self) -> Sheet:
        """Return the record as its entries say it stands."""
        with self.house.storage.reading() as session:
            return sheet_of(session, self.record())

    def latest(self, place: str) -> EntryFacts:
        """Return the entry that counts at a place."""
        name, _, position = place.partition("-")
        found = self.sheet().cell(name, int(position) if position else None).latest
        assert found is not None, place
        return found

    def exception(self, number: int) -> ExceptionFacts:
        """Return an exception by its number."""
        return self.sheet().exceptions[number - 1]

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of the trail about the record."""
        return [line for line in self.house.lines("ALPHA") if line["subject"] == f"record:{self.record_id}"]


def at_bench(house: Installation) -> PageBench:
    """Return a bench with a record that was just issued."""
    _furnish(house)
    bench = PageBench(house, house.signed_in("trainee"), house.signed_in("assessor"))
    bench.issue()
    return bench


def signature(page: TestResponse, login: str) -> dict[str, str]:
    """Return what a signing form sends: what it showed, login and password."""
    return shown_by(page) | {"login": login, "password": password_of(login)}


def _dotted(name: str) -> str:
    """Return the name of a form's field: keyword arguments cannot hold a dot."""
    return name.replace("__", ".")
