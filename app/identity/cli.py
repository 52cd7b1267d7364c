"""The commands `cahier person …`, `operator …`, `account …` and `token …`: whoever may run commands on the host
begins here.

Nobody's password is typed or shown: a person chooses it with the activation code that `person add` prints.
"""

from typing import Any

import click
from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.models import Operator, Person
from app.identity.rules.doors import ACTIVATION_VALID
from app.identity.rules.people import AccountName
from app.identity.rules.roles import ROLE_LABELS, Scope
from app.identity.services.operators import add_operator
from app.identity.services.outside_accounts import link_account, unlink_account
from app.identity.services.people import NewPerson, add_person
from app.identity.services.tokens import LONGEST_DAYS, make_token
from app.kernel import clock
from app.kernel.actors import Permission, Role
from app.kernel.errors import NotFound
from app.kernel.text import LANGUAGES
from app.web.console import House, command_actor, json_option, pass_house, say

ACTIVATION_PATH = "/activate"


@click.group()
def person() -> None:
    """Add people, disable them, reset their credentials."""


@person.command("add")
@click.argument("login")
@click.option("--name", required=True, help="Full name, as it is printed beside signatures.")
@click.option("--operator", "code", metavar="CODE", help="The operator for which the roles are held.")
@click.option("--hub", is_flag=True, help="The roles are held for the hub itself.")
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in ROLE_LABELS]),
    multiple=True,
    required=True,
    help="A role; may be given several times.",
)
@click.option("--language", type=click.Choice(LANGUAGES), help="The language the person reads; else the hub's own.")
@click.option("--email", help="E-mail address.")
@json_option
@pass_house
def add_one(house: House, /, login: str, code: str | None, hub: bool, as_json: bool, **given: Any) -> None:
    """Add a person, and print the code with which they choose their password."""
    if bool(code) == hub:
        raise click.UsageError("say for whom the roles are held: --operator CODE, or --hub")
    roles = tuple(Role(role) for role in given["roles"])
    language = given["language"] or house.settings.default_language
    new = NewPerson(login, given["name"], language, roles, given["email"])
    actor = command_actor(Permission.PERSON_ADMINISTER)
    with house.acting("person add", actor) as session:
        operator_id = _operator(session, code).id if code else None
        added, activation = add_person(session, new, operator_id=operator_id, pepper=house.settings.pepper, actor=actor)
    address = house.settings.public_url + ACTIVATION_PATH
    until = clock.to_text(clock.now() + ACTIVATION_VALID)
    facts = {
        "id": added.id,
        "login": added.login,
        "activation_code": activation,
        "address": address,
        "valid_until": until,
    }
    say(
        as_json,
        facts,
        f"{added.name} is added as {added.login}.\n"
        f"Activation code, shown this once and valid until {until}: {activation}\n"
        f"The person chooses a password with it at {address}",
    )


@click.group()
def operator() -> None:
    """Add training operators."""


@operator.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--zone", help="Time zone such as Europe/Brussels; else the hub's own.")
@json_option
@pass_house
def add_organisation(house: House, code: str, name: str, zone: str | None, as_json: bool) -> None:
    """Add a training operator and open its log; CODE is short and never changes."""
    actor = command_actor(Permission.OPERATOR_ADMINISTER)
    with house.acting("operator add", actor) as session:
        added = add_operator(session, code, name, zone=zone or house.settings.zone, actor=actor)
    facts = {"id": added.id, "code": added.code, "name": added.name, "zone": added.zone}
    say(as_json, facts, f"The operator {added.code} ({added.name}, {added.zone}) is added.")


@click.group()
def token() -> None:
    """Make tokens for the API."""


@token.command("add")
@click.argument("login")
@click.option("--label", required=True, help="What the token is for.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    required=True,
    help="What the token may do, within its person's roles; may be given several times.",
)
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=90, show_default=True, help="How long it works.")
@json_option
@pass_house
def add_key(house: House, login: str, label: str, scopes: tuple[str, ...], days: int, as_json: bool) -> None:
    """Make a token with which a program uses the API in a person's name, and print it."""
    actor = command_actor(Permission.TOKEN_OWN)
    with house.acting("token add", actor) as session:
        found = person_called(session, login)
        made, secret = make_token(session, found.id, label, [Scope(scope) for scope in scopes], days=days, actor=actor)
    until = clock.to_text(made.expires_at)
    facts = {"id": made.id, "token": secret, "scopes": made.scopes, "expires_at": until}
    say(as_json, facts, f"Token for {found.login}, shown this once and valid until {until}:\n{secret}")


@click.group()
def account() -> None:
    """Say by which names other systems know people."""


@account.command("link")
@click.argument("login")
@click.argument("home_page")
@click.argument("kind", type=click.Choice([kind.value for kind in AccountName]))
@click.argument("name")
@json_option
@pass_house
def link(house: House, login: str, home_page: str, kind: str, name: str, as_json: bool) -> None:
    """Say that the system at HOME_PAGE knows a person by NAME; what it had before for them ends."""
    actor = command_actor(Permission.PERSON_ADMINISTER)
    with house.acting("account link", actor) as session:
        found = person_called(session, login)
        linked = link_account(session, found.id, home_page, AccountName(kind), name, actor=actor)
        facts = {"id": linked.id, "home_page": linked.home_page, "kind": kind, "name": linked.name}
    say(as_json, facts, f"{facts['home_page']} knows {login} by the {kind} {facts['name']}.")


@account.command("list")
@click.argument("login")
@json_option
@pass_house
def list_accounts(house: House, login: str, as_json: bool) -> None:
    """List by which names other systems know a person."""
    with house.storage.reading() as session:
        found = [
            {"id": one.id, "home_page": one.home_page, "kind": one.kind.value, "name": one.name}
            for one in queries.accounts_of(session, person_called(session, login).id)
        ]
    lines = [f"{one['id']} {one['home_page']} {one['kind']} {one['name']}" for one in found]
    say(as_json, {"accounts": found}, "\n".join(lines) or "No account in another system.")


@account.command("unlink")
@click.argument("account_id", metavar="ID")
@click.option("--reason", required=True, help="Why; kept in the trail.")
@pass_house
def unlink(house: House, account_id: str, reason: str) -> None:
    """End a link, named by its id."""
    actor = command_actor(Permission.PERSON_ADMINISTER)
    with house.acting("account unlink", actor) as session:
        unlink_account(session, account_id, actor=actor, reason=reason)
    click.echo("The link is ended.")


def person_called(session: Session, login: str) -> Person:
    """Return the person of a login in any spelling, or raise NotFound with a message for the command line."""
    found = queries.person_by_login(session, login)
    if found is None:
        raise NotFound("There is nobody with the login %(login)s.", login=login)
    return found


def _operator(session: Session, code: str) -> Operator:
    found = queries.operator_by_code(session, code)
    if found is None:
        raise NotFound("There is no operator with the code %(code)s.", code=code)
    return found


commands: tuple[click.Command, ...] = (person, operator, account, token)
