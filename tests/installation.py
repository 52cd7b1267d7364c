"""A founded installation for the tests: two operators, a person of every role with a known password, browsers to
act with.

Everything in it was done by the acts themselves. It is made once a run on each database and copied for each test.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.audit.models import HUB_LOG, Line, Log
from app.factory import create_app, notices_of
from app.identity.models import Operator, Person
from app.identity.queries import actor_of, first_operator_id, person_by_login
from app.identity.services.operators import add_operator, found_hub
from app.identity.services.people import NewPerson, activate_person, add_person, prepare_activation
from app.identity.services.sessions import begin_session
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role, system_actor
from app.signatures.services.ca import init_issuing, init_root, open_authority, open_root
from app.signatures.services.certifying import note_authority
from app.storage import Storage
from app.storage.files import FileStore, files_at
from app.storage.vault import Vault, vault_at
from config import secrets
from config.settings import Settings

ORIGIN = "cahier.test"
ZONE = "Europe/Brussels"
AUTHORITY_MADE = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
FOUNDING_PEPPER = b"the pepper of those who founded."
NOTICE = notices_of(Settings(var=Path("var"), database_url=""))["fr"]
FOUNDER = system_actor("command", Permission.OPERATOR_ADMINISTER, Permission.PERSON_ADMINISTER)
OPERATORS = {"ALPHA": "Alpha Formation", "BETA": "Beta Opleiding"}
# login: name, operator (None: the hub), roles
PEOPLE: dict[str, tuple[str, str | None, tuple[Role, ...]]] = {
    "trainee": ("Léa Martin", "ALPHA", (Role.TRAINEE,)),
    "trainee2": ("Tom Peeters", "ALPHA", (Role.TRAINEE,)),
    "assessor": ("Hervé Dubois", "ALPHA", (Role.ASSESSOR,)),
    "author": ("Inès Laurent", "ALPHA", (Role.AUTHOR,)),
    "quality": ("Nadia Janssens", "ALPHA", (Role.QUALITY,)),
    "equipment_manager": ("Paul Lemaire", "ALPHA", (Role.EQUIPMENT_MANAGER,)),
    "auditor": ("Ruth Weber", "ALPHA", (Role.AUDITOR,)),
    "administrator": ("Anne Claes", "ALPHA", (Role.ADMINISTRATOR,)),
    "beta_trainee": ("Sven Maes", "BETA", (Role.TRAINEE,)),
    "beta_assessor": ("Greet Wouters", "BETA", (Role.ASSESSOR,)),
    "beta_administrator": ("Koen Jacobs", "BETA", (Role.ADMINISTRATOR,)),
    "hub_administrator": ("Élise Noël", None, (Role.ADMINISTRATOR,)),
}


def password_of(login: str) -> str:
    """Return the password that a person of the installation chose."""
    return f"vier losse woorden van {login}"


@cache
def founding_files() -> tempfile.TemporaryDirectory[str]:
    """Make the certificate authority of this run, long before any test begins, and what opens the names of its people;
    these files are copied.
    """
    folder = tempfile.TemporaryDirectory(prefix="cahier-authority-")
    with clock.simulated(AUTHORITY_MADE):
        keys = Path(folder.name)
        init_root(keys / "ca" / "root", ORIGIN, None)
        init_issuing(keys, open_root(keys / "ca" / "root", None))
    secrets.make_secret(keys / "keys", secrets.VAULT)
    (keys / "vault").mkdir(mode=0o700)
    return folder


def copy_authority(keys: Path) -> None:
    """Put the authority of this run into a folder of keys."""
    shutil.copytree(Path(founding_files().name) / "ca", keys / "ca", dirs_exist_ok=True)


def founding_vault() -> Vault:
    """Return the key store in which the names of the founded people are."""
    return vault_in(Path(founding_files().name))


def found(storage: Storage) -> None:
    """Fill an empty migrated database: the hub and its authority, its operators, its people with their passwords.

    The storage was opened with `founding_vault()`.
    """
    with storage.transaction() as session:
        found_hub(session, ORIGIN, actor=FOUNDER)
    with storage.transaction() as session:
        keys = Path(founding_files().name)
        note_authority(session, keys, open_authority(keys), actor=FOUNDER)
    for code, name in OPERATORS.items():
        with storage.transaction() as session:
            add_operator(session, code, name, zone=ZONE, actor=FOUNDER)
    for login, (name, operator, roles) in PEOPLE.items():
        activate(storage, NewPerson(login, name, "fr", roles), operator)


def activate(storage: Storage, new: NewPerson, operator: str | None) -> None:
    """Add a person for an operator, given by its code, or for the hub, and let them choose their password."""
    with storage.transaction() as session:
        operator_id = session.scalar(select(Operator.id).where(Operator.code == operator)) if operator else None
        _, code = add_person(session, new, operator_id=operator_id, pepper=FOUNDING_PEPPER, actor=FOUNDER)
    with storage.transaction() as session:
        activate_person(session, prepare_activation(session, new.login, code, password_of(new.login)), notice=NOTICE)


class Tablet(FlaskClient):
    """A browser that follows the rules of our forms: it sends their protection and, unless told not to, a fresh key."""

    def csrf_token(self) -> str:
        """Return what a form of this browser carries as its protection."""
        with self.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", "0" * 40)
        signer = URLSafeTimedSerializer(self.application.secret_key or "", salt="wtf-csrf-token")
        token = signer.dumps(raw)
        return str(token)

    def act(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form; `more` are arguments of the test client, such as headers."""
        data = {"csrf_token": self.csrf_token(), "idempotency_key": uuid4().hex, **(fields or {})}
        return self.post(path, data=data, **more)


