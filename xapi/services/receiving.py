"""Receiving statements from programs: a request is taken whole or not at all, and what was stored is one line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.kernel import canonical, clock
from app.storage.tables import new_id
from xapi.errors import Malformed
from xapi.models import LrsCredential
from xapi.rules.checking import check_statement
from xapi.rules.editions import ADL, Edition
from xapi.rules.parts import Attached, check_attached
from xapi.rules.reading import Frozen, Given, freeze
from xapi.rules.signatures import check_signatures
from xapi.services.credentials import Scope, actor_of, require_scope, subject_of
from xapi.services.storing import keep_attached, lock_head, store


@dataclass(frozen=True)
class Sent:
    """What a request brings: statements, fixed, and what is attached to them."""

    statements: Sequence[Frozen]
    attached: Sequence[Attached] = ()


def prepare_statements(
    given: Sequence[Given], attached: Sequence[Attached] = (), *, edition: Edition = ADL, only_id: str | None = None
) -> Sent:
    """Check statements against the standard and fix their bytes, before any lock is taken; raise Malformed.

    `only_id` is the id that the address of a PUT names: the statement has it, or gets it.
    """
    now = clock.to_text(clock.now())
    prepared: dict[str, Frozen] = {}
    for number, item in enumerate(given):
        check_statement(item.value, f"[{number}]", edition)
        identifier = item.value.get("id", only_id or new_id()).lower()
        if only_id is not None and identifier != only_id.lower():
            raise Malformed(f"[{number}].id", "is not the id in the address")
        if identifier in prepared:
            raise Malformed(f"[{number}].id", "stands in this request twice")
        check_signatures(item.value, attached)
        prepared[identifier] = freeze(item, identifier=identifier, timestamp=now, version=edition.of_statements)
    check_attached(_attachments(item.value for item in prepared.values()), attached)
    return Sent(list(prepared.values()), attached)


def _attachments(values: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for value in values:
        yield from value.get("attachments", ())
        if value["object"].get("objectType") == "SubStatement":
            yield from value["object"].get("attachments", ())


def receive_statements(session: Session, credential: LrsCredential, sent: Sent, *, authority: bytes) -> int:
    """Store what a program sent and is not stored yet, and write one line if anything was; return how many were stored.

    Raises ScopeMissing, Differs and Malformed; then nothing of the request is stored.
    """
    require_scope(credential, Scope.STATEMENTS_WRITE)
    head = lock_head(session)
    stored = store(session, head, sent.statements, authority=authority, operator_id=credential.operator_id)
    if stored:
        keep_attached(session, sent.attached, credential.operator_id)
        note(
            session,
            Action.XAPI_STATEMENTS_RECEIVED,
            subject_of(credential),
            actor=actor_of(credential),
            after={
                "stored": len(stored),
                "last": head.ordinal,
                "digest": canonical.digest(b"\n".join(statement.body for statement in stored)),
            },
        )
    return len(stored)
