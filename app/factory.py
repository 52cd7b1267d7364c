"""Puts everything together: the only module, with app/command.py and app/schema.py, that knows every room."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from app.assessment import api as assessment_api
from app.assessment import views as assessment
from app.audit.policies import read_policy
from app.competencies import api as competencies_api
from app.competencies import views as competencies
from app.delivery import api as delivery_api
from app.delivery import views as delivery
from app.delivery.views.blueprint import AT_A_SCREEN
from app.evidence import api as evidence_api
from app.evidence import views as evidence
from app.exercises import api as exercises_api
from app.exercises import views as exercises
from app.identity import api as identity_api
from app.identity import views as identity
from app.identity.rules.doors import SecondFactor
from app.identity.rules.people import Notice, fill_notice
from app.identity.services.factors import Terms
from app.identity.services.passkeys import Place
from app.identity.services.sessions import Limits
from app.identity.views import recognition
from app.identity.views.naming import install_naming
from app.identity.views.notices import install_notices
from app.identity.views.proving import install_factors
from app.kernel.actors import Permission
from app.kernel.errors import N_
from app.lms import views as lms
from app.lms.services.grading import forget_grades, install_grades
from app.notebook import api as notebook_api
from app.notebook import views as notebook
from app.notebook.rules.files import MEGABYTE, FileLimits
from app.notebook.services.files import FileShelf
from app.notebook.views.signed import find_signed_record
from app.privacy import api as privacy_api
from app.privacy import views as privacy
from app.signatures import views as signatures
from app.signatures.rules import Level
from app.signatures.services.opening import FindSigned, install_signing
from app.storage import Storage
from app.storage.files import files_at
from app.storage.vault import vault_at
from app.trail import api as trail_api
from app.trail import views as trail
from app.web import openapi
from app.web.edge import csrf, install_edge
from app.web.openapi import install_openapi
from app.web.visitors import Edge, NavigationItem, PersonPanel, RecordPanel
from config.secrets import DELIVERY, FACTORS, PEPPER, SESSION, read_secret
from config.settings import CONFIG, LANGUAGES, Settings
from xapi import delivery as lrs
from xapi import moodle
from xapi.moodle_survey import survey_moodle
from xapi.queries.resources import documents_of
from xapi.queries.statements import statements_of
from xapi.services.actors import remember_launch
from xapi.services.forgetting import forget_learner
from xapi.statements import Hub, registration_of
from xapi.views import cmi5_page, install_lrs
from xapi.views.actors import install_actors
from xapi.views.cmi5 import Courses, install_courses

BLUEPRINTS: tuple[Blueprint, ...] = (
    notebook.blueprint,
    trail.blueprint,
    evidence.blueprint,
    delivery.blueprint,
    lms.blueprint,
    privacy.blueprint,
    assessment.blueprint,
    exercises.blueprint,
    competencies.blueprint,
    identity.blueprint,
    signatures.blueprint,
)
"""The views and the API of every room, in the order of the main navigation."""

API_BLUEPRINTS: tuple[Blueprint, ...] = (
    openapi.blueprint,
    identity_api.blueprint,
    exercises_api.blueprint,
    notebook_api.blueprint,
    assessment_api.blueprint,
    competencies_api.blueprint,
    trail_api.blueprint,
    evidence_api.blueprint,
    delivery_api.blueprint,
    privacy_api.blueprint,
)
"""The API of every room: bearer tokens open it, no cookie does, so that no form of another site can use it."""

NAVIGATION: tuple[NavigationItem, ...] = (
    NavigationItem("notebook.show_start", N_("For you"), "inbox", lambda actor: True, ("notebook.show_start",)),
    NavigationItem(
        "notebook.show_records",
        N_("Records"),
        "record",
        lambda actor: actor.may(Permission.RECORD_READ),
        ("notebook.", "assessment."),
    ),
    NavigationItem("exercises.show_list", N_("Exercises"), "flask", lambda actor: actor.may(Permission.EXERCISE_READ)),
    NavigationItem(
        "competencies.show_mine", N_("Competencies"), "badge", lambda actor: actor.may(Permission.COMPETENCY_READ)
    ),
    *identity.NAVIGATION,
    *delivery.NAVIGATION,
    *lms.NAVIGATION,
    *privacy.NAVIGATION,
    NavigationItem("trail.show_trail", N_("Audit trail"), "trail", lambda actor: actor.may(Permission.TRAIL_VERIFY)),
)
"""The entries of the main navigation, in order."""

PERSON_PANELS: tuple[PersonPanel, ...] = (
    privacy.restriction_panel,
    privacy.age_panel,
    privacy.person_panel,
    signatures.person_panel,
    competencies.person_panel,
)
"""What rooms above identity add to the page of a person."""

RECORD_PANELS: tuple[RecordPanel, ...] = (
    privacy.restricted_record_panel,
    assessment.record_panel,
    cmi5_page.record_panel,
    evidence.record_panel,
    delivery.record_panel,
)
"""What rooms above the notebook add to the page of a record."""

TARGETS = (lrs.KIND, moodle.KIND)
"""The kinds of target that somebody adds by hand, the usual one first."""

SIGNED_THINGS: dict[str, FindSigned] = {"record": find_signed_record}
"""How the room of each kind of signed thing finds one, for the page of a signature."""


def create_app(settings: Settings | None = None, storage: Storage | None = None) -> Flask:
    """Return the application of an installation that `cahier init` founded; raises SecretMissing when it was not."""
    settings = settings or Settings.from_environ()
    storage = _with_vault(storage or Storage.open(settings.database_url), settings)
    app = Flask("app", template_folder="web/templates", static_folder="web/static")
    if settings.trusted_proxies:
        # What a visitor's own headers say of their address counts for nothing (AS-4.1.3).
        trusted = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted)  # type: ignore[method-assign]
    edge = Edge(
        storage=storage,
        identify=recognition.identify,
        default_language=settings.default_language,
        zone=settings.zone,
        secure=settings.secure,
        idle_seconds=settings.idle_minutes * 60,
    )
    install_edge(app, edge, read_secret(settings.keys, SESSION))
    _install_people(app, settings)
    _install_rooms(app, settings, storage)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for blueprint in API_BLUEPRINTS:
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    install_openapi(app)
    install_lrs(app, Hub(settings.statement_home), (CONFIG / "xapi" / "profile.jsonld").read_bytes(), settings.origins)
    edge.navigation.extend(NAVIGATION)
    edge.person_panels.extend(PERSON_PANELS)
    edge.record_panels.extend(RECORD_PANELS)
    return app


def _install_people(app: Flask, settings: Settings) -> None:
    """Give the application what it recognises people by, and what they sign with."""
    limits = Limits(settings.idle_limit, settings.session_limit, settings.lockout_failures)
    recognition.install_recognition(app, limits)
    install_factors(app, terms_of(settings))
    pepper = read_secret(settings.keys, PEPPER)
    install_naming(app, pepper)
    install_notices(app, notices_of(settings))
    install_signing(app, pepper, SIGNED_THINGS, settings.keys, Level(settings.signature_level))


def _install_rooms(app: Flask, settings: Settings, storage: Storage) -> None:
    """Give each room what it needs of the settings."""
    policy = read_policy(settings.policy_file) if settings.policy_file else None
    trail.install_trail(app, trail.Outside(settings.keys, settings.authorities, policy))
    evidence.install_verification(app, evidence.means_of(settings))
    notebook.install_files(app, shelf_of(settings))
    delivery.install_delivery(app, delivery.Means(read_secret(settings.keys, DELIVERY), TARGETS, "actors.show_form"))
    install_actors(app, settings.statement_home)
    install_courses(
        app, Courses(read_secret(settings.keys, DELIVERY), Hub(settings.statement_home), settings.public_url)
    )
    privacy.install_privacy(app, kept_by_lrs(settings.statement_home))
    sealing = read_secret(settings.keys, DELIVERY)
    means = lms.Means(
        public_url=settings.public_url,
        sealing=sealing,
        pepper=read_secret(settings.keys, PEPPER),
        language=settings.default_language,
        remember=remember_as_launched,
        tokens=install_grades(storage, sealing),
        survey=partial(survey_moodle, key=sealing, limits=AT_A_SCREEN),
    )
    lms.install_lms(app, means)


def _with_vault(storage: Storage, settings: Settings) -> Storage:
    storage.vault = storage.vault or vault_at(settings)
    return storage


def shelf_of(settings: Settings) -> FileShelf:
    """Return where this installation keeps the files that people attach, and how much of them."""
    limits = FileLimits(settings.file_megabytes * MEGABYTE, settings.files_per_record)
    return FileShelf(files_at(settings), limits)


def notices_of(settings: Settings) -> dict[str, Notice]:
    """Return what this installation tells people of their data, by language."""
    return {
        language: fill_notice(language, settings.notice_source(language), settings.notice_facts(language))
        for language in LANGUAGES
    }


def kept_by_lrs(home: str) -> privacy.Above:
    """Return how what the LRS keeps of the hub's own people is found, and forgotten."""
    return privacy.Above(
        statements=partial(statements_of, home=home),
        documents=partial(documents_of, home=home),
        forget=forgetting(home),
    )


def forgetting(home: str) -> Callable[[Session, str], None]:
    """Return how a person is forgotten in what rooms above privacy keep for other systems; part of their erasure."""

    def forget(session: Session, pseudonym: str) -> None:
        forget_learner(session, pseudonym, home=home)
        forget_grades(session, pseudonym)

    return forget


def remember_as_launched(session: Session, record_id: str, person_id: str, agent: Mapping[str, Any]) -> None:
    """Keep for learning statements as whom a platform launched a person into a record (docs/xapi.md)."""
    remember_launch(session, str(registration_of(record_id)), person_id, agent)


def terms_of(settings: Settings) -> Terms:
    """Return how this installation handles second factors; raises SecretMissing."""
    address = urlsplit(settings.public_url)
    place = Place(address.hostname or "", f"{address.scheme}://{address.netloc}")
    return Terms(SecondFactor(settings.second_factor), read_secret(settings.keys, FACTORS), place)
