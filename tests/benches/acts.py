"""A small exercise and the shortest way, through the acts themselves, to a record at the point a test begins from.

    bench = a_bench(house)                      # issued to the trainee, nothing entered
    bench.fill("weighing").complete("weighing") # a step at a time
    bench.perform()                             # everything, checked and signed PERFORMED

The exercise asks of everything one: an ordered section, a decimal with a specification, a text that may be not
applicable, three readings with a limit that depends on another value, a calculated value, a blind second reading, a
step that may be set aside. Keys are opened once a house, because opening one takes its time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.assessment import queries as assessment
from app.assessment import services as assessing
from app.assessment.rules import Draft, Judged, facts_of_statement
from app.competencies.rules import parse_framework
from app.competencies.rules.awarding import Outcome, Verdict
from app.competencies.services import load_framework
from app.exercises.rules.master import Exercise
from app.exercises.rules.parsing import parse_exercise
from app.exercises.services import load_exercise
from app.kernel import canonical
from app.notebook import queries
from app.notebook.models import Record
from app.notebook.rules.sheet import Sheet
from app.notebook.rules.words import Judgement, Purpose
from app.notebook.services.closing import complete_record
from app.notebook.services.entries import Place, correct_entry, record_entry
from app.notebook.services.exceptions import comment_exception
from app.notebook.services.issuing import Issue, issue_record
from app.notebook.services.steps import SecondPerson, complete_step, verify_step
from app.signatures.rules import Meaning
from app.signatures.services.keys import OpenKey, open_key
from config import secrets
from tests.installation import Installation, password_of
from tests.signers import LOADER, give_key

FRAMEWORK = """
format: 1
version: 1
competencies:
  - code: TST-A
    title: {fr: Peser juste, en: Weigh right}
    scope: {fr: Une balance, en: One balance}
    validity_months: 12
    rule: {consecutive_passes: PASSES}
    exercises: [TST-001]
"""

EXERCISE = """
format: 1
code: TST-001
version: 1
series: TST
title: {fr: Une petite pesée, en: A small weighing}
summary: {fr: Pour les essais, en: For tests}
source: test
licence: Apache-2.0
hands_on_minutes: 5
competency: TST-A
criteria:
  - {id: tidy, text: {fr: Reste ordonné, en: Stays tidy}}
  - {id: exact, critical: true, text: {fr: Pèse juste, en: Weighs right}}
