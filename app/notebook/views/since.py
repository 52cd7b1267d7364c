"""What changed since somebody signed before: shown to whoever is about to sign again (ES-2)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from app.notebook.queries import count_signed_entries
from app.notebook.rules.labels import ENTRY_KINDS
from app.notebook.rules.sheet import EntryFacts
from app.notebook.views.filing import file_name
from app.notebook.views.page import RecordPage
from app.notebook.views.presenting import exception_facts
from app.notebook.views.wording import place_name, value_text
from app.signatures.models import Signature
from app.signatures.rules import MEANINGS
from app.web.formats import show_time
from app.web.languages import translate


def changed_since(
    session: Session,
    page: RecordPage,
    signature: Signature | None,
    *,
    steps: Collection[str] | None = None,
    blind: Collection[str] = (),
) -> dict[str, Any] | None:
    """Return what was added to a record since a signature, in these steps or in all; None where nobody signed before.

    What stands in `blind` fields is left out, for whoever must read it themselves first.
    """
    if signature is None:
        return None
    added = page.sheet.entries[count_signed_entries(session, page.record, signature) :]
    return {
        "meaning": translate(MEANINGS[signature.meaning]),
        "who": page.reader.name(signature.signer_id),
        "at": show_time(signature.signed_at, page.reader.zone),
        "changes": [
            _change(page, entry, hidden=entry.field_id in blind)
            for entry in added
            if steps is None or entry.step_id in steps
        ],
        "exceptions": [
            exception_facts(found, page.sheet, page.reader)["title"]
            for found in page.sheet.exceptions
            if found.opened_at > signature.signed_at and (steps is None or found.step_id in steps)
        ],
    }


def _change(page: RecordPage, entry: EntryFacts, *, hidden: bool) -> dict[str, Any]:
    step = page.sheet.exercise.step(entry.step_id).title.in_language(page.reader.language)
    facts = {"kind": translate(ENTRY_KINDS[entry.kind]), "by": page.reader.by(entry)}
    if entry.field_id is None:
        return facts | {"what": _file_or_step(page, entry, step), "why": entry.why}
    field = page.sheet.exercise.field(entry.field_id)
    facts |= {"what": f"{step} · {place_name(field, entry.position, page.reader)}"}
    if hidden:
        return facts
    history = page.sheet.cell(entry.field_id, entry.position).history
    before = [earlier for earlier in history if earlier.sequence < entry.sequence] if entry in history else []
    return facts | {
        "old": value_text(field, before[-1], page.reader) if before else "",
        "new": value_text(field, entry, page.reader),
        "unit": field.unit.display if field.unit and entry.value else "",
        "why": entry.why,
    }


def _file_or_step(page: RecordPage, entry: EntryFacts, step: str) -> str:
    """Name what an entry without a field is about: a file at a step, or the step."""
    about = {file.entry.sequence: file for file in page.sheet.files}
    file = about.get(entry.corrects or entry.sequence)
    return f"{step} · {file_name(file)}" if file else step
