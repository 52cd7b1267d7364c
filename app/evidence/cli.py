"""Commands of evidence: take records away, and write the trust file by which others judge them."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import HUB_LOG, Line
from app.audit.services import read_body
from app.evidence.models import Form
from app.evidence.rules.archive import ENDING
from app.evidence.services.handing_out import export_record
from app.evidence.services.trusting import hub_trust, means_of
from app.evidence.views.bundling import make_now, press_of
from app.identity.models import Operator
from app.kernel.actors import Actor, Permission
from app.notebook.models import Record
from app.web.console import House, command_actor, json_option, pass_house, say

TRUST = "trust.json"


@dataclass(frozen=True)
class Chosen:
    """A record that was asked for, and what its files are called."""

    record_id: str
    operator_id: str
    name: str


@click.group("record")
def record() -> None:
    """Records: take them away with the evidence that proves them."""


@record.command("export")
@click.argument("numbers", nargs=-1, metavar="NUMBER…")
@click.option("--all-demo", is_flag=True, help="Every closed record of a demonstration; refused anywhere else.")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Where to write.")
@json_option
@pass_house
def export(house: House, numbers: Sequence[str], all_demo: bool, folder: Path, as_json: bool) -> None:
    """Write NUMBER.eln, NUMBER.pdf and trust.json for each record; each becomes a line of the trail."""
    if bool(numbers) == all_demo:
        raise click.UsageError("name records, or say --all-demo")
    actor = command_actor(Permission.RECORD_READ, Permission.TRAIL_READ, Permission.TRAIL_VERIFY)
    with house.storage.reading() as session:
        chosen = _chosen(session, None if all_demo else numbers)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with house.app.app_context(), _progress(chosen, as_json) as waiting:
        for one in waiting:
            written.append(_export(house, one, folder, actor))
    _write_trust(house, folder / TRUST)
    said = [f"{facts['bundle']} ({facts['seal'] or 'not sealed'})" for facts in written]
    say(as_json, {"records": written, "trust": str(folder / TRUST)}, "\n".join([*said, str(folder / TRUST)]))


@click.group("trust")
def trust() -> None:
    """What others must know of this hub to verify what leaves it."""


@trust.command("export")
@click.option("--to", "path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")
@json_option
@pass_house
def export_trust(house: House, path: Path, as_json: bool) -> None:
    """Write the trust file; hand it out by another way than the bundles."""
    facts = _write_trust(house, path)
    say(as_json, {"path": str(path), "logs": [log["origin"] for log in facts["logs"]]}, f"{path}")


def _export(house: House, one: Chosen, folder: Path, actor: Actor) -> dict[str, Any]:
    with house.acting("record export", actor) as session:
        export_record(session, one.record_id, Form.BUNDLE, actor=actor)
    made = make_now(house.storage, one.record_id, one.operator_id, press_of(house.settings), actor=actor)
    bundle, paper = folder / f"{one.name}{ENDING}", folder / f"{one.name}.pdf"
    bundle.write_bytes(made.bundle)
    paper.write_bytes(made.paper)
    return {"number": made.number, "bundle": str(bundle), "paper": str(paper), "seal": made.level or None}


def _chosen(session: Session, numbers: Sequence[str] | None) -> list[Chosen]:
    """Return the records of these numbers, or every closed record of a demonstration for None.

    Operators number apart: where a number is that of several records, all are meant, and the files of those after the
    first operator's carry the operator's code.
    """
    if numbers is None:
        _check_demonstration(session)
    query = select(Record.id, Record.number, Record.operator_id, Operator.code).join(
        Operator, Operator.id == Record.operator_id
    )
    query = query.where(Record.closed_at.is_not(None) if numbers is None else Record.number.in_(set(numbers)))
    rows = session.execute(query.order_by(Record.number, Operator.added_at, Operator.code)).all()
    if missing := set(numbers or ()) - {row.number for row in rows}:
        raise click.ClickException(f"there is no record {', '.join(sorted(missing))}")
    first = {row.number: row.id for row in reversed(rows)}
    return [
        Chosen(
            row.id, row.operator_id, row.number if first[row.number] == row.id else f"{row.number}-{row.code.lower()}"
        )
        for row in rows
    ]


def _check_demonstration(session: Session) -> None:
    """Refuse an installation that was not founded by a simulated clock, as only the demonstration is."""
    founding = session.scalar(select(Line.body).where(Line.log_id == HUB_LOG, Line.index == 0))
    if founding is None or read_body(founding)["clock"] != "simulated":
        raise click.ClickException("this is no demonstration: name the records to export")


def _write_trust(house: House, path: Path) -> dict[str, Any]:
    facts = hub_trust(house.storage, means_of(house.settings))
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return facts


@contextmanager
def _progress(chosen: Sequence[Chosen], as_json: bool) -> Iterator[Iterator[Chosen]]:
    """Show on a terminal how many records are done."""
    if as_json or not sys.stderr.isatty():
        yield iter(chosen)
        return
    with click.progressbar(chosen, label="Exporting", file=sys.stderr) as bar:
        yield iter(bar)


commands = (record, trust)
