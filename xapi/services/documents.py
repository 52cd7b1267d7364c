"""Keeping documents for programs: replaced and removed as the standard asks, each time with a line of the trail."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.kernel import clock
from xapi.models import Document, LrsCredential
from xapi.queries.resources import find_documents
from xapi.rules.documents import Content, Context, Stance, check_conditions, check_content, merge
from xapi.rules.keys import agent_key
from xapi.services.credentials import actor_of, subject_of
from xapi.services.storing import lock_head


def keep_document(
    session: Session, credential: LrsCredential, context: Context, sent: Content, *, stance: Stance, merges: bool
) -> None:
    """Keep a document: in place of the one that is there, or its members added to it (`merges`).

    Raises Malformed, PreconditionFailed and AlreadyThere.
    """
    lock_head(session)  # otherwise two programs could both find no document, and both add one
    kept = _locked(session, credential, context)
    there = content_of(kept) if kept else None
    check_conditions(context.resource, there, stance, replaces=not merges)
    check_content(sent, must_be_object=merges)
    content = merge(there, sent) if merges and there else sent
    document = kept or _new(context, credential.operator_id)
    document.media_type, document.content, document.stored = content.media_type, content.data, clock.now()
    session.add(document)
    after = {"resource": context.resource, "place": document.place, "digest": _digest(content.data)}
    note(session, Action.XAPI_DOCUMENT_KEPT, subject_of(credential), actor=actor_of(credential), after=after)


def delete_documents(session: Session, credential: LrsCredential, context: Context, *, stance: Stance) -> None:
    """Remove the document that a context names, or all of it; nothing happens where there is none."""
    lock_head(session)
    if context.name is None:
        found: Sequence[Document] = find_documents(session, context, credential.operator_id)
    else:
        kept = _locked(session, credential, context)
        check_conditions(context.resource, content_of(kept) if kept else None, stance, replaces=False)
        found = [kept] if kept else []
    for document in found:
        session.delete(document)
    if found:
        before = {"documents": len(found), "digest": _digest(*(document.content for document in found))}
        actor, subject = actor_of(credential), subject_of(credential)
        note(session, Action.XAPI_DOCUMENTS_DELETED, subject, actor=actor, before=before)


def forget_documents(session: Session, pseudonym: str, *, home: str) -> None:
    """Remove what programs keep about a person of the hub; part of the act that erases them, which writes its line."""
    agent = agent_key({"account": {"homePage": home, "name": pseudonym}})
    session.execute(delete(Document).where(Document.agent == agent))


def content_of(document: Document) -> Content:
    """Return what a document holds."""
    return Content(document.media_type, document.content)


def _locked(session: Session, credential: LrsCredential, context: Context) -> Document | None:
    return session.get(Document, context.place(credential.operator_id), with_for_update=True)


def _new(context: Context, operator_id: str | None) -> Document:
    return Document(
        place=context.place(operator_id),
        operator_id=operator_id,
        resource=context.resource,
        activity=context.activity,
        agent=context.agent,
        registration=context.registration,
        name=context.name,
    )


def _digest(*contents: bytes) -> str:
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
