"""The commands `cahier person export` (GD-15) and `cahier privacy …`: the desk, the register, the terms."""

import json
from pathlib import Path

import click

from app.identity.cli import person, person_called
from app.kernel import clock
from app.kernel.actors import Permission
from app.kernel.text import LANGUAGES
from app.privacy.queries.breach_register import register_of, request_facts
from app.privacy.queries.desk import breaches_shown, requests_shown
from app.privacy.queries.register import read_register, register_document
from app.privacy.queries.terms import terms_now
from app.privacy.rules.retention import RetentionClass, Term
from app.privacy.services.handing_out import hand_out_person
from app.privacy.services.sweeping import sweep
from app.privacy.services.terms import set_term
from app.privacy.views.taking import make_package
from app.storage.files import files_at
from app.trail.cli import read_trust
from app.web.console import House, command_actor, json_option, pass_house, say


@person.command("export")
@click.argument("login")
@click.option("--to", "path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The ZIP to write.")
@json_option
@pass_house
def export_person(house: House, login: str, path: Path, as_json: bool) -> None:
    """Write everything that is known of a person, for them alone; the act becomes a line of the trail."""
    actor = command_actor(Permission.PERSON_READ)
    with house.acting("person export", actor) as session:
        found = hand_out_person(session, person_called(session, login).id, actor=actor)
    with house.app.test_request_context(), house.storage.reading() as session:
        package = make_package(session, found)
    path.write_bytes(package)
    say(as_json, {"person": found.id, "path": str(path), "bytes": len(package)}, f"{path}")


@click.group("privacy")
def privacy() -> None:
    """The privacy desk: requests, breaches, the verification that opens one; the register and the terms."""


@privacy.command("requests")
@json_option
@pass_house
def list_requests(house: House, as_json: bool) -> None:
    """List what people asked, by pseudonym, those that wait first, each with its term."""
    with house.storage.reading() as session:
        rows = requests_shown(session, command_actor(Permission.ERASURE_DECIDE))
    lines = [
        f"{row.id}  {row.asked}  due {clock.to_text(row.due_at)}  {row.outcome or 'waiting'}  person:{row.person_id}"
        for row in rows
    ]
    say(as_json, {"requests": [request_facts(row) for row in rows]}, "\n".join(lines) or "Nobody asked anything.")


@privacy.command("breaches")
@json_option
@pass_house
def list_breaches(house: House, as_json: bool) -> None:
    """List the register of breaches, the newest first, also those that nobody was notified of (GDPR 33(5))."""
    with house.storage.reading() as session:
        rows = breaches_shown(session, command_actor(Permission.INCIDENT_OPEN))
        register = register_of(session, rows)
    lines = [
        f"{row.id}  found {clock.to_text(row.detected_at)}  due {clock.to_text(row.due_at)}  "
        f"{'closed' if row.closed_at else 'open'}"
        for row in rows
    ]
    say(as_json, {"breaches": register}, "\n".join(lines) or "There is no breach.")


@privacy.command("sweep")
@json_option
@pass_house
def sweep_now(house: House, as_json: bool) -> None:
    """Verify everything now, as the worker does each day, and open a breach over what none names yet.

    Ends with 1 when one was opened.
    """
    # Before the database is read, so that what the signer remembers cannot be newer than what is read.
    trust = read_trust(house, ())
    opened = sweep(house.storage, trust, files_at(house.settings))
    say(as_json, {"opened": opened}, "\n".join(f"opened: {one}" for one in opened) or "Nothing new was found.")
    if opened:
        raise SystemExit(1)


@privacy.command("register")
@click.option("--language", type=click.Choice(LANGUAGES), default="fr", show_default=True, help="Of the table.")
@json_option
@pass_house
def show_register(house: House, language: str, as_json: bool) -> None:
    """Show which personal data are kept, why, for whom and how long (GDPR 30)."""
    with house.storage.reading() as session:
        document = register_document(read_register(), terms_now(session))
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for one in document["classes"]:
        kept = " ".join(str(value) for value in one["retention"].values())
        click.echo(f"{one['code']:14} {one['name'][language]}: {one['purpose'][language]}")
        click.echo(f"{'':14} {', '.join(one['basis'])} | {', '.join(one['people'])} | {', '.join(one['recipients'])}")
        click.echo(f"{'':14} {kept} | {len(one['columns'])} columns")
    for one in document["measures"]:
        click.echo(f"{one['code']:14} {', '.join(one['tests'])}")


@privacy.group("term")
def term() -> None:
    """Terms of retention."""


@term.command("list")
@json_option
@pass_house
def list_terms(house: House, as_json: bool) -> None:
    """List how long each class is kept, in months."""
    with house.storage.reading() as session:
        terms = terms_now(session)
    facts = {one.value: {"months": kept.months, "minor_months": kept.minor_months} for one, kept in terms.items()}
    lines = [f"{one.value:16} {kept.months:4} {kept.minor_months:4}" for one, kept in terms.items()]
    say(as_json, facts, "\n".join(lines))


@term.command("set")
@click.argument("chosen", type=click.Choice([one.value for one in RetentionClass]))
@click.option("--months", type=int, required=True, help="How long the class is kept.")
@click.option("--minor-months", type=int, required=True, help="How long for people under age.")
@click.option("--reason", required=True, help="Why; it stands in the trail.")
@json_option
@pass_house
def choose_term(house: House, chosen: str, months: int, minor_months: int, reason: str, as_json: bool) -> None:
    """Choose how long a class is kept, for the hub."""
    actor = command_actor(Permission.ERASURE_DECIDE)
    with house.acting("privacy term set", actor) as session:
        row = set_term(session, RetentionClass(chosen), Term(months, minor_months), actor=actor, reason=reason)
    facts = {"class": chosen, "months": row.months, "minor_months": row.minor_months, "version": row.version}
    say(as_json, facts, f"{chosen} is kept for {months} months, for people under age {minor_months}.")


commands: tuple[click.Command, ...] = (privacy,)
