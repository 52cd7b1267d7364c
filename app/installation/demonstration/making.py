"""Making the demonstration: founds an empty installation three weeks ago, by a simulated clock, and plays it."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from app.audit.sealing import seal_due_logs
from app.audit.signer import CheckpointSigner
from app.factory import notices_of
from app.identity.models import Person
from app.installation.demonstration.accounts import FILE, Account, write_accounts
from app.installation.demonstration.cast import PARTS
from app.installation.demonstration.scheduling import Calendar, play
from app.installation.demonstration.stage import Stage
from app.installation.demonstration.stories import Stories
from app.installation.founding import found_installation, is_founded
from app.kernel import clock
from app.kernel.errors import Conflict
from app.notebook.services.files import FileShelf
from app.signatures.services.ca import FOLDER as CA
from app.signatures.services.ca import all_authorities, open_authority
from app.signatures.services.revoking import publish_due_lists
from app.storage import Storage
from app.storage.files import files_at
from app.storage.vault import vault_at
from config.secrets import PEPPER, read_secret
from config.settings import Settings

WEEKS = 3
MARK = "demo-unfinished"
OPENING = "08:00"
BETWEEN_SEALS = timedelta(hours=1)
ELSEWHERE = "Name another folder: CAHIER_VAR=demo cahier demo"

Tell = Callable[[str], None]


def make_demonstration(settings: Settings, tell: Tell) -> list[Account]:
    """Fill an empty installation, telling what is done; return who can sign in, which is written down too.

    Raises Conflict for one that is not empty.
    """
    if is_unfinished(settings):
        _clear(settings, tell)
    _check_empty(settings)
    mark = settings.var / MARK
    settings.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark.touch(mode=0o600)
    calendar = Calendar(clock.now(), WEEKS, settings.zone)
    tell("Making the demonstration: three weeks of work, done by the acts themselves")
    with clock.simulated(calendar.at(0, OPENING)) as simulation:
        for step in found_installation(settings):
            tell(f"  made  {step.text}")
        accounts = _fill(settings, calendar, simulation, tell)
    write_accounts(settings.var, accounts)
    mark.unlink()
    return accounts


def is_unfinished(settings: Settings) -> bool:
    """Say whether a demonstration was interrupted while it was made."""
    return (settings.var / MARK).exists()


def _fill(settings: Settings, calendar: Calendar, simulation: clock.SimulatedClock, tell: Tell) -> list[Account]:
    storage = Storage.open(settings.database_url, vault_at(settings))
    signer = CheckpointSigner(settings.keys)
    try:
        shelf, pepper = FileShelf(files_at(settings)), read_secret(settings.keys, PEPPER)
        stage = Stage(storage, pepper, settings.zone, open_authority(settings.keys), shelf, notices_of(settings))
        _open(stage, simulation)
        tell(f"  made  {len(stage.operators)} operators, {len(stage.accounts)} people, their keys")

        def work() -> None:
            publish_due_lists(storage, all_authorities(settings.keys))
            seal_due_logs(storage, signer, every=BETWEEN_SEALS)

        def ended(done: int, count: int) -> None:
            work()
            tell(f"  made  record {done} of {count}")

        play(simulation, Stories(stage, calendar).all(), ended, work)
        return stage.accounts
    finally:
        storage.close()


def _open(stage: Stage, simulation: clock.SimulatedClock) -> None:
    stage.open_operators()
    stage.open_sites()
    for part in PARTS:
        simulation.advance(minutes=7)
        stage.enter(part)
    simulation.advance(minutes=7)
    stage.gather_cohort()
    stage.tell_company()


def _check_empty(settings: Settings) -> None:
    if not settings.var.exists():
        return
    storage = Storage.open(settings.database_url)
    try:
        if not is_founded(storage):
            return
        with storage.reading() as session:
            people = session.scalar(select(func.count()).select_from(Person)) or 0
    finally:
        storage.close()
    if people:
        raise Conflict(
            f"this installation has {people} people: a demonstration is made in an empty one only. {ELSEWHERE}"
        )
    raise Conflict(f"this installation is founded, and the demonstration begins three weeks before today. {ELSEWHERE}")


def _clear(settings: Settings, tell: Tell) -> None:
    """Remove what an interrupted demonstration left: nothing else is there, or the mark would not be."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise Conflict("the demonstration was interrupted while it was made: empty its database, then begin again")
    tell("The demonstration was interrupted last time; it begins again.")
    database = Path(url.database)
    memories = [*settings.keys.glob("log-*"), settings.var / FILE]
    for path in (database, *(database.with_name(database.name + ending) for ending in ("-wal", "-shm")), *memories):
        path.unlink(missing_ok=True)
    # The authority's dates belong to the clock of the demonstration that was interrupted.
    shutil.rmtree(settings.keys / CA, ignore_errors=True)
    shutil.rmtree(settings.files, ignore_errors=True)
