"""Acts on the LMSs that may launch exercises: add one, end one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.storage.tables import new_id
from xapi.errors import LmsNameTaken
from xapi.models import CourseLms
from xapi.queries import cmi5 as queries
from xapi.rules.cmi5 import check_lms_name, check_origins


@dataclass(frozen=True)
class NewLms:
    """An LMS that is to launch: its name, the addresses below which it leads the hub, one more authority to trust."""

    name: str
    origins: Sequence[str]
    operator_id: str | None = None
    ca_file: str | None = None


def add_lms(session: Session, new: NewLms, *, actor: Actor) -> CourseLms:
    """Let an LMS launch exercises. Raises BadLms, LmsNameTaken."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    name, origins = check_lms_name(new.name), check_origins(new.origins)
    if queries.find_lms(session, name):
        raise LmsNameTaken
    lms = CourseLms(
        id=new_id(),
        operator_id=actor.operator_id or new.operator_id,
        name=name,
        origins=origins,
        ca_file=new.ca_file,
        added_at=clock.now(),
    )
    session.add(lms)
    after = {"name": name, "origins": origins, "ca_file": new.ca_file}
    note(session, Action.LMS_ADDED, _subject(lms), actor=actor, role=role, after=after)
    return lms


def end_lms(session: Session, name: str, *, actor: Actor, reason: str | None = None) -> CourseLms:
    """End an LMS: it launches nothing more, and sessions that are open can still report. Raises NoSuchLms."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    lms = queries.lms_in_use(session, name, actor)
    lms.ended_at = clock.now()
    before = {"name": name, "origins": lms.origins}
    note(session, Action.LMS_ENDED, _subject(lms), actor=actor, role=role, reason=reason, before=before)
    return lms


def _subject(lms: CourseLms) -> Subject:
    return Subject("lms", lms.id, lms.operator_id)
