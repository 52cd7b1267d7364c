"""The commands `cahier person …`, `operator …`, `site …`, `training-room …`, `account …` and `token …`: whoever may run
commands on the host begins here.

Nobody's password is typed or shown: a person chooses it with the activation code that `person add` prints.
"""

from typing import Any

import click
from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.models import Operator, Person, Site
from app.identity.queries import places
from app.identity.rules.doors import ACTIVATION_VALID
from app.identity.rules.people import AccountName
from app.identity.rules.roles import ROLE_LABELS, Scope
from app.identity.services.operators import add_operator
from app.identity.services.outside_accounts import link_account, unlink_account
from app.identity.services.people import NewPerson, add_person
from app.identity.services.places import NewPlace, add_site, add_training_room, end_site, end_training_room
from app.identity.services.tokens import LONGEST_DAYS, make_token
from app.kernel import clock
from app.kernel.actors import Permission, Role
from app.kernel.errors import NotFound
from app.kernel.text import LANGUAGES
from app.web.console import House, command_actor, json_option, pass_house, say

ACTIVATION_PATH = "/activate"
_OWNER = click.option("--operator", "owner", metavar="CODE", help="Whose it is; left out, all operators share it.")


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
def site() -> None:
    """Say at which sites the hub has rooms."""


@site.command("add")
@click.argument("code")
@click.argument("name")
@_OWNER
@json_option
@pass_house
def add_site_called(house: House, code: str, name: str, owner: str | None, as_json: bool) -> None:
    """Add a site such as Charleroi."""
    actor = command_actor(Permission.SITE_ADMINISTER)
    with house.acting("site add", actor) as session:
        added = add_site(session, NewPlace(code, name, _owner(session, owner)), actor=actor)
    facts = {"id": added.id, "code": added.code, "name": added.name, "operator_id": added.operator_id}
    say(as_json, facts, f"The site {added.code} ({added.name}) is added.")


@site.command("list")
@json_option
@pass_house
def list_sites(house: House, as_json: bool) -> None:
    """List the sites in use, with the operators that own them."""
    with house.storage.reading() as session:
        found = [_facts(row) for row in places.site_rows(session, command_actor())]
    lines = [f"{one['code']} {one['name']} ({one['operator'] or 'shared'})" for one in found]
    say(as_json, {"sites": found}, "\n".join(lines) or "No site yet.")


@site.command("end")
@click.argument("code")
@_OWNER
@click.option("--reason", help="Why; kept in the trail.")
@pass_house
def end_site_called(house: House, code: str, owner: str | None, reason: str | None) -> None:
    """Use a site no longer: nothing is executed in its rooms."""
    actor = command_actor(Permission.SITE_ADMINISTER)
    with house.acting("site end", actor) as session:
        end_site(session, _site(session, code, _owner(session, owner), is_own=True).id, actor=actor, reason=reason)
    click.echo("The site is no longer used.")


@click.group("training-room")
def training_room() -> None:
    """Say which rooms the sites have, in which records are executed."""


@training_room.command("add")
@click.argument("site_code", metavar="SITE")
@click.argument("code")
@click.argument("name")
@_OWNER
@json_option
@pass_house
def add_room_called(house: House, site_code: str, code: str, name: str, owner: str | None, as_json: bool) -> None:
    """Add a room to a site: in a shared site anybody's, in an operator's that operator's alone."""
    actor = command_actor(Permission.SITE_ADMINISTER)
    with house.acting("training-room add", actor) as session:
        owner_id = _owner(session, owner)
        there = _site(session, site_code, owner_id)
        added = add_training_room(session, there.id, NewPlace(code, name, owner_id), actor=actor)
        facts = {"id": added.id, "site": there.code, "code": added.code, "name": added.name, "operator_id": owner_id}
    say(as_json, facts, f"The room {added.code} ({added.name}) of {facts['site']} is added.")


@training_room.command("list")
@json_option
@pass_house
def list_rooms(house: House, as_json: bool) -> None:
    """List the rooms in use, with the operators that own them."""
    actor = command_actor()
    with house.storage.reading() as session:
        found = [
            _facts(row) | {"site": one.place.code}
            for one in places.site_rows(session, actor)
            for row in places.training_room_rows(session, one.place.id, actor)
        ]
    lines = [f"{one['site']} {one['code']} {one['name']} ({one['operator'] or 'shared'})" for one in found]
    say(as_json, {"training_rooms": found}, "\n".join(lines) or "No room yet.")


@training_room.command("end")
@click.argument("site_code", metavar="SITE")
@click.argument("code")
@_OWNER
@click.option("--reason", help="Why; kept in the trail.")
@pass_house
def end_room_called(house: House, site_code: str, code: str, owner: str | None, reason: str | None) -> None:
    """Use a room no longer: nothing is executed there."""
    actor = command_actor(Permission.SITE_ADMINISTER)
    with house.acting("training-room end", actor) as session:
        owner_id = _owner(session, owner)
        there = _site(session, site_code, owner_id)
        found = places.training_room_called(session, there, code, owner_id)
        if found is None:
            raise NotFound("There is no room with the code %(code)s.", code=code)
        end_training_room(session, found.id, actor=actor, reason=reason)
    click.echo("The room is no longer used.")


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


def _owner(session: Session, code: str | None) -> str | None:
    return _operator(session, code).id if code else None


def _site(session: Session, code: str, owner_id: str | None, *, is_own: bool = False) -> Site:
    found = places.site_called(session, code, owner_id, is_own=is_own)
    if found is None:
        raise NotFound("There is no site with the code %(code)s.", code=code)
    return found


def _facts(row: places.PlaceRow) -> dict[str, str]:
    return {"id": row.place.id, "code": row.place.code, "name": row.place.name, "operator": row.owner}


commands: tuple[click.Command, ...] = (person, operator, site, training_room, account, token)