class CompiledTemplates(BytecodeCache):
    """The templates that some application of this run compiled already, so that each test need not do it again."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is there."""
        if bucket.key in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.compiled[bucket.key] = bucket.bytecode_to_string()


_TEMPLATES = CompiledTemplates()
_BUILDERS: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}


class CompiledRule(Rule):
    """An address whose builder some application of this run compiled already: it depends on the address alone."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (append_unknown, self.rule, *self._trace)
        if key not in _BUILDERS:
            _BUILDERS[key] = super()._compile_builder(append_unknown)
        return _BUILDERS[key]


Flask.url_rule_class = CompiledRule


@dataclass
class Installation:
    """A founded installation: `app`, `storage`, `settings`, and short ways to what tests need of it."""

    app: Flask
    storage: Storage
    settings: Settings

    @property
    def files(self) -> FileStore:
        """Return the files that people attached here."""
        return files_at(self.settings)

    def client(self) -> Tablet:
        """Return a new browser, signed out."""
        client = self.app.test_client()
        assert isinstance(client, Tablet)
        return client

    def signed_in(self, login: str) -> Tablet:
        """Return a new browser in which somebody is signed in."""
        client = self.client()
        self.sign_in(client, login)
        return client

    def sign_in(self, client: Tablet, login: str) -> str:
        """Open a session without trying the password; return the session's token."""
        with self.storage.transaction() as session:
            token = begin_session(session, self.person(login).id, device="Mozilla/5.0 (Linux) Chrome/1")
        with client.session_transaction() as cookie:
            cookie.clear()
            cookie["_user_id"] = token
        return token

    def person(self, login: str) -> Person:
        """Return a person's row, detached."""
        with self.storage.reading() as session:
            person = person_by_login(session, login)
        assert person is not None, login
        return person

    def operator_id(self, code: str) -> str:
        """Return the id of an operator."""
        with self.storage.reading() as session:
            return session.scalars(select(Operator.id).where(Operator.code == code)).one()

    def actor(self, login: str) -> Actor:
        """Return who a person is now, for the operator they act for when they sign in."""
        with self.storage.reading() as session:
            person = self.person(login)
            return actor_of(session, person, first_operator_id(session, person.id))

    @contextmanager
    def acting(self) -> Iterator[Session]:
        """Run one act in a transaction."""
        with self.storage.transaction() as session:
            yield session

    def lines(self, operator: str | None = None) -> list[dict[str, Any]]:
        """Return the lines of an operator's log, or of the hub's, in order."""
        with self.storage.reading() as session:
            query = select(Line.body).join(Log, Log.id == Line.log_id).order_by(Line.index)
            log = Log.operator_id == self.operator_id(operator) if operator else Log.id == HUB_LOG
            return [json.loads(body) for body in session.scalars(query.where(log))]

    def all_lines(self) -> int:
        """Return how many lines all logs hold together."""
        with self.storage.reading() as session:
            return sum(session.scalars(select(Log.size)))


def vault_in(var: Path) -> Vault:
    """Return the key store of an installation in this folder, with its master key."""
    secrets.make_secret(var / "keys", secrets.VAULT)
    return Vault(var / "vault", var / "keys" / secrets.VAULT)


def copy_vault(var: Path, to: Path) -> None:
    """Bring the key store of an installation, and its master key, to another that is to open the same texts."""
    shutil.copytree(var / "vault", to / "vault", dirs_exist_ok=True)
    (to / "keys").mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copy(var / "keys" / secrets.VAULT, to / "keys")


def open_installation(url: str, var: Path, **changed: Any) -> Installation:
    """Open an installation over a database that `found` filled; `changed` are settings other than the usual ones."""
    settings = Settings(var=var, database_url=url, origin=ORIGIN, **changed)
    if not (settings.keys / secrets.VAULT).exists():
        copy_vault(Path(founding_files().name), var)
        (settings.keys / secrets.PEPPER).write_bytes(FOUNDING_PEPPER)
    for name in secrets.NAMES:
        secrets.make_secret(settings.keys, name)
    copy_authority(settings.keys)
    storage = Storage.open(url, vault_at(settings))
    app = create_app(settings, storage)
    app.test_client_class = Tablet
    app.jinja_env.bytecode_cache = _TEMPLATES
    return Installation(app, storage, settings)
