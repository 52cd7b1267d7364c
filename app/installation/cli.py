"""The commands of an installation: init, run, worker, demo, settings check, keys list, tls init, audit witness."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from app.audit.notes import KeyMalformed, parse_verifier_key
from app.audit.witness import open_witness
from app.installation import certificates
from app.installation.checking import Finding, check_installation
from app.installation.demonstration.accounts import list_accounts
from app.installation.demonstration.making import make_demonstration
from app.installation.duties import open_duties
from app.installation.founding import Step, found_installation
from app.installation.inventory import list_keys
from app.installation.logs import keep_log
from app.installation.running import Wish, run_house
from app.installation.serving import claim_place
from app.installation.stopping import StopBell
from app.installation.witnessing import serve_witness
from app.installation.working import work_once, work_until_told
from app.kernel.errors import CahierError
from app.trail.cli import audit
from app.web.console import House, json_option, pass_house, say
from config.settings import Settings


class StepsFailed(CahierError):
    """Some step of a command failed; the log file says why."""

    code = "steps-failed"


def settings_of(house: House) -> Settings:
    """Return all settings; only the commands of the installation ask for them."""
    if not isinstance(house.settings, Settings):
        raise TypeError("the command was started without settings")
    return house.settings


@click.command("init")
@json_option
@pass_house
def init(house: House, as_json: bool) -> None:
    """Make what is missing: folder, secrets, database, log, library. Safe to repeat, needed after an update."""
    steps = []
    for step in found_installation(settings_of(house)):
        steps.append(step)
        if not as_json:
            tell_step(step)
    facts = {"var": str(house.settings.var), "steps": [asdict(step) for step in steps]}
    say(as_json, facts, "Ready." if any(step.changed for step in steps) else "Ready; nothing was missing.")


@click.command("run")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to serve on; 0.0.0.0 for the whole network."
)
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 for any free one."
)
@click.option("--tls", is_flag=True, help="Serve HTTPS with the certificate that `cahier tls init` makes.")
@click.option("--workers", type=click.IntRange(1, 64), help="Web processes; CAHIER_WORKERS when left out.")
@click.option("--demo", is_flag=True, help="Fill a new installation with the demonstration first.")
@click.option(
    "--worker/--no-worker", "with_worker", default=True, help="Start a worker too, or leave it to `cahier worker`."
)
@pass_house
def run(house: House, /, workers: int | None, **wish: Any) -> None:
    """Start web server and worker, until Ctrl-C."""
    settings = settings_of(house)
    if not run_house(settings, Wish(workers=workers or settings.workers, **wish), click.echo):
        raise StepsFailed(f"the web server ended by itself; {settings.var}/cahier.log says why")


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what waits now, then end.")
@pass_house
def worker(house: House, once: bool) -> None:
    """Do what nobody waits for: deliveries, checkpoints, clearing away. `cahier run` starts one by itself."""
    settings = settings_of(house)
    keep_log(settings.var)
    bell = StopBell()
    bell.listen()
    with open_duties(settings, house.storage) as duties:
        if not once:
            work_until_told(duties, bell)
            return
        failed = work_once(duties, bell)
    if failed:
        raise StepsFailed(f"failed: {', '.join(failed)}; {settings.var}/cahier.log says why")


@click.command("demo")
@json_option
@pass_house
def demo(house: House, as_json: bool) -> None:
    """Fill an empty installation with an invented operator, people and records."""
    settings = settings_of(house)
    accounts = make_demonstration(settings, quiet if as_json else click.echo)
    told = list_accounts(settings.var, accounts, with_passwords=True)
    say(as_json, {"people": [asdict(account) for account in accounts]}, f"\n{told}\n\nStart with: cahier run")


@click.group("settings")
def settings_group() -> None:
    """The settings of this installation."""


@settings_group.command("check")
@json_option
@pass_house
def check(house: House, as_json: bool) -> None:
    """Check settings, database, secrets, library and certificates, and say what to do about what is wrong."""
    findings = check_installation(settings_of(house))
    wrong = [finding for finding in findings if not finding.is_well]
    say(
        as_json,
        {"well": not wrong, "findings": [asdict(finding) for finding in findings]},
        "\n".join(map(shown, findings)),
    )
    if wrong:
        raise SystemExit(1)


@click.group("keys")
def keys_group() -> None:
    """Every key that the hub depends on."""


@keys_group.command("list")
@json_option
@pass_house
def list_all_keys(house: House, as_json: bool) -> None:
    """List every key with purpose, owner, place, algorithm, age, end and how it is changed."""
    with house.storage.reading() as session:
        keys = list_keys(session, settings_of(house))
    told = [
        f"{key.purpose}\n    {key.location}\n    {key.algorithm}; owner: {key.owner}; since {key.created}; "
        f"until {key.expires or 'it is replaced'}\n    {key.rotation}"
        for key in keys
    ]
    say(as_json, {"keys": [asdict(key) for key in keys]}, "\n".join(told))


@click.group("tls")
def tls_group() -> None:
    """Certificates for HTTPS on a network without a public name."""


@audit.command("witness")
@click.option("--listen", required=True, metavar="HOST:PORT", help="Where logs ask; port 0 for any free one.")
@click.option(
    "--state", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of its own."
)
@click.option("--name", required=True, help="The name under which it cosigns, such as witness.example.org/w1.")
@click.option("--log", "logs", multiple=True, required=True, metavar="VKEY", help="The key of a log; repeat it.")
def witness(listen: str, folder: Path, name: str, logs: Sequence[str]) -> None:
    """Be a witness for other people's logs: cosign what only grew. Needs no installation, until Ctrl-C."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise click.UsageError("--listen takes HOST:PORT, such as 0.0.0.0:8090")
    try:
        opened = open_witness(folder, name, [parse_verifier_key(log) for log in logs])
    except KeyMalformed as error:
        raise click.UsageError(str(error)) from None
    serve_witness(opened, claim_place(host.strip("[]"), int(port), None), click.echo)


