"""Commands of delivery: where every target stands, and ending one. Adding one is for the room whose kind it is."""

import click

from app.delivery.queries import dead_letters, target_in_use
from app.delivery.services.letters import resend_letters, set_letter_aside
from app.delivery.services.seals import KEY_NAME
from app.delivery.services.standing import Standing, standings
from app.delivery.services.targets import end_target
from app.kernel.actors import Permission
from app.web.console import House, command_actor, json_option, pass_house, say

MOST_SHOWN = 500


@click.group("delivery")
def delivery() -> None:
    """Deliveries to other systems."""


@delivery.command("status")
@json_option
@pass_house
def show_status(house: House, as_json: bool) -> None:
    """Show for each target what waits, what arrived, what was refused, and what it said last."""
    with house.storage.reading() as session:
        found = standings(session, command_actor())
    say(as_json, {"targets": [item.to_json() for item in found]}, "\n".join(map(describe, found)) or "No target yet.")


@delivery.command("end")
@click.argument("name")
@click.option("--reason", help="Why; kept in the trail.")
@pass_house
def end(house: House, name: str, reason: str | None) -> None:
    """End a target: nothing more goes there, what arrived stays known."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    with house.acting("delivery end", actor) as session:
        end_target(session, name, actor=actor, reason=reason)
    click.echo(f"Target {name} is ended.")


@delivery.group("letters")
def letters() -> None:
    """What targets refused for good."""


@letters.command("list")
@click.argument("name")
@json_option
@pass_house
def list_letters(house: House, name: str, as_json: bool) -> None:
    """List what a target refused for good, with its reasons."""
    with house.storage.reading() as session:
        target = target_in_use(session, name, command_actor())
        rows = [(row.parcel, row.answer or "", row.attempts) for row in dead_letters(session, target.id, MOST_SHOWN)]
    facts = [{"parcel": parcel, "answer": answer, "attempts": attempts} for parcel, answer, attempts in rows]
    lines = [f"{parcel}: {answer} ({attempts} attempts)" for parcel, answer, attempts in rows]
    say(as_json, {"letters": facts}, "\n".join(lines) or "Nothing was refused.")


@letters.command("resend")
@click.argument("name")
@click.argument("parcels", nargs=-1)
@click.option("--reason", help="Why; kept in the trail.")
@pass_house
def resend(house: House, name: str, parcels: tuple[str, ...], reason: str | None) -> None:
    """Send again what a target refused: the statements of these ids, or everything."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    with house.acting("delivery letters resend", actor) as session:
        number = resend_letters(session, name, parcels or None, actor=actor, reason=reason)
    click.echo(f"{number} of what {name} refused goes out again.")


@letters.command("set-aside")
@click.argument("name")
@click.argument("parcel")
@click.option("--reason", required=True, help="Why; kept in the trail.")
@pass_house
def set_aside(house: House, name: str, parcel: str, reason: str) -> None:
    """Decide that a refused statement will not reach a target, so that what waits behind it may."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    with house.acting("delivery letters set-aside", actor) as session:
        set_letter_aside(session, name, parcel, actor=actor, reason=reason)
    click.echo(f"{parcel} is set aside.")


def delivery_key(house: House) -> bytes:
    """Return the key that seals the secrets of targets; raises ClickException when its file is absent."""
    path = house.settings.keys / KEY_NAME
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise click.ClickException(f"the secret {path} is missing; run `cahier init`") from None


def describe(standing: Standing) -> str:
    """Return where a target stands in one line for a person."""
    figures = f"{standing.pending} pending, {standing.sent} sent, {standing.dead} dead, {standing.held} held back"
    said = f"; last answer {standing.last_answer_at}: {standing.last_answer}" if standing.last_answer else ""
    if standing.stopped:
        said += f"; STOPPED ({standing.stopped}), goes on after a test that works"
    elif standing.not_before:
        said += f"; circuit {standing.circuit}, next attempt not before {standing.not_before}"
    return f"{standing.name} ({standing.kind}, {standing.address}): {figures}{said}"


commands = (delivery,)
