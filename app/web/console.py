"""What the commands of the rooms stand on: the house they act in, who they act as, and how they answer.

A command is the other edge: it opens the transaction, calls one service, answers a person or, with `--json`, a program.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click
from flask import Flask
from sqlalchemy.orm import Session

from app.kernel.actors import Actor, Permission, system_actor
from app.kernel.errors import Refused
from app.storage import Storage
from app.storage.migrating import check_migrated
from app.storage.vault import vault_at
from app.web.refusals import keep_refusal

Command = TypeVar("Command", bound=Callable[..., Any])


class Chosen(Protocol):
    """What the settings give to the commands of rooms; rooms do not read settings themselves."""

    @property
    def var(self) -> Path:
        """The folder of everything that an installation keeps."""
        ...

    @property
    def keys(self) -> Path:
        """The folder of secrets."""
        ...

    @property
    def pepper(self) -> bytes:
        """The secret under which keys are wrapped and used names coded."""
        ...

    @property
    def vault(self) -> Path:
        """The folder of the key store."""
        ...

    @property
    def vault_key(self) -> Path:
        """The file of the secret that wraps it."""
        ...

    @property
    def files(self) -> Path:
        """The folder of the files that people attach."""
        ...

    @property
    def library(self) -> Path:
        """The folder of the exercise library."""
        ...

    @property
    def database_url(self) -> str:
        """The address of the database."""
        ...

    @property
    def statement_home(self) -> str:
        """What names the hub in statements."""
        ...

    @property
    def origin(self) -> str:
        """The name of the hub in checkpoints and signatures."""
        ...

    @property
    def public_url(self) -> str:
        """The address under which people reach the hub."""
        ...

    @property
    def authorities(self) -> tuple[str, ...]:
        """The addresses of the time-stamping authorities."""
        ...

    @property
    def timestamp_roots(self) -> Path:
        """The folder of the certificates under which their tokens must be signed."""
        ...

    @property
    def policy_file(self) -> Path | None:
        """The file that names witnesses and their quorum."""
        ...

    @property
    def zone(self) -> str:
        """The time zone of the hub."""
        ...

    @property
    def default_language(self) -> str:
        """The language of people who have not chosen one."""
        ...


@dataclass
class House:
    """An installation as commands see it: its settings; its database and its application once somebody asks."""

    settings: Chosen
    assemble: Callable[[Any, Storage], Flask] | None = None

    @cached_property
    def storage(self) -> Storage:
        """Open the database; raises NotMigrated when `cahier init` has not prepared it for this release."""
        storage = Storage.open(self.settings.database_url, vault_at(self.settings))
        check_migrated(storage)
        return storage

    @cached_property
    def app(self) -> Flask:
        """Put the application together, for what is made of its templates and words."""
        if self.assemble is None:
            raise TypeError("the command was started without an application")
        return self.assemble(self.settings, self.storage)

    def close(self) -> None:
        """Let go of the database, if a command asked for it."""
        if "storage" in self.__dict__:
            self.storage.close()

    @contextmanager
    def acting(self, attempted: str, actor: Actor) -> Iterator[Session]:
        """Run one service call in a transaction; a refusal is kept in the trail as it is for a request."""
        try:
            with self.storage.transaction() as session:
                yield session
        except Refused as error:
            keep_refusal(self.storage, error, actor, attempted)
            raise


pass_house = click.make_pass_decorator(House)


def command_actor(*permissions: Permission) -> Actor:
    """Return the actor for a command: whoever may run commands on the host, with just what the command needs."""
    return system_actor("command", *permissions)


def json_option(command: Command) -> Command:
    """Give a command `--json`, for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for a program.")(command)


def say(as_json: bool, facts: dict[str, Any], sentence: str) -> None:
    """Answer with a sentence for a person, or the facts for a program."""
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2) if as_json else sentence)
