"""Taking one's own data away: one click, one act, one archive of JSON with a page to read (GD-15, GD-20)."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, cast

from flask import Flask, Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.identity.errors import PasswordFirst
from app.identity.models import Person
from app.kernel import clock
from app.notebook.errors import FileDamaged
from app.notebook.queries import sheet_of
from app.notebook.services.keeping import content_of
from app.notebook.views.shelf import shelf_here
from app.privacy.queries.knowing import facts_of_person, lines_about, records_of, texts_written_by
from app.privacy.queries.providing import portable
from app.privacy.queries.reaching import own_records
from app.privacy.services.handing_out import hand_out_person
from app.privacy.views.blueprint import blueprint
from app.trail.rules.actions import ACTIONS
from app.web.access import signed_in
from app.web.acting import acting
from app.web.languages import speaking, translate
from app.web.visitors import current_actor, current_visitor, edge

SCHEMA_FILE = "portable.schema.json"
_GIVEN = "cahier_privacy"


@dataclass(frozen=True)
class Above:
    """What a room above keeps of people, by pseudonym.

    `statements` finds their learning statements, each with whether it is a judgement of somebody else; `documents` what
    programs keep about them; `forget` removes those documents when they are erased.
    """

    statements: Callable[[Session, str], Iterable[tuple[bool, Any]]]
    documents: Callable[[Session, str], list[dict[str, Any]]]
    forget: Callable[[Session, str], None]


def install_privacy(app: Flask, above: Above) -> None:
    """Tell the room how to reach what a room above keeps of people."""
    app.extensions[_GIVEN] = above


def kept_above() -> Above:
    """Return what the room was told."""
    return cast(Above, current_app.extensions[_GIVEN])


@blueprint.post("/account/export")
@signed_in
def take_own() -> ResponseReturnValue:
    """Hand a person everything that is known of them, for all their operators, at one click: no course opens that."""
    actor, visitor = current_actor(), current_visitor()
    if visitor and visitor.launched:
        raise PasswordFirst(subject=actor.pseudonym)
    person_id = actor.person_id or ""
    with acting(url_for("identity.show_account")) as session:
        hand_out_person(session, person_id, actor=actor)
    with edge().storage.reading() as session:
        package = make_package(session, session.get_one(Person, person_id))
    disposition = f'attachment; filename="cahier-{person_id}.zip"'
    return Response(package, content_type="application/zip", headers={"Content-Disposition": disposition})


def make_package(session: Session, person: Person) -> bytes:
    """Return the archive of a person: what is known of them to read and as JSON, and the portable part apart."""
    above, pseudonym = kept_above(), f"person:{person.id}"
    with speaking(person.language):
        facts, records = facts_of_person(session, person), records_of(session, person.id)
        lines, statements = lines_about(session, person.id), list(above.statements(session, pseudonym))
        page = _page(person, facts, records, lines)
    contents = {
        "index.html": page,
        "person.json": _json(facts),
        "records.json": _json(records),
        "lines.json": _json(lines),
        "texts.json": _json(texts_written_by(session, person.id)),
        "statements.json": _json([statement for _, statement in statements]),
        "documents.json": _json(above.documents(session, pseudonym)),
        "portable/portable.json": _json(portable(person, records, [one for judged, one in statements if not judged])),
        f"portable/{SCHEMA_FILE}": (files("config") / SCHEMA_FILE).read_text(encoding="utf-8"),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        for name, text in contents.items():
            writing.writestr(name, text)
        for name, content in _files(session, person.id):
            writing.writestr(f"portable/files/{name}", content)
    return archive.getvalue()


def _files(session: Session, person_id: str) -> Iterator[tuple[str, bytes]]:
    """Yield the originals that the person attached, named by record and entry; one that is damaged is left out."""
    for record in own_records(session, person_id):
        for file in sheet_of(session, record).files:
            if file.facts and file.entry.performed_by == person_id:
                with suppress(FileDamaged):
                    content = content_of(shelf_here().store, file)
                    yield f"{record.number}/{file.entry.sequence}-{file.facts.name}", content


def _page(person: Person, facts: dict[str, Any], records: list[dict[str, Any]], lines: list[dict[str, Any]]) -> str:
    words = {action.value: translate(label) for action, label in ACTIONS.items()}
    return render_template(
        "privacy/package.html",
        person=person,
        facts=facts,
        records=records,
        lines=[line | {"done": words.get(line["action"], line["action"])} for line in lines],
        own=f"person:{person.id}",
        made_at=clock.now(),
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
