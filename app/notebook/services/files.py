"""Files in a record: attaching one to a step, withdrawing one. Nothing is replaced or removed (ER-15, ADR 0017)."""

import logging
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.kernel import canonical
from app.kernel.actors import Actor
from app.kernel.errors import N_, Invalid, NotFound
from app.notebook.errors import FileRefused, NotTheLatest, TooManyFiles
from app.notebook.models import Entry
from app.notebook.rules.files import (
    LONGEST_DESCRIPTION,
    MEGABYTE,
    SHORTEST_DESCRIPTION,
    FileFacts,
    FileLimits,
    Origin,
    plain_name,
)
from app.notebook.rules.filetypes import Recognised, recognise
from app.notebook.rules.pictures import Capture, capture_of
from app.notebook.rules.sheet import StepState
from app.notebook.rules.words import Deed, EntryKind
from app.notebook.services.bench import Bench, need_reason, open_step, take_in_hand
from app.storage.files import FileStore

_log = logging.getLogger("cahier.notebook")


@dataclass(frozen=True)
class Upload:
    """What a person gives: a content, the name it came with, what it shows, and what it is to the work."""

    content: bytes
    name: str
    description: str
    origin: Origin = Origin.ORIGINAL


@dataclass(frozen=True)
class FileShelf:
    """Where files are kept, and how much of them."""

    store: FileStore
    limits: FileLimits = field(default_factory=FileLimits)


def attach_file(
    session: Session, record_id: str, step_id: str, upload: Upload, shelf: FileShelf, *, actor: Actor, reason: str = ""
) -> Entry:
    """Attach a file to a step that was reached; after its end a reason is needed, and the line says that it is late.

    Raises FileRefused for a content that may not be attached, TooManyFiles, ReasonNeeded, StepBlocked. The content is
    in the store before the act is committed.
    """
    bench = take_in_hand(session, record_id, Deed.ENTER, actor=actor)
    step = open_step(bench, step_id)
    is_late = step.state is not StepState.OPEN
    why = need_reason(reason) if is_late else None
    facts = _facts(upload, shelf.limits)
    _need_room(bench, facts, shelf.limits)
    if any(file.facts and file.facts.sha256 == facts.sha256 and not file.withdrawn for file in step.files):
        raise FileRefused(N_("This very file is attached to this step already."))
    shelf.store.put(upload.content)
    entry = bench.entry(
        EntryKind.FILE,
        step_id,
        bench.sheet.next_sequence,
        value=bench.keep(facts.to_text()),
        committed=True,
        reason=bench.keep(why) if why else None,
    )
    said = bench.facts(step=step_id, entry=entry.sequence, value={"commitment": entry.value})
    after = said | ({"late": True} if is_late else {})
    note(session, Action.FILE_ATTACHED, bench.subject, actor=actor, role=bench.role, reason=why, after=after)
    return entry


def withdraw_file(session: Session, record_id: str, sequence: int, *, actor: Actor, reason: str) -> Entry:
    """Say with a reason that a file does not count; it stays where it is, marked as withdrawn.

    Raises NotFound for an entry that is no file, NotTheLatest for one that was withdrawn already.
    """
    bench = take_in_hand(session, record_id, Deed.ENTER, actor=actor)
    found = next((file for file in bench.sheet.files if file.entry.sequence == sequence), None)
    if found is None:
        raise NotFound
    if found.withdrawn:
        raise NotTheLatest(N_("This file was withdrawn already."))
    why = need_reason(reason)
    entry = bench.entry(
        EntryKind.FILE_WITHDRAWN,
        found.entry.step_id,
        bench.sheet.next_sequence,
        corrects=sequence,
        reason=bench.keep(why),
    )
    before = {"entry": sequence, "value": {"commitment": found.entry.value}}
    after = bench.facts(step=found.entry.step_id, entry=entry.sequence)
    subject, role = bench.subject, bench.role
    note(session, Action.FILE_WITHDRAWN, subject, actor=actor, role=role, reason=why, before=before, after=after)
    return entry


def _facts(upload: Upload, limits: FileLimits) -> FileFacts:
    description = " ".join(upload.description.split())
    faults: dict[str, str] = {}
    if len(description) < SHORTEST_DESCRIPTION:
        faults["description"] = N_("Say in a few words what it shows, for those who cannot see it.")
    elif len(description) > LONGEST_DESCRIPTION:
        faults["description"] = N_("This text is too long: at most %(most)s characters.")
    if not upload.content:
        faults["file"] = N_("Take a photo or choose a file.")
    if faults:
        raise Invalid(fields=faults, most=LONGEST_DESCRIPTION)
    if len(upload.content) > limits.bytes:
        raise FileRefused(N_("This file is larger than %(most)s MB."), most=limits.bytes // MEGABYTE)
    found = _recognised(upload)
    capture = capture_of(upload.content) if found.media_type.startswith("image/") else Capture()
    return FileFacts(
        sha256=canonical.digest(upload.content),
        bytes=len(upload.content),
        media_type=found.media_type,
        name=plain_name(upload.name, found.ending),
        description=description,
        origin=upload.origin,
        taken_at=capture.taken_at,
        device=capture.device,
    )


def _recognised(upload: Upload) -> Recognised:
    try:
        return recognise(upload.content, upload.name)
    except FileRefused as error:
        _log.warning("a file of %s bytes was refused: %s", len(upload.content), error)
        raise


def _need_room(bench: Bench, facts: FileFacts, limits: FileLimits) -> None:
    """Raise unless the record takes one more file."""
    there = [file for file in bench.sheet.files if file.facts]
    if len(there) >= limits.of_a_record:
        raise TooManyFiles(subject=str(bench.subject), count=len(there), most=limits.of_a_record)
    if sum(file.facts.bytes for file in there if file.facts) + facts.bytes > limits.bytes_of_a_record:
        most = limits.bytes_of_a_record // MEGABYTE
        too_much = N_("All files of a record together hold at most %(most)s MB.")
        raise TooManyFiles(too_much, subject=str(bench.subject), most=most)
