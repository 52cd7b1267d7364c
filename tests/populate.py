"""A small house with something in every evidenced table, so that what is said of all tables is tried on all tables.

Acts first: a room that brings a table brings an act here too (`ACTS`). Where no act fills a table yet, a row is made up
and put in by the witness, so that a new table is covered before anybody thinks of it.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Boolean, Column, Integer, LargeBinary, func, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.anchors import Stamp, log_token
from app.audit.evidence import evidenced_models
from app.audit.models import Checkpoint
from app.audit.sealing import log_of_operator
from app.audit.services import Subject, note
from app.identity.models import Means
from app.identity.rules.people import AccountName
from app.identity.services.enrolling import remove_factor
from app.identity.services.minors import Informed, record_guardian, set_birth_year
from app.identity.services.operators import add_cohort, join_cohort, leave_cohort
from app.identity.services.outside_accounts import link_account
from app.identity.services.people import end_role
from app.identity.services.places import NewPlace, add_site, add_training_room, end_training_room
from app.identity.services.tokens import make_token, revoke_token
from app.kernel import canonical, clock
from app.kernel.actors import Permission, system_actor
from app.notebook.rules.words import Purpose
from app.notebook.services.attributing import confirm_attribution, propose_attribution
from app.notebook.services.closing import abort_record
from app.notebook.services.entries import Place, correct_entry, record_entry
from app.notebook.services.exceptions import raise_exception
from app.notebook.services.issuing import Issue, issue_record
from app.notebook.services.steps import complete_step
from app.privacy.rules.disclosing import Extent, Granted, Use
from app.privacy.rules.erasing import Ground, Share
from app.privacy.rules.requests import Outcome
from app.privacy.rules.retention import RetentionClass, Term
from app.privacy.services.disclosing import add_employer, disclose_results, make_employer_token, view_results
from app.privacy.services.erasing import propose_erasure
from app.privacy.services.expiring import propose_expiry
from app.privacy.services.requesting import answer_request
from app.privacy.services.terms import set_term
from app.signatures.services.accounts import disable_person
from app.signatures.services.ca import open_authority
from app.signatures.services.incidents import report_compromise
from app.storage.columns import CanonicalJson, EnumValue, UtcDateTime
from app.storage.tables import Base, new_id, table_of
from app.web.models import Receipt
from config.secrets import DELIVERY, read_secret
from tests.authenticators import give_authenticator
from tests.flows.privacy_desk import ask, breach, decide, restrict
from tests.installation import FOUNDER, Installation
from tests.lms import populate as lms
from tests.signers import give_key, load_library
from xapi.rules.cmi5 import SESSION_ID, read_launch
from xapi.rules.documents import Content, Context, Resource, Stance
from xapi.rules.editions import ADL
from xapi.rules.parts import Attached
from xapi.rules.reading import read_statements
from xapi.services.cmi5_line import Admission
from xapi.services.cmi5_lms import NewLms, add_lms
from xapi.services.cmi5_sessions import claim_launch, open_session
from xapi.services.credentials import Scope, add_credential
from xapi.services.documents import keep_document
from xapi.services.receiving import prepare_statements, receive_statements

PROGRAMS = system_actor("command", Permission.TARGET_ADMINISTER)
LINE_COLUMNS = {"log_id", "line_index", "row_version"}


def populate(house: Installation) -> None:
    """Do every act of `ACTS` in a founded installation, then make up a row for each table that is still empty."""
    for act in ACTS:
        act(house)
    for table in Base.metadata.sorted_tables:
        if table.name in evidenced_models():
            _make_up(house, evidenced_models()[table.name])


def _sites(house: Installation) -> None:
    hub, operator = house.actor("hub_administrator"), house.operator_id("ALPHA")
    with house.acting() as session:
        site = add_site(session, NewPlace("CHR", "Charleroi"), actor=hub).id
    with house.acting() as session:
        add_training_room(session, site, NewPlace("SB1", "Salle blanche"), actor=hub)
    with house.acting() as session:
        own = NewPlace("LAB", "Laboratoire", operator)
        room = add_training_room(session, site, own, actor=house.actor("administrator")).id
    with house.acting() as session:
        end_training_room(session, room, actor=house.actor("administrator"), reason="Transformée en réserve.")


def _cohorts(house: Installation) -> None:
    assessor = house.actor("assessor")
    with house.acting() as session:
        cohort = add_cohort(session, "Automne", operator_id=house.operator_id("ALPHA"), actor=assessor)
    for login in ("trainee", "trainee2"):
        with house.acting() as session:
            join_cohort(session, cohort.id, house.person(login).id, actor=assessor)
    with house.acting() as session:
        leave_cohort(session, cohort.id, house.person("trainee2").id, actor=assessor)


def _outside_accounts(house: Installation) -> None:
    with house.acting() as session:
        person = house.person("trainee").id
        link_account(session, person, "https://moodle.example", AccountName.IDNUMBER, "20261234", actor=FOUNDER)


def _tokens(house: Installation) -> None:
    actor = house.actor("trainee")
    with house.acting() as session:
        token, _ = make_token(session, actor.person_id or "", "bench", ("read",), days=3, actor=actor)  # type: ignore[arg-type]
    with house.acting() as session:
        revoke_token(session, token.id, actor=actor)


def _roles(house: Installation) -> None:
    with house.acting() as session:
        membership = evidenced_models()["membership"]
        held = session.scalars(select(membership).where(membership.person_id == house.person("author").id)).one()  # type: ignore[attr-defined]
        end_role(session, held.id, actor=FOUNDER, reason="Elle quitte l'équipe.")  # type: ignore[attr-defined]


def _records(house: Installation) -> None:
    load_library(house, "PIP-001")
    give_key(house, "trainee")
    trainee = house.actor("trainee")
    with house.acting() as session:
        issue = Issue("PIP-001", trainee.person_id or "", Purpose.TRAINING)
        record_id = issue_record(session, issue, actor=house.actor("assessor")).id
    for field in ("tip_conditioned", "vessel_covered"):
        with house.acting() as session:
            record_entry(session, record_id, Place(field), {"value": "true"}, actor=trainee)
    with house.acting() as session:
        complete_step(session, record_id, "conditioning", actor=trainee)
    entries = []
    for position, value in enumerate(("996.8", "997.2", "12.5"), 1):
        with house.acting() as session:
            place = Place("masses_1000", position)
            entries.append(record_entry(session, record_id, place, {"value": value}, actor=trainee).sequence)
    with house.acting() as session:
        correct_entry(session, record_id, entries[-1], {"value": "997.1"}, actor=trainee, reason="Mal recopié.")
    with house.acting() as session:
        raise_exception(session, record_id, "weighing_1000", actor=trainee, reason="La porte s'est ouverte.")


def _anchors(house: Installation) -> None:
    with house.acting() as session:
        log = log_of_operator(session, house.operator_id("ALPHA"))
        assert log is not None
        checkpoint = Checkpoint(log_id=log.id, size=log.size, note=b"sample", signed_at=clock.now())
        log_token(session, log, checkpoint, Stamp("https://tsa.example", b"sample", clock.now()), actor=FOUNDER)


def _compromise(house: Installation) -> None:
    give_key(house, "trainee2")
    authority, person = open_authority(house.settings.keys), house.person("trainee2").id
    with house.acting() as session:
        quality = house.actor("quality")
        report_compromise(session, person, clock.now(), actor=quality, reason="Mot de passe lu.", authority=authority)


def _erasures(house: Installation) -> None:
    person = house.person("beta_trainee").id
    with house.acting() as session:
        disable_person(session, person, actor=house.actor("beta_administrator"), reason="Il part.")
    with house.acting() as session:
        shares, decision = tuple(Share), "Demande 2026-3, accordée."
        actor = house.actor("beta_administrator")
        propose_erasure(session, person, Ground.NOT_NEEDED, shares, actor=actor, reason=decision)


def _privacy(house: Installation) -> None:
    """Let somebody ask, be answered and be restricted, and open a breach that nobody is notified of."""
    restrict(house, "trainee2")
    asked = ask(house, "trainee2")
    with house.acting() as session:
        answer_request(session, asked, Outcome.PARTLY, actor=house.actor("quality"), reason="Accordé en partie.")
    decide(house, breach(house))


def _disclosures(house: Installation) -> None:
    with house.acting() as session:
        employer = add_employer(session, "Bio SA", "formation@bio.example", actor=house.actor("quality"))
    with house.acting() as session:
        _, secret = make_employer_token(session, employer.id, days=30, actor=house.actor("quality"))
    granted = Granted(Use.SENT, Extent.ALL, (), clock.now().date() + timedelta(days=30))
    with house.acting() as session:
        trainee, quality = house.person("trainee").id, house.actor("quality")
        disclose_results(session, employer.id, trainee, granted, actor=quality, reason="Envoyée par Bio SA.")
    with house.acting() as session:
        view_results(session, secret)


def _attributions(house: Installation) -> None:
    with house.acting() as session:
        issue = Issue("PIP-001", house.person("trainee").id, Purpose.TRAINING)
        record = issue_record(session, issue, actor=house.actor("assessor")).id
    with house.acting() as session:
        abort_record(session, record, actor=house.actor("assessor"), reason="Mauvaise personne.")
    with house.acting() as session:
        rightful, assessor = house.person("trainee2").id, house.actor("assessor")
        propose_attribution(session, record, rightful, actor=assessor, reason="Mauvaise personne.")
    with house.acting() as session:
        confirm_attribution(session, record, actor=house.actor("quality"))


def _minors(house: Installation) -> None:
    person, administrator = house.person("trainee2").id, house.actor("administrator")
    with house.acting() as session:
        year = clock.now().year - 16
        set_birth_year(session, person, year, actor=administrator, reason="Carte d'identité vue.")
    with house.acting() as session:
        informed = Informed("Marie Peeters", clock.now().date(), Means.LETTER)
        record_guardian(session, person, informed, actor=administrator)


def _retention(house: Installation) -> None:
    with house.acting() as session:
        actor = house.actor("hub_administrator")
        set_term(session, RetentionClass.FILES, Term(18, 6), actor=actor, reason="Avis du délégué.")
    with house.storage.transaction() as session:
        session.add(Receipt(key="old", actor="person:old", answer="/", accepted_at=clock.now() - timedelta(days=900)))
    with house.acting() as session:
        propose_expiry(session, None, actor=system_actor("worker", Permission.ERASURE_DECIDE))


def _factors(house: Installation) -> None:
    _, factor = give_authenticator(house, "quality")
    give_authenticator(house, "trainee")
    with house.acting() as session:
        person_id, administrator = house.person("quality").id, house.actor("administrator")
        remove_factor(session, person_id, factor.id, actor=administrator, reason="Téléphone perdu.")


def _statements(house: Installation) -> None:
    """Let a program send a statement with something attached, one about it, and a document."""
    with house.acting() as session:
        operator = house.operator_id("ALPHA")
        credential, _ = add_credential(session, "program", [Scope.ALL], actor=PROGRAMS, operator_id=operator)
    content = b"a photograph"
    attached = Attached(hashlib.sha256(content).hexdigest(), content)
    about = {"usageType": "https://a.example/photograph", "display": {}, "contentType": "image/png", "length": 12}
    target = {
        "id": new_id(),
        "actor": {"mbox": "mailto:somebody@lms.example"},
        "verb": {"id": "https://verbs.example/saw"},
        "object": {"id": "https://lms.example/7", "definition": {"name": {"fr": "Sept"}}},
        "context": {"contextActivities": {"parent": [{"id": "https://lms.example"}]}},
        "attachments": [about | {"sha2": attached.digest}],
    }
    remark = target | {"id": new_id(), "object": {"objectType": "StatementRef", "id": target["id"]}}
    given, _ = read_statements(json.dumps([target, remark]).encode())
    with house.acting() as session:
        receive_statements(session, credential, prepare_statements(given, [attached]), authority=b"{}")
    with house.acting() as session:
        context = Context(Resource.ACTIVITY_PROFILE, "a" * 32, None, None, "colours")
        stance = Stance(ADL, must_not_exist=True)
        keep_document(
            session,
            credential,
            context,
            Content("text/plain", b"x"),
            stance=stance,
            merges=False,
            home="https://hub.example",
        )


def _courses(house: Installation) -> None:
    """Let an LMS launch an exercise for somebody."""
    with house.acting() as session:
        lms = add_lms(session, NewLms("moodle", ["https://moodle.example"]), actor=PROGRAMS)
    actor_of_lms = {"objectType": "Agent", "account": {"homePage": "https://moodle.example", "name": "7"}}
    given = {
        "endpoint": ["https://moodle.example/lrs"],
        "fetch": ["https://moodle.example/fetch?k=1"],
        "actor": [json.dumps(actor_of_lms)],
        "registration": [new_id()],
        "activityId": ["https://moodle.example/au/1"],
    }
    launch, trainee = read_launch(given), house.actor("trainee")
    with house.acting() as session:
        claim_launch(session, launch, lms, actor=trainee)
    template = {"extensions": {SESSION_ID: "1"}}
    data = {"contextTemplate": template, "launchMode": "Normal", "moveOn": "Passed"}
    with house.acting() as session:
        key = read_secret(house.settings.keys, DELIVERY)
        open_session(session, key, launch, "PIP-001", Admission("token", json.dumps(data), None), actor=trainee)


ACTS: list[Callable[[Installation], None]] = [
    _sites,
    _cohorts,
    _outside_accounts,
    _tokens,
    _roles,
    _records,
    _anchors,
    _compromise,
    _erasures,
    _privacy,
    _disclosures,
    _attributions,
    _minors,
    _retention,
    _factors,
    _statements,
    _courses,
    *lms.ACTS,
]
"""What is done, in order; a room that brings a table adds an act that fills it."""


def _make_up(house: Installation, model: type[Base]) -> None:
    """Put a row of plausible nonsense into an empty table, by the witness."""
    with house.acting() as session:
        if session.scalar(select(func.count()).select_from(table_of(model))):
            return
        values = {
            model.__mapper__.get_property_by_column(column).key: _value(session, column)
            for column in table_of(model).columns
            if column.name not in LINE_COLUMNS
        }
        session.add(model(**values))
        subject = Subject("sample", model.__tablename__, house.operator_id("ALPHA"))
        note(session, Action.REQUEST_REFUSED, subject, actor=house.actor("assessor"))


def _value(session: Session, column: Column[Any]) -> Any:
    for reference in column.foreign_keys:
        return session.execute(select(reference.column).limit(1)).scalar_one()
    match column.type:
        case EnumValue(kind=kind):
            return next(iter(kind))
        case UtcDateTime():
            return clock.now()
        case CanonicalJson():
            return {"sample": ["1.0"]}
        case Boolean():
            return True
        case Integer():
            return 1
        case LargeBinary():
            return b"sample"
    if column.name == "salt":
        return canonical.new_salt()
    return new_id()[: getattr(column.type, "length", None) or 36]
