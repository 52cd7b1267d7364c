"""The commands `cahier lti …`: which platforms may launch, what to paste there, our keys towards them."""

from pathlib import Path

import click
from sqlalchemy.orm import Session

from app.delivery.cli import delivery_key
from app.identity.queries import operator_by_code
from app.kernel import clock
from app.kernel.actors import Permission
from app.kernel.errors import NotFound
from app.lms import queries
from app.lms.models import Newcomers
from app.lms.rules.platforms import DEFAULT_ROLES, Endpoints, Registration
from app.lms.services import platforms, tool_keys
from app.lms.services.grading import send_grades
from app.lms.services.registering import tool_configuration
from app.web.console import House, command_actor, json_option, pass_house, say

_PEM = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("lti")
def lti() -> None:
    """Learning platforms that launch exercises (LTI 1.3)."""


@lti.group("platform")
def platform() -> None:
    """The platforms that may launch exercises."""


@platform.command("add")
@click.argument("name")
@click.option("--issuer", required=True, help="Who the platform is, such as https://moodle.example.org.")
@click.option("--client-id", required=True, help="Who the hub is for the platform.")
@click.option("--deployment", "deployments", multiple=True, required=True, help="A deployment id; may be repeated.")
@click.option("--operator", "code", required=True, help="The code of the operator whose people come through.")
@click.option("--login-url", help="Where the platform is asked for a login; by default Moodle's.")
@click.option("--token-url", help="Where it gives access tokens; by default Moodle's.")
@click.option("--keys-url", help="Where its keyset stands; by default Moodle's.")
@click.option("--audience", help="Whom a request for a token is addressed to, if not the token address.")
@click.option("--role", "roles", multiple=True, metavar="THEIRS=OURS", help="By default Learner=trainee.")
@click.option("--link-only", is_flag=True, help="Make no person by a launch: everybody links an account.")
@click.option("--ca-file", type=_PEM, help="One more authority; its certificates are kept.")
@json_option
@pass_house
def add(house: House, /, name: str, code: str, deployments: tuple[str, ...], as_json: bool, **given: object) -> None:
    """Let a platform launch exercises."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    first = tool_keys.new_tool_key(delivery_key(house))
    with house.acting("lti platform add", actor) as session:
        new = platforms.NewPlatform(
            _registration(name, given),
            deployments,
            _operator_id(session, code) or "",
            first,
            Newcomers.LINKED if given["link_only"] else Newcomers.MADE,
            _held(given["ca_file"]),
        )
        added = platforms.add_platform(session, new, actor=actor)
        facts = {"name": added.name, "issuer": added.issuer, "client_id": added.client_id, "id": added.id}
    say(as_json, facts, f"{name} may launch exercises.")


@platform.command("list")
@json_option
@pass_house
def show_list(house: House, as_json: bool) -> None:
    """List the platforms that may launch exercises."""
    with house.storage.reading() as session:
        found = [
            {
                "name": item.name,
                "issuer": item.issuer,
                "client_id": item.client_id,
                "deployments": [one.deployment_id for one in queries.deployments_of(session, item.id)],
                "operator_id": item.operator_id,
            }
            for item in queries.list_platforms(session, command_actor())
        ]
    lines = [f"{item['name']}: {item['issuer']} as {item['client_id']}" for item in found]
    say(as_json, {"platforms": found}, "\n".join(lines) or "No platform yet.")


@platform.command("change")
@click.argument("name")
@click.option("--role", "roles", multiple=True, metavar="THEIRS=OURS", help="What its roles become, all of them.")
@click.option("--link-only/--make-people", "links_only", default=None, help="Whether a launch makes people.")
@click.option("--ca-file", type=_PEM, help="The authorities that vouch for it; an empty file for the usual ones.")
@pass_house
def change(house: House, name: str, roles: tuple[str, ...], links_only: bool | None, ca_file: Path | None) -> None:
    """Change what a platform's roles become, whether it makes people, who vouches for it."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    with house.acting("lti platform change", actor) as session:
        present = queries.platform_in_use(session, name, actor)
        asked = present.newcomers if links_only is None else (Newcomers.LINKED if links_only else Newcomers.MADE)
        held = present.authorities or "" if ca_file is None else ca_file.read_text()
        platforms.change_platform(
            session, name, platforms.Changed(_role_map(roles) or present.roles, asked, held), actor=actor
        )
    click.echo(f"{name} is changed, for launches from now on.")


