"""Forgetting a person in what the LRS keeps besides statements, which name nobody."""

from sqlalchemy.orm import Session

from xapi.services.actors import forget_actors
from xapi.services.cmi5_sessions import forget_sessions
from xapi.services.documents import forget_documents


def forget_learner(session: Session, pseudonym: str, *, home: str) -> None:
    """Remove what programs and courses keep about a person, and as whom targets know them; part of their erasure."""
    forget_documents(session, pseudonym, home=home)
    forget_actors(session, pseudonym.removeprefix("person:"))
    forget_sessions(session, pseudonym)
