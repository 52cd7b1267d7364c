"""Commands of the LRS: credentials for programs, targets that receive statements, where everything stands."""

import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from app.delivery.cli import delivery_key, describe
from app.delivery.queries import target_in_use
from app.delivery.rules import travels_in_clear
from app.delivery.services import targets
from app.delivery.services.couriers import open_carrier
from app.delivery.services.standing import standings
from app.identity.queries import operator_by_code
from app.kernel.actors import Permission
from app.kernel.errors import NotFound
from app.web.console import House, command_actor, json_option, pass_house, say
from xapi import moodle
from xapi.cmi5_cli import cmi5
from xapi.delivery import KIND
from xapi.queries import statements
from xapi.rules.actors import ActorForm, ActorMapping, Naming
from xapi.rules.moodle import DEFAULT_RATING, Fallback
from xapi.rules.moodle import SETTING as MOODLE
from xapi.services import credentials
from xapi.services.actors import learners, set_actors, show_actors
from xapi.services.credentials import Scope

_ADMINISTER = Permission.TARGET_ADMINISTER
_SCOPES = click.Choice([scope.value for scope in Scope])
_for_operator = click.option("--operator", "code", help="Limit it to the statements of the operator with this code.")


@click.group("xapi")
def xapi() -> None:
    """Learning statements: the hub's own LRS, and the LRSs that it delivers to."""


@xapi.command("status")
@json_option
@pass_house
def show_status(house: House, as_json: bool) -> None:
    """Show how many statements are stored, how far the trail is read, and where each target stands."""
    with house.storage.reading() as session:
        stored = statements.count_statements(session)
        lag = {item.origin: item.lines for item in statements.lags(session)}
        found = standings(session, command_actor(), KIND)
    facts = {"statements": stored, "lag": sum(lag.values()), "logs": lag, "targets": [item.to_json() for item in found]}
    lines = [f"{stored} statements stored, {sum(lag.values())} lines of the trail not read yet."]
    say(as_json, facts, "\n".join([*lines, *map(describe, found)]))


@xapi.group("credential")
def credential() -> None:
    """Names and passwords by which programs open the LRS."""


@credential.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=_SCOPES, help="What it may do; can be repeated.")
@_for_operator
@json_option
@pass_house
def add_credential(house: House, name: str, scopes: tuple[str, ...], code: str | None, as_json: bool) -> None:
    """Add a credential and print its username and password; the password is shown only now."""
    actor = command_actor(_ADMINISTER)
    chosen = [Scope(scope) for scope in scopes]
    with house.acting("xapi credential add", actor) as session:
        operator = _operator(session, code)
        made, password = credentials.add_credential(session, name, chosen, actor=actor, operator_id=operator)
        facts = {"name": name, "username": made.username, "password": password, "scopes": made.scopes}
    say(as_json, facts, f"username {facts['username']}\npassword {password}\nThe password is shown only now.")


@credential.command("list")
@json_option
@pass_house
def list_credentials(house: House, as_json: bool) -> None:
    """List the credentials in use."""
    with house.storage.reading() as session:
        found = [
            {"name": item.name, "username": item.username, "scopes": item.scopes, "operator_id": item.operator_id}
            for item in statements.list_credentials(session)
        ]
    lines = [f"{item['name']} ({item['username']}): {', '.join(map(str, item['scopes'] or ()))}" for item in found]
    say(as_json, {"credentials": found}, "\n".join(lines) or "No credential yet.")


@credential.command("revoke")
@click.argument("name")
@click.option("--reason", help="Why; kept in the trail.")
@pass_house
def revoke_credential(house: House, name: str, reason: str | None) -> None:
    """Revoke a credential; it stops working at once."""
    actor = command_actor(_ADMINISTER)
    with house.acting("xapi credential revoke", actor) as session:
        credentials.revoke_credential(session, name, actor=actor, reason=reason)
    click.echo(f"Credential {name} is revoked.")


@xapi.group("target")
def target() -> None:
    """Other LRSs that receive every statement."""


@target.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--username", required=True, help="The name by which the other LRS knows the hub.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file with it.")
@click.option("--password-prompt", is_flag=True, help="Ask for the password; also done without a file.")
@click.option("--ca-file", type=click.Path(exists=True, dir_okay=False, resolve_path=True), help="One more authority.")
@_for_operator
@json_option
@pass_house
def add_target(house: House, /, name: str, url: str, as_json: bool, code: str | None, **given: Any) -> None:
    """Add an LRS that receives every statement, those stored before included."""
    actor = command_actor(_ADMINISTER)
    settings = _settings(given["username"], given["ca_file"])
    password = _password(given["password_file"])
    with house.acting("xapi target add", actor) as session:
        new = targets.NewTarget(KIND, name, url, password, settings, _operator(session, code))
        added = targets.add_target(session, delivery_key(house), new, actor=actor)
        facts = {"name": added.name, "address": added.address, "id": added.id}
    if travels_in_clear(facts["address"]):
        click.echo("Careful: this address is not https, the password crosses the network unencrypted.", err=True)
    say(as_json, facts, f"Target {name} is added; the worker delivers to {facts['address']}.")


