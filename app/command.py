"""The command `cahier`: the commands of all rooms; exit code 0 done, 1 refused or failed, 2 wrongly called."""

import click

from app import __version__
from app.competencies import cli as competencies
from app.delivery import cli as delivery
from app.exercises import cli as exercises
from app.identity import cli as identity
from app.kernel.errors import CahierError
from app.storage.migrating import NotMigrated
from app.web.console import House
from config.secrets import SecretMissing
from config.settings import BadSetting, Settings
from xapi import cli as xapi


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cahier")
@click.pass_context
def cahier(context: click.Context) -> None:
    """Cahier: a GMP-style laboratory notebook for a biotech training hub."""
    house = House(Settings.from_environ())
    context.obj = house
    context.call_on_close(house.close)


COMMANDS: tuple[click.Command, ...] = (
    *identity.commands,
    *exercises.commands,
    *competencies.commands,
    *delivery.commands,
    *xapi.commands,
)
"""The commands and groups of every room."""

for command in COMMANDS:
    cahier.add_command(command)


def main() -> None:
    """Run the command; known errors are said in one line, without a stack trace."""
    try:
        cahier.main(standalone_mode=True)
    except (CahierError, SecretMissing, BadSetting, NotMigrated) as error:
        raise SystemExit(f"cahier: {error}") from None