@platform.command("end")
@click.argument("name")
@click.option("--reason", help="Why; kept in the trail.")
@pass_house
def end(house: House, name: str, reason: str | None) -> None:
    """End a platform: it launches nothing more, and nothing is sent there."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    with house.acting("lti platform end", actor) as session:
        platforms.end_platform(session, name, actor=actor, reason=reason)
    click.echo(f"{name} launches nothing more.")


@platform.command("deployment")
@click.argument("name")
@click.argument("deployment_id")
@click.option("--operator", "code", help="The operator whose people come through it; by default the platform's.")
@pass_house
def deployment(house: House, name: str, deployment_id: str, code: str | None) -> None:
    """Let another place of a platform launch."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    with house.acting("lti platform deployment", actor) as session:
        platforms.add_deployment(session, name, deployment_id, _operator_id(session, code), actor=actor)
    click.echo(f"{name} may launch through {deployment_id}.")


@lti.command("grades")
@click.argument("name")
@pass_house
def grades(house: House, name: str) -> None:
    """Have the grades of a platform sent; `cahier delivery` shows where they stand."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    with house.acting("lti grades", actor) as session:
        target = send_grades(session, delivery_key(house), name, actor=actor).name
    click.echo(f"The grades of {name} are sent from now on, as the target {target}.")


@lti.group("key")
def key() -> None:
    """Our keys towards platforms."""


@key.command("rotate")
@click.option("--operator", "code", help="Whose key: that of the operator with this code; the hub's by default.")
@pass_house
def rotate(house: House, code: str | None) -> None:
    """Sign with a new key from now on; platforms still find the old one for a while."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    made = tool_keys.new_tool_key(delivery_key(house))
    with house.acting("lti key rotate", actor) as session:
        next_key = tool_keys.rotate_key(session, made, _operator_id(session, code), actor=actor)
        since = clock.to_text(next_key.signs_from) if next_key.signs_from else "now"
        kid = next_key.kid
    click.echo(f"The key {kid} signs from {since} on.")


@lti.command("show")
@click.option("--operator", "code", help="Whose platform it is: the code of the operator.")
@json_option
@pass_house
def show(house: House, code: str | None, as_json: bool) -> None:
    """Show what is to be pasted into a platform."""
    facts = tool_configuration(house.settings.public_url, "Cahier", code.strip().upper() if code else None)
    lines = [f"{name}: {facts[name]}" for name in ("initiate_login_uri", "jwks_uri")]
    say(as_json, facts, "\n".join([f"target and redirect: {facts['redirect_uris'][0]}", *lines]))


def _registration(name: str, given: dict[str, object]) -> Registration:
    issuer = str(given["issuer"])
    points = Endpoints(
        _text(given["login_url"]) or f"{issuer}/mod/lti/auth.php",
        _text(given["token_url"]) or f"{issuer}/mod/lti/token.php",
        _text(given["keys_url"]) or f"{issuer}/mod/lti/certs.php",
        _text(given["audience"]),
    )
    roles = _role_map(given["roles"]) or dict(DEFAULT_ROLES)
    return Registration(name, issuer, str(given["client_id"]), points, roles=roles)


def _role_map(pairs: object) -> dict[str, str]:
    return dict(str(pair).partition("=")[::2] for pair in pairs) if isinstance(pairs, tuple) else {}


def _operator_id(session: Session, code: str | None) -> str | None:
    found = operator_by_code(session, code) if code else None
    if code and found is None:
        raise NotFound
    return found.id if found else None


def _held(ca_file: object) -> str | None:
    return ca_file.read_text() if isinstance(ca_file, Path) else None


def _text(value: object) -> str | None:
    return str(value) if value else None


commands = (lti,)