sections:
  - id: work
    ordered: true
    title: {fr: Travail, en: Work}
    steps:
      - id: weighing
        title: {fr: Pesée, en: Weighing}
        instruction: {fr: Pesez., en: Weigh.}
        fields:
          - id: mass
            type: decimal
            label: {fr: Masse, en: Mass}
            unit: {code: g, display: g}
            limits: [{kind: specification, minimum: "9.5", maximum: "10.5"}]
          - {id: remark, type: text, label: {fr: Remarque, en: Remark}, not_applicable: true}
      - id: reading
        title: {fr: Lecture, en: Reading}
        instruction: {fr: Lisez trois fois., en: Read three times.}
        fields:
          - id: drift
            type: decimal
            label: {fr: Dérive, en: Drift}
            unit: {code: g, display: g}
            repeat: 3
            limits: [{kind: action, maximum: "mass / 10"}]
          - id: mean_drift
            type: calculated
            label: {fr: Dérive moyenne, en: Mean drift}
            unit: {code: g, display: g}
            formula: "mean(drift)"
            decimals: 2
        check:
          statement: {fr: J'ai lu moi-même., en: I read it myself.}
          readings: [{field: drift, blind: true, agreement: "0.05"}]
  - id: closing
    title: {fr: Clôture, en: Closing}
    steps:
      - id: cleaning
        not_applicable: true
        title: {fr: Nettoyage, en: Cleaning}
        instruction: {fr: Nettoyez., en: Clean.}
        fields:
          - {id: clean, type: checkbox, label: {fr: Propre, en: Clean}}
"""

STEPS: dict[str, tuple[tuple[str, int | None, str], ...]] = {
    "weighing": (("mass", None, "10,0"), ("remark", None, "Rien")),
    "reading": (("drift", 1, "0,10"), ("drift", 2, "0,20"), ("drift", 3, "0,30")),
    "cleaning": (("clean", None, "true"),),
}
MET = {"tidy": Judged(Outcome.MET), "exact": Judged(Outcome.MET)}


def small_exercise() -> Exercise:
    """Return the small exercise."""
    return parse_exercise(EXERCISE, "TST-001.yaml")


def furnish(house: Installation, *signers: str, passes: int = 1) -> None:
    """Load the small exercise and its competency, and give these people keys."""
    framework = parse_framework(FRAMEWORK.replace("PASSES", str(passes)), "framework.yaml")
    with house.acting() as session:
        load_framework(session, framework, actor=LOADER)
    with house.acting() as session:
        load_exercise(session, small_exercise(), actor=LOADER)
    give_key(house, *signers)


def a_bench(
    house: Installation, performer: str = "trainee", purpose: Purpose = Purpose.ASSESSMENT, issuer: str = "assessor"
) -> Bench:
    """Issue a record of the small exercise."""
    issue = Issue("TST-001", house.person(performer).id, purpose)
    with house.acting() as session:
        record = issue_record(session, issue, actor=house.actor(issuer))
    return Bench(house, record.id, performer)


@dataclass
class Bench:
    """A record under work; each method does one act or more, by those who usually do it, and returns the bench."""

    house: Installation
    record_id: str
    performer: str = "trainee"

    @property
    def path(self) -> str:
        """The address of the record's pages."""
        return f"/records/{self.record_id}"

    @property
    def record(self) -> Record:
        """The record's row as it stands."""
        with self.house.storage.reading() as session:
            return session.get_one(Record, self.record_id)

    @property
    def sheet(self) -> Sheet:
        """The record's sheet as it stands."""
        with self.house.storage.reading() as session:
            return queries.sheet_of(session, session.get_one(Record, self.record_id))

    def act(self, service: Callable[..., Any], *given: Any, by: str = "", **more: Any) -> Any:
        """Do one act on the record, as its performer or somebody else."""
        actor = self.house.actor(by or self.performer)
        with self.house.acting() as session:
            return service(session, self.record_id, *given, actor=actor, **more)

    def act_and(self, service: Callable[..., Any], *given: Any, **more: Any) -> Bench:
        """Do one act on the record, and return the bench."""
        self.act(service, *given, **more)
        return self

    def signed(self, service: Callable[..., Any], signable: Callable[[Session], Any], by: str, *given: Any) -> None:
        """Do an act that signs what `signable` returns now."""
        with self.house.storage.reading() as session:
            shown = signable(session).digest
        self.act(service, *given, key_of(self.house, by), shown, by=by)

    def enter(self, field: str, value: str, position: int | None = None) -> Bench:
        """Record a value."""
        self.act(record_entry, Place(field, position), {"value": value})
        return self

    def correct(self, sequence: int, value: str, reason: str = "Erreur de frappe") -> Bench:
        """Correct an entry."""
        self.act(correct_entry, sequence, {"value": value}, reason=reason)
        return self

    def fill(self, *steps: str) -> Bench:
        """Record good values in every empty cell of these steps."""
        for step in steps:
            for field, position, value in STEPS[step]:
                if not self.sheet.cell(field, position).is_filled:
                    self.enter(field, value, position)
        return self

    def comment(self) -> Bench:
        """Comment on every exception that has no comment yet."""
        for found in self.sheet.exceptions:
            if found.comment is None:
                self.act(comment_exception, found.number, reason="Vu et noté")
        return self

    def complete(self, *steps: str) -> Bench:
        """Complete these steps."""
        for step in steps:
            self.act(complete_step, step)
        return self

    def check(self, by: str = "trainee2", step: str = "reading", reading: str = "0,10") -> Bench:
        """Have a step checked by a second person who reads the first reading again."""
        with self.house.storage.reading() as session:
            record = session.get_one(Record, self.record_id)
            shown = queries.signable_step(record, queries.sheet_of(session, record), step).digest
        readings = {Place("drift", 1): {"value": reading}}
        second = SecondPerson(self.house.actor(by), key_of(self.house, by), shown, readings)
        with self.house.acting() as session:
            verify_step(session, self.record_id, step, second, host=self.house.actor(self.performer))
        return self

    def sign(self) -> Bench:
        """Sign PERFORMED."""
        self.signed(complete_record, lambda session: queries.signable_record(*self._whole(session)), self.performer)
        return self

    def finish(self, checker: str = "trainee2") -> Bench:
        """Do all that is left before the signature."""
        self.fill("weighing").comment().complete("weighing").fill("reading").comment().complete("reading")
        return self.check(checker).fill("cleaning").complete("cleaning")

    def perform(self, checker: str = "trainee2") -> Bench:
        """Do all that is left, and sign PERFORMED."""
        return self.finish(checker).sign()

    def begin_review(self, by: str = "assessor") -> Bench:
        """Take the record into review."""
        self.act(assessing.begin_review, by=by)
        return self

    def judge(self, judgement: Judgement = Judgement.ACCEPTED, by: str = "assessor") -> Bench:
        """Judge every exception that is not judged yet."""
        for found in self.sheet.exceptions:
            if found.judgement is None:
                self.act(assessing.judge_exception, found.number, judgement, by=by, reason="Sans effet")
        return self

    def review(self, by: str = "assessor") -> Bench:
        """Take into review, judge every exception, sign REVIEWED."""
        return self.begin_review(by).judge(by=by).review_signature(by)

    def review_signature(self, by: str = "assessor") -> Bench:
        """Sign REVIEWED."""
        shown, line = self.shown_review()
        self.act(assessing.sign_review, key_of(self.house, by), shown, line, by=by)
        return self

    def shown_review(self) -> tuple[str, int]:
        """Return what the page of the review's signature shows: the digest, and the last line about the record."""
        with self.house.storage.reading() as session:
            signable = assessment.signable_review(session, *self._whole(session))
        return signable.digest, signable.facts["trail"]["last"]

    def decision(
        self, verdict: Verdict = Verdict.COMPETENT, grounds: str = "", judgements: Mapping[str, Judged] = MET
    ) -> tuple[Draft, str]:
        """Return a draft and the digest that its preview shows."""
        draft = Draft(canonical.new_salt(), verdict, grounds, "Une balance", judgements)
        with self.house.storage.reading() as session:
            record, sheet = self._whole(session)
            facts = facts_of_statement(draft)
            return draft, assessment.signable_conclusion(session, record, sheet, draft.commitment(), facts).digest

    def conclude(self, meaning: Meaning = Meaning.APPROVED, by: str = "assessor", **decided: Any) -> Bench:
        """Sign APPROVED, competent, or what is asked."""
        draft, shown = self.decision(**decided)
        self.act(assessing.conclude, draft, key_of(self.house, by), shown, meaning=meaning, by=by)
        return self

    def _whole(self, session: Session) -> tuple[Record, Sheet]:
        record = session.get_one(Record, self.record_id)
        return record, queries.sheet_of(session, record)


def key_of(house: Installation, login: str) -> OpenKey:
    """Return a person's opened key; opened once a house."""
    known = house.app.extensions.setdefault("keys_of_the_tests", {})
    if login not in known:
        pepper = secrets.read_secret(house.settings.keys, "pepper")
        with house.storage.reading() as session:
            known[login] = open_key(session, house.person(login).id, password_of(login), pepper)
    key: OpenKey = known[login]
    return key
