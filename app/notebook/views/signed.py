"""A record as the thing that was signed: for the page of a signature (app/signatures/services/opening.py)."""

from flask import url_for
from sqlalchemy.orm import Session

from app.kernel.actors import Actor
from app.notebook.queries import access_record, digests_now, sheet_of
from app.signatures.services.opening import Signed


def find_signed_record(session: Session, record_id: str, actor: Actor) -> Signed:
    """Return a record to those who may see it, with what its signatures cover now; raises NotFound."""
    record = access_record(session, record_id, actor)
    url = url_for("notebook.show_record", record_id=record_id)
    return Signed(record.number, url, digests_now(record, sheet_of(session, record)))
