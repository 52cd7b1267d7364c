"""Keeping documents for programs: replaced and removed as the standard asks, each time with a line of the trail."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.identity.models import Person
from app.kernel import clock
from app.kernel.actors import Actor
from app.storage.particulars import bound_to_row, seal_about
from app.storage.sessions import vault_of
from app.storage.vault import Vault
from xapi.models import Document, LrsCredential
from xapi.queries.resources import content_of, find_documents
from xapi.rules.documents import Content, Context, Stance, check_conditions, check_content, merge
from xapi.rules.keys import agent_key
from xapi.services.credentials import actor_of, subject_of
from xapi.services.storing import lock_head

_PERSON = "person:"


def keep_document(
    session: Session,
    credential: LrsCredential,
    context: Context,
    sent: Content,
    *,
    stance: Stance,
    merges: bool,
    home: str,
) -> None:
    """Keep a document: in place of the one that is there, or its members added to it (`merges`).

    One about a person of the hub, whose home page is `home`, is sealed under their key (GD-25-1).
    Raises Malformed, PreconditionFailed and AlreadyThere.
    """
    lock_head(session)  # otherwise two programs could both find no document, and both add one
    kept = _locked(session, credential, context)
    there = content_of(session, kept) if kept else None
    check_conditions(context.resource, there, stance, replaces=not merges)
    check_content(sent, must_be_object=merges)
    content = merge(there, sent) if merges and there else sent
    document = kept or _new(context, credential.operator_id)
    document.person_id = person_in(session, context, home)
    document.media_type, document.stored = content.media_type, clock.now()
    document.kept = _sealed(document, content.data, vault_of(session))
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
        check_conditions(context.resource, content_of(session, kept) if kept else None, stance, replaces=False)
        found = [kept] if kept else []
    for document in found:
        session.delete(document)
    if found:
        before = {
            "documents": len(found),
            "digest": _digest(*(content_of(session, one).data for one in found)),
        }
        actor, subject = actor_of(credential), subject_of(credential)
        note(session, Action.XAPI_DOCUMENTS_DELETED, subject, actor=actor, before=before)


def forget_documents(session: Session, pseudonym: str, *, home: str) -> None:
    """Remove what programs keep about a person of the hub; part of the act that erases them, which writes its line."""
    agent = agent_key({"account": {"homePage": home, "name": pseudonym}})
    session.execute(delete(Document).where(Document.agent == agent))


def seal_documents(session: Session, home: str, origin: str, *, actor: Actor) -> int:
    """Seal what a release before kept about people of the hub as it came, and return how many; no line where there is
    none.
    """
    agents = {
        agent_key({"account": {"homePage": home, "name": f"person:{identifier}"}}): identifier
        for identifier in session.scalars(select(Person.id).where(Person.erased_at.is_(None)))
    }
    query = select(Document).where(Document.agent.is_not(None), Document.person_id.is_(None))
    found = [one for one in session.scalars(query) if one.agent in agents]
    for document in found:
        document.person_id = agents[document.agent]
        document.kept = _sealed(document, document.kept, vault_of(session))
    if found:
        after = {"documents": len(found)}
        note(session, Action.TEXTS_SEALED, Subject("hub", origin), actor=actor, after=after)
    return len(found)


def person_in(session: Session, context: Context, home: str) -> str | None:
    """Return the person of the hub about whom a context speaks, unless they were erased."""
    page, name = context.account or ("", "")
    person = session.get(Person, name.removeprefix(_PERSON)) if page == home and name.startswith(_PERSON) else None
    return person.id if person and person.erased_at is None else None


def _sealed(document: Document, data: bytes, vault: Vault) -> bytes:
    if document.person_id is None:
        return data
    return seal_about(vault, document.person_id, data, bound_to_row(Document.__tablename__, document.place))


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
