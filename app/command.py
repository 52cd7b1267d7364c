"""The command `cahier`: the commands of all rooms; exit code 0 done, 1 refused or failed, 2 wrongly called."""

import json
import logging
import os
import sys
from uuid import uuid4

import click
from sqlalchemy.exc import SQLAlchemyError

from app import __version__
from app.audit.policies import PolicyMalformed
from app.audit.witness import WitnessStateLost
from app.competencies import cli as competencies
from app.delivery import cli as delivery
from app.evidence import cli as evidence
from app.exercises import cli as exercises
from app.factory import create_app
from app.identity import cli as identity
from app.installation import backup_cli, exit_cli, lab_cli
from app.installation import cli as installation
from app.installation.logs import FILE, keep_log
from app.kernel.errors import CahierError, Invalid
from app.lms import cli as lms
from app.privacy import cli as privacy
from app.signatures import cli as signatures
from app.storage.migrating import NotMigrated
from app.trail import cli as trail
from app.web.console import House
from config.secrets import SecretMissing
from config.settings import BadSetting, Settings
from xapi import cli as xapi

FAILED, WRONGLY_CALLED = 1, 2
ONLY_FOR_ITS_OWNER = 0o077
PLAIN: dict[type[Exception], str] = {
    SecretMissing: "secret-missing",
    BadSetting: "bad-setting",
    NotMigrated: "not-migrated",
    PolicyMalformed: "policy-malformed",
    WitnessStateLost: "witness-state-lost",
}
"""Errors that are no CahierError but say all there is to say."""

_log = logging.getLogger("cahier.command")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cahier")
@click.pass_context
def cahier(context: click.Context) -> None:
    """Cahier: a GMP-style laboratory notebook for a biotech training hub."""
    house = House(Settings.from_environ(), create_app)
    context.obj = house
    context.call_on_close(house.close)


COMMANDS: tuple[click.Command, ...] = (
    *installation.commands,
    *backup_cli.commands,
    *exit_cli.commands,
    *lab_cli.commands,
    *identity.commands,
    *signatures.commands,
    *exercises.commands,
    *competencies.commands,
    *trail.commands,
    *evidence.commands,
    *privacy.commands,
    *delivery.commands,
    *lms.commands,
    *xapi.commands,
)
"""The commands and groups of every room."""

for command in COMMANDS:
    cahier.add_command(command)


def main() -> None:
    """Run the command; what goes wrong is said in one line, or in JSON with --json, never as a stack trace."""
    os.umask(ONLY_FOR_ITS_OWNER)
    try:
        code = cahier.main(prog_name="cahier", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        raise SystemExit(WRONGLY_CALLED) from None
    except Exception as error:
        _fail(*_told(error))
    else:
        raise SystemExit(code if isinstance(code, int) else 0)


def _told(error: Exception) -> tuple[str, str]:
    """Return the stable code of an error and what it says to a person."""
    match error:
        case CahierError():
            return error.code, _sentence(error)
        case click.ClickException():
            return "command", error.format_message()
        case click.Abort():
            return "interrupted", "interrupted"
        case SecretMissing() | BadSetting() | NotMigrated() | PolicyMalformed() | WitnessStateLost():
            return PLAIN[type(error)], str(error)
        case SQLAlchemyError():
            return "database", f"the database refuses: {_reason(error)}; {_keep(error)}"
    return "unexpected", f"something went wrong that should not; {_keep(error)}"


def _sentence(error: CahierError) -> str:
    """Return what an error says, and of each field that it names."""
    fields = error.fields if isinstance(error, Invalid) else {}
    told = [
        str(error),
        *(f"  {name}: {text % error.values if error.values else text}" for name, text in fields.items()),
    ]
    return "\n".join(told)


def _reason(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


def _keep(error: Exception) -> str:
    """Write an error with its stack to the log file, if there is an installation, and say where it is."""
    reference = uuid4().hex[:12]
    try:
        var = Settings.from_environ().var
    except BadSetting:
        return type(error).__name__
    if not var.is_dir():
        return f"there is no installation in {var}: run `cahier init`"
    keep_log(var)
    _log.error("unexpected error %s", reference, exc_info=error)
    return f"{var / FILE} says more under {reference}"


def _fail(code: str, text: str) -> None:
    if "--json" in sys.argv[1:]:
        click.echo(json.dumps({"error": {"code": code, "message": text}}, ensure_ascii=False))
    else:
        click.echo(f"cahier: {text}", err=True)
    raise SystemExit(FAILED)