@target.command("add-moodle")
@click.argument("name")
@click.argument("url")
@click.option(
    "--token-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file with the token."
)
@click.option("--course", "courses", multiple=True, type=click.IntRange(1), help="Without the plug-in: rate here.")
@click.option("--rating", default=DEFAULT_RATING, show_default=True, type=click.IntRange(1), help="Item of the scale.")
@click.option("--ca-file", type=click.Path(exists=True, dir_okay=False, resolve_path=True), help="One more authority.")
@_for_operator
@json_option
@pass_house
def add_moodle(house: House, /, name: str, url: str, as_json: bool, code: str | None, **given: Any) -> None:
    """Add a Moodle with Cahier's plug-in; with --course competencies are rated where the plug-in is absent."""
    actor = command_actor(_ADMINISTER)
    fallback = Fallback(given["courses"], given["rating"])
    settings = {"ca_file": given["ca_file"]} if given["ca_file"] else {}
    token = _password(given["token_file"], "Token")
    with house.acting("xapi target add-moodle", actor) as session:
        complete = settings | {MOODLE: fallback.to_settings()}
        new = targets.NewTarget(moodle.KIND, name, url, token, complete, _operator(session, code))
        added = targets.add_target(session, delivery_key(house), new, actor=actor)
        facts = {"name": added.name, "address": added.address, "id": added.id}
    if travels_in_clear(facts["address"]):
        click.echo("Careful: this address is not https, the token crosses the network unencrypted.", err=True)
    say(as_json, facts, f"Moodle {name} is added; the worker delivers to {facts['address']}.")


@target.command("list")
@json_option
@pass_house
def list_targets(house: House, as_json: bool) -> None:
    """List the LRSs that receive statements, and where each stands."""
    with house.storage.reading() as session:
        found = standings(session, command_actor(), KIND)
    say(as_json, {"targets": [item.to_json() for item in found]}, "\n".join(map(describe, found)) or "No target yet.")


@target.command("test")
@click.argument("name")
@click.option("--send", "sending", is_flag=True, help="Send a statement of trial too, read it back and void it.")
@json_option
@pass_house
@click.pass_context
def test_target(context: click.Context, house: House, name: str, sending: bool, as_json: bool) -> None:
    """Ask an LRS whether it would take statements; one that was stopped and works again goes on."""
    actor = command_actor(_ADMINISTER)
    with house.storage.reading() as session:
        found = target_in_use(session, name, actor)
    carrier = open_carrier(found, delivery_key(house))
    try:
        probe = carrier.rehearse() if sending else carrier.probe()
    finally:
        carrier.close()
    with house.acting("xapi target test", actor) as session:
        targets.note_trial(session, name, probe, actor=actor, sent=sending)
    say(as_json, {"name": name, "works": probe.works, "answer": probe.answer}, probe.answer)
    if not probe.works:
        context.exit(1)


@target.command("password")
@click.argument("name")
@click.option("--username", help="A new name too, if it changed.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file with it.")
@pass_house
def renew_password(house: House, name: str, username: str | None, password_file: Path | None) -> None:
    """Give a target a new password; one that was stopped for its credentials goes on."""
    actor = command_actor(_ADMINISTER)
    password = _password(password_file)
    settings = {"username": username} if username else {}
    with house.acting("xapi target password", actor) as session:
        targets.renew_secret(session, delivery_key(house), name, password, settings, actor=actor)
    click.echo(f"Target {name} has a new password.")


@target.command("end")
@click.argument("name")
@click.option("--reason", help="Why; kept in the trail.")
@pass_house
def end_target(house: House, name: str, reason: str | None) -> None:
    """End a target: nothing more goes there."""
    actor = command_actor(_ADMINISTER)
    with house.acting("xapi target end", actor) as session:
        targets.end_target(session, name, actor=actor, reason=reason)
    click.echo(f"Target {name} is ended.")


@target.command("actors")
@click.argument("name")
@click.option("--form", type=click.Choice([form.value for form in ActorForm]), help="By what people are named there.")
@click.option("--home-page", help="For accounts: the system whose accounts they are, such as https://moodle.example.")
@click.option("--naming", type=click.Choice([naming.value for naming in Naming]), help="For accounts: by which name.")
@click.option("--people", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many to show.")
@click.option("--apply", is_flag=True, help="Set it; without this nothing is changed.")
@json_option
@pass_house
def name_people(house: House, /, name: str, people: int, apply: bool, as_json: bool, **given: Any) -> None:
    """Show as whom a target receives people, under its present form or the one given; with --apply, set that."""
    actor, asked = command_actor(_ADMINISTER), _asked(**given)
    if asked and apply:
        with house.acting("xapi target actors", actor) as session:
            set_actors(session, name, asked, actor=actor)
    with house.storage.reading() as session:
        found = target_in_use(session, name, actor)
        mapping = asked or ActorMapping.of(found.settings)
        shown = show_actors(session, found, mapping, house.settings.statement_home, learners(session, found, people))
        told = [{"login": one.person.login, "actor": one.agent, "lacks": one.shortfall} for one in shown]
    lines = [f"{one['login']}: {json.dumps(one['actor'], ensure_ascii=False)} {one['lacks'] or ''}" for one in told]
    facts = {"target": name, "actors": mapping.to_settings(), "set": asked is None or apply, "people": told}
    say(as_json, facts, "\n".join(lines) or "Nobody yet.")


def _asked(form: str | None, home_page: str | None, naming: str | None) -> ActorMapping | None:
    if form is None:
        return None
    return ActorMapping.asked(ActorForm(form), home_page, Naming(naming) if naming else None)


def _password(file: Path | None, what: str = "Password") -> str:
    """Read a secret from a file, without its last line break, or ask for it; never from the command line itself."""
    if file is not None:
        return file.read_text().rstrip("\r\n")
    prompted: str = click.prompt(what, hide_input=True)
    return prompted


def _settings(username: str, ca_file: str | None) -> dict[str, Any]:
    return {"username": username} | ({"ca_file": ca_file} if ca_file else {})


def _operator(session: Session, code: str | None) -> str | None:
    if code is None:
        return None
    operator = operator_by_code(session, code)
    if operator is None:
        raise NotFound
    return operator.id


xapi.add_command(cmi5)

commands = (xapi,)
