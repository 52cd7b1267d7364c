"""What the LRS knows beside statements: activities, names of agents, what is attached, documents."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel import clock
from app.storage.particulars import bound_to_row, open_about
from app.storage.rows import in_portions
from app.storage.sessions import vault_of
from xapi.models import Document, KnownActivity, Statement, StatementAttachment
from xapi.queries.statements import of_operator
from xapi.rules.documents import Content, Context
from xapi.rules.keys import agent_key, iri_key
from xapi.rules.parts import Attached
from xapi.rules.presenting import merge_definitions

_NAMES_FROM = 100


def definitions_of(session: Session, activities: Iterable[str], operator_id: str | None) -> dict[str, str]:
    """Return what an operator's statements said of activities, as JSON by address; the hub's view is of them all."""
    iris = {iri_key(iri): iri for iri in activities}
    found: dict[str, str] = {}
    for keys in in_portions(list(iris)):
        query = select(KnownActivity.key, KnownActivity.definition).order_by(KnownActivity.scope)
        query = query.where(KnownActivity.key.in_(keys))
        if operator_id is not None:
            query = query.where(KnownActivity.scope == operator_id)
        for key, definition in session.execute(query):
            iri = iris[key]
            found[iri] = merge_definitions(found[iri], definition) if iri in found else definition
    return found


def names_of(session: Session, agent: str, operator_id: str | None) -> list[str]:
    """Return the names that the last statements of an agent gave to it, by agent key."""
    query = of_operator(select(Statement.body).where(Statement.agent == agent), operator_id)
    bodies = session.scalars(query.order_by(Statement.ordinal.desc()).limit(_NAMES_FROM))
    names = (json.loads(body)["actor"].get("name") for body in bodies)
    return sorted({name for name in names if name})


def contents_of(
    session: Session, statements: Sequence[Mapping[str, Any]], operator_id: str | None
) -> list[tuple[str, Attached]]:
    """Return what is attached to statements and kept here, each content once, with its type."""
    kinds: dict[str, str] = {}
    for statement in statements:
        for holder in (statement, statement["object"]):
            for attachment in holder.get("attachments", ()):
                kinds.setdefault(attachment["sha2"].lower(), attachment["contentType"])
    contents = {row.digest: row.content for row in attachments_of(session, sorted(kinds), operator_id)}
    return [(kinds[digest], Attached(digest, content)) for digest, content in contents.items()]


def attachments_of(session: Session, digests: Sequence[str], scope: str | None) -> Iterator[StatementAttachment]:
    """Yield what is kept under some digests, of one scope or (None) of all."""
    for chosen in in_portions(digests):
        query = select(StatementAttachment).where(StatementAttachment.digest.in_(chosen))
        query = query.order_by(StatementAttachment.digest)
        yield from session.scalars(query if scope is None else query.where(StatementAttachment.scope == scope))


def documents_of(session: Session, pseudonym: str, *, home: str) -> list[dict[str, Any]]:
    """Return what programs keep about a person of the hub: state and profile, with the text or else base64 (GD-15)."""
    agent = agent_key({"account": {"homePage": home, "name": pseudonym}})
    query = select(Document).where(Document.agent == agent).order_by(Document.stored, Document.name)
    return [_document(row, content_of(session, row).data) for row in session.scalars(query)]


def _document(row: Document, data: bytes) -> dict[str, Any]:
    try:
        content = {"text": data.decode()}
    except UnicodeDecodeError:
        content = {"base64": b64encode(data).decode()}
    known = {"resource": row.resource, "name": row.name, "registration": row.registration}
    return known | {"type": row.media_type, "stored": clock.to_text(row.stored)} | content


def content_of(session: Session, document: Document) -> Content:
    """Return what a document holds; raises KeyMissing, KeyDestroyed, SealedAltered for one that does not open."""
    data = document.kept
    if document.person_id is not None:
        bound = bound_to_row(Document.__tablename__, document.place)
        data = open_about(vault_of(session), document.person_id, data, bound)
    return Content(document.media_type, data)


def find_documents(session: Session, context: Context, operator_id: str | None) -> Sequence[Document]:
    """Return the documents of a context, or the one that it names; without a registration, those of each."""
    if context.name is not None:
        found = session.get(Document, context.place(operator_id))
        return [found] if found else []
    query = select(Document).where(
        Document.operator_id == operator_id,
        Document.resource == context.resource,
        Document.activity == context.activity,
        Document.agent == context.agent,
    )
    if context.registration is not None:
        query = query.where(Document.registration == context.registration)
    if context.since is not None:
        query = query.where(Document.stored > context.since)
    return session.scalars(query.order_by(Document.stored, Document.name)).all()
