"""The commands `cahier person reset` and `cahier person disable`, which end keys; they stand among those of people."""

import click

from app.identity.cli import ACTIVATION_PATH, person, person_called
from app.identity.rules import ACTIVATION_VALID
from app.kernel import clock
from app.kernel.actors import Permission
from app.signatures.services.accounts import disable_person, reset_credentials
from app.web.console import House, command_actor, json_option, pass_house, say


@person.command("reset")
@click.argument("login")
@click.option("--reason", required=True, help="Why, and how you know who asks; it stands in the trail.")
@json_option
@pass_house
def reset(house: House, login: str, reason: str, as_json: bool) -> None:
    """End a person's password and key, and print the code with which they choose a new password.

    Earlier signatures stay valid. A new key takes somebody who signs for their operator and confirms who they are.
    """
    actor = command_actor(Permission.PERSON_ADMINISTER)
    with house.acting("person reset", actor) as session:
        found = person_called(session, login)
        code = reset_credentials(session, found.id, actor=actor, reason=reason)
    address = house.settings.public_url + ACTIVATION_PATH
    until = clock.to_text(clock.now() + ACTIVATION_VALID)
    facts = {"id": found.id, "login": found.login, "activation_code": code, "address": address, "valid_until": until}
    say(
        as_json,
        facts,
        f"Password and key of {found.login} have ended.\n"
        f"Activation code, shown this once and valid until {until}: {code}\n"
        f"The person chooses a password with it at {address}",
    )


@person.command("disable")
@click.argument("login")
@click.option("--reason", required=True, help="Why, in a few words; it stands in the trail.")
@json_option
@pass_house
def disable(house: House, login: str, reason: str, as_json: bool) -> None:
    """Disable a person for good: roles, sessions, password and key end, the login stays taken."""
    actor = command_actor(Permission.PERSON_ADMINISTER)
    with house.acting("person disable", actor) as session:
        found = person_called(session, login)
        disable_person(session, found.id, actor=actor, reason=reason)
    say(as_json, {"id": found.id, "login": found.login, "state": found.state.value}, f"{found.login} is disabled.")


commands: tuple[click.Command, ...] = ()
"""None of its own at the top: `reset` and `disable` stand among the commands of people."""
