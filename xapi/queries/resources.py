"""What the LRS knows beside statements: activities, names of agents, what is attached, documents."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from xapi.models import Document, KnownActivity, Statement, StatementAttachment
from xapi.queries.statements import of_operator
from xapi.rules.documents import Context
from xapi.rules.keys import iri_key
from xapi.rules.parts import Attached
from xapi.rules.presenting import merge_definitions

_MOST_NAMES = 500
_NAMES_FROM = 100


def definitions_of(session: Session, activities: Iterable[str], operator_id: str | None) -> dict[str, str]:
    """Return what an operator's statements said of activities, as JSON by address; the hub's view is of them all."""
    iris = {iri_key(iri): iri for iri in activities}
    found: dict[str, str] = {}
    keys = list(iris)
    for begin in range(0, len(keys), _MOST_NAMES):
        query = select(KnownActivity.key, KnownActivity.definition).order_by(KnownActivity.scope)
        query = query.where(KnownActivity.key.in_(keys[begin : begin + _MOST_NAMES]))
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


def contents_of(session: Session, statements: Sequence[Mapping[str, Any]]) -> list[tuple[str, Attached]]:
    """Return what is attached to statements and kept here, each content once, with its type."""
    kinds: dict[str, str] = {}
    for statement in statements:
        for holder in (statement, statement["object"]):
            for attachment in holder.get("attachments", ()):
                kinds.setdefault(attachment["sha2"].lower(), attachment["contentType"])
    query = select(StatementAttachment).where(StatementAttachment.digest.in_(kinds)).order_by("digest")
    rows = session.scalars(query).all() if kinds else ()
    return [(kinds[row.digest], Attached(row.digest, row.content)) for row in rows]


def find_documents(session: Session, context: Context, operator_id: str | None) -> Sequence[Document]:
    """Return the documents of a context; without a registration, those of each."""
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
