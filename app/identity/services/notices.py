"""Reading the notice: that somebody was told of their data, in which language and version, before they went on."""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, hold_log, note
from app.identity.models import NoticeReading, NoticeText
from app.identity.rules.people import Notice
from app.kernel import clock
from app.kernel.actors import Actor


def read_notice(session: Session, notice: Notice, *, actor: Actor) -> None:
    """Note that a person has read the notice, which informs them and asks for nothing (GDPR 13)."""
    subject = Subject("person", actor.person_id or "")
    keep_reading(session, subject.id, notice)
    note(session, Action.NOTICE_READ, subject, actor=actor, after=notice_facts(notice))


def keep_reading(session: Session, person_id: str, notice: Notice) -> None:
    """Keep that a person read a text, and the text itself when they are the first; part of an act.

    Takes the hub's log, so that of two who read a new text at once only one adds it.
    """
    hold_log(session, None)
    now = clock.now()
    if session.get(NoticeText, notice.digest) is None:
        session.add(
            NoticeText(
                digest=notice.digest,
                language=notice.language,
                version=notice.version,
                title=notice.title,
                text=notice.text,
                first_read_at=now,
            )
        )
    if session.get(NoticeReading, (person_id, notice.digest)) is None:
        session.add(NoticeReading(person_id=person_id, digest=notice.digest, read_at=now))


def notice_facts(notice: Notice) -> dict[str, str]:
    """Return what a line says of the text that was read."""
    return {"notice": notice.digest, "version": notice.version, "language": notice.language}
