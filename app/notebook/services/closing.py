"""Completing a record under the performer's signature, and aborting one."""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import keep_text, note
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.notebook import queries
from app.notebook.errors import NothingMissingFirst, NotThePerformer
from app.notebook.models import Record
from app.notebook.rules.sheet import missing_for_completion
from app.notebook.rules.words import Deed, next_state
from app.notebook.services.bench import need_reason, record_facts, record_subject, take_in_hand
from app.notebook.services.placing import need_shown
from app.signatures.rules import Meaning
from app.signatures.services.keys import OpenKey
from app.signatures.services.signing import sign


def complete_record(
    session: Session, record_id: str, key: OpenKey, shown_digest: str, *, actor: Actor, shown_room: str | None = None
) -> Record:
    """Sign PERFORMED over the whole record and hand it to review; raises NothingMissingFirst while a step is not done.

    The line commits to the count of entries and to the digest that was signed, which closes the record's chain (§13.4).
    Raises ContentChanged where the digest or the room (`need_shown`) is not the one that was shown.
    """
    bench = take_in_hand(session, record_id, Deed.COMPLETE, actor=actor)
    missing = missing_for_completion(bench.sheet)
    if missing:
        titles = [bench.sheet.exercise.step(step).title.in_language(actor.language) for step in missing]
        raise NothingMissingFirst(subject=str(bench.subject), missing=", ".join(titles))
    need_shown(bench.record, shown_room)
    signable = queries.signable_record(bench.record, bench.sheet)
    signature = sign(
        session, signable, Meaning.PERFORMED, key, actor=actor, shown_digest=shown_digest, zone=bench.record.zone
    )
    bench.record.completed_at = clock.now()
    bench.record.reviewer_id = None
    note(
        session,
        Action.RECORD_COMPLETED,
        bench.subject,
        actor=actor,
        role=bench.role,
        after=bench.facts(
            state=bench.record.state.value,
            entries=len(bench.sheet.entries),
            digest=signable.digest,
            signature=signature.manifest_digest,
            meaning=Meaning.PERFORMED.value,
            round=bench.record.round,
        ),
    )
    return bench.record


def abort_record(session: Session, record_id: str, *, actor: Actor, reason: str) -> Record:
    """Abort a record with a reason, by its performer or an assessor; everything entered stays, the number stays
    (ER-25).
    """
    subject = f"record:{record_id}"
    record = queries.access_record(session, record_id, actor, for_act=True)
    if record.performer_id != actor.person_id and not actor.may(Permission.RECORD_ASSESS):
        raise NotThePerformer(subject=subject)
    role = actor.require(
        Permission.RECORD_EXECUTE if record.performer_id == actor.person_id else Permission.RECORD_ASSESS, subject
    )
    text = need_reason(reason)
    before, record.state = record.state, next_state(record.state, Deed.ABORT, subject)
    record.closed_at = clock.now()
    record.note = keep_text(session, text, actor.person_id)
    note(
        session,
        Action.RECORD_ABORTED,
        record_subject(record),
        actor=actor,
        role=role,
        reason=text,
        before={"state": before.value},
        after=record_facts(record) | {"state": record.state.value},
    )
    return record
