"""`cahier run`: claims the address, founds the demonstration when asked, then keeps web and worker running together."""

from collections.abc import Callable
from dataclasses import dataclass

from app.audit.texts import destroy_doomed_keys
from app.installation.certificates import Files, make_certificates
from app.installation.demonstration.accounts import list_accounts, read_accounts
from app.installation.demonstration.making import is_unfinished, make_demonstration
from app.installation.duties import open_duties
from app.installation.founding import found_installation, is_founded
from app.installation.logs import keep_log
from app.installation.losses import check_nothing_lost
from app.installation.releases import installed_release, record_installed_release
from app.installation.serving import Place, adapt_settings, claim_place, serve
from app.installation.stopping import StopBell
from app.installation.supervising import Part, supervise
from app.installation.working import work_until_told
from app.kernel.errors import CahierError
from app.storage import Storage, migrating
from app.storage.vault import vault_at
from config.settings import Settings

Tell = Callable[[str], None]


class NothingHere(CahierError):
    """There is no installation to run."""

    code = "not-founded"


@dataclass(frozen=True)
class Wish:
    """How the house is to be run."""

    host: str
    port: int
    tls: bool
    workers: int
    demo: bool
    with_worker: bool


def run_house(settings: Settings, wish: Wish, tell: Tell) -> bool:
    """Run web and worker until told to stop; return False when the web ended by itself."""
    files = Files(settings.var / "tls") if wish.tls else None
    if files and wish.demo and not files.server.exists():
        make_certificates(files, ())
    place = claim_place(wish.host, wish.port, files)
    people = prepare(settings, wish.demo, tell)
    settings = adapt_settings(settings, place)
    keep_log(settings.var)
    bell = StopBell()
    bell.listen()
    parts = [Part("web", lambda: serve(settings, place, wish.workers, lambda: announce(place, people, tell)), True)]
    if wish.with_worker:
        parts.append(Part("worker", lambda: work(settings), False))
    went_well = supervise(parts, bell)
    tell("Stopped." if went_well else "Stopped, because the web server ended.")
    return went_well


def prepare(settings: Settings, demo: bool, tell: Tell) -> str:
    """Make sure there is something to run; return who can sign in, as far as a demonstration wrote it down."""
    if demo and (is_unfinished(settings) or not is_there(settings)):
        return list_accounts(settings.var, make_demonstration(settings, tell), with_passwords=True)
    if not is_there(settings):
        raise NothingHere(f"there is no installation in {settings.var}: run `cahier init`, or `cahier run --demo`")
    check_nothing_lost(settings)
    if demo:
        for step in found_installation(settings):
            if step.changed:
                tell(f"  made  {step.text}")
    storage = Storage.open(settings.database_url, vault_at(settings))
    try:
        migrating.check_migrated(storage)
        record_installed_release(storage, installed_release())
        destroy_doomed_keys(storage)
    finally:
        storage.close()
    accounts = read_accounts(settings.var)
    return list_accounts(settings.var, accounts) if accounts else ""


def work(settings: Settings) -> None:
    """Be the worker, in a process of its own."""
    bell = StopBell()
    bell.listen()
    storage = Storage.open(settings.database_url, vault_at(settings))
    try:
        with open_duties(settings, storage) as duties:
            work_until_told(duties, bell)
    finally:
        storage.close()


def announce(place: Place, people: str, tell: Tell) -> None:
    """Say where the hub is and who can sign in."""
    tell(f"\nCahier is at {place.url()}")
    for address in place.others():
        tell(f"  for others on the network: {address}")
    if people:
        tell(f"\n{people}")
    tell("\nCtrl-C stops it.")


def is_there(settings: Settings) -> bool:
    """Say whether something was founded here."""
    storage = Storage.open(settings.database_url)
    if storage.is_sqlite and not settings.var.exists():
        return False
    try:
        return is_founded(storage)
    finally:
        storage.close()