@tls_group.command("init")
@click.option(
    "--host", "hosts", multiple=True, help="A further name or address under which tablets reach this machine."
)
@click.option("--new-authority", is_flag=True, help="Make a new authority, which every tablet must trust anew.")
@json_option
@pass_house
def tls_init(house: House, hosts: Sequence[str], new_authority: bool, as_json: bool) -> None:
    """Make the authority that tablets trust, and a server certificate; repeat it to renew the certificate."""
    files = certificates.Files(house.settings.var / "tls")
    is_new = certificates.make_certificates(files, hosts, new_authority=new_authority)
    facts = certificate_facts(files)
    say(as_json, {"new_authority": is_new, **facts}, tls_sentence(facts, is_new))


def certificate_facts(files: certificates.Files) -> dict[str, Any]:
    """Return what a person needs to know about the certificates."""
    server, authority = certificates.read_certificate(files.server), certificates.read_certificate(files.authority)
    return {
        "authority": str(files.authority),
        "authority_fingerprint": authority.fingerprint,
        "names": list(server.names),
        "until": server.until.date().isoformat(),
    }


def tls_sentence(facts: dict[str, Any], is_new: bool) -> str:
    """Say what was made and how a tablet comes to trust it."""
    lines = [f"Server certificate until {facts['until']} for {', '.join(facts['names'])}."]
    if is_new:
        lines += [
            "",
            "Each tablet and computer must trust the authority once:",
            f"  1. Copy {facts['authority']} to it (it holds no secret).",
            "  2. Android: Settings, Security, Install a certificate, CA certificate.",
            "     iPad: open the file; Settings, Profile Downloaded, Install; General, About, Certificate Trust.",
            "     Windows, macOS, Linux: open the file and trust it for websites; Firefox keeps a list of its own.",
            f"  3. Compare the SHA-256 fingerprint: {facts['authority_fingerprint']}",
        ]
    return "\n".join([*lines, "", "Start with: cahier run --tls --host 0.0.0.0"])


def tell_step(step: Step) -> None:
    """Say what a step of founding came to."""
    click.echo(f"  {'made' if step.changed else 'kept'}  {step.text}")


def shown(finding: Finding) -> str:
    """Return a finding in one line, with what to do in a second one."""
    mark = "  LOUD " if finding.is_loud else "  ok   " if finding.is_well else "  WRONG"
    line = f"{mark}  {finding.name}: {finding.text}"
    return line if finding.is_well and not finding.is_loud else f"{line}\n           {finding.remedy}"


def quiet(_: str) -> None:
    """Say nothing: a program reads the answer."""


commands: tuple[click.Command, ...] = (init, run, worker, demo, settings_group, keys_group, tls_group)
