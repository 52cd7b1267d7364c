"""Receiving statements from programs: a request is taken whole or not at all, and what was stored is one line."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.kernel import canonical, clock
from app.storage.tables import new_id
from xapi.errors import Malformed
from xapi.models import LrsCredential
from xapi.rules.checking import check_statement
from xapi.rules.reading import Frozen, Given, freeze
from xapi.services.credentials import Scope, actor_of, require_scope, subject_of
from xapi.services.storing import lock_head, store


def prepare_statements(given: Sequence[Given], *, only_id: str | None = None) -> list[Frozen]:
    """Check statements against the standard and fix their bytes, before any lock is taken; raise Malformed.

    `only_id` is the id that the address of a PUT names: the statement has it, or gets it.
    """
    now = clock.to_text(clock.now())
    prepared: dict[str, Frozen] = {}
    for number, item in enumerate(given):
        check_statement(item.value, f"[{number}]")
        identifier = item.value.get("id", only_id or new_id()).lower()
        if only_id is not None and identifier != only_id.lower():
            raise Malformed(f"[{number}].id", "is not the id in the address")
        if identifier in prepared:
            raise Malformed(f"[{number}].id", "stands in this request twice")
        prepared[identifier] = freeze(item, identifier=identifier, timestamp=now)
    return list(prepared.values())


def receive_statements(
    session: Session, credential: LrsCredential, statements: Sequence[Frozen], *, authority: bytes
) -> int:
    """Store what a program sent and is not stored yet, and write one line if anything was; return how many were stored.

    Raises ScopeMissing, Differs and Malformed; then nothing of the request is stored.
    """
    require_scope(credential, Scope.STATEMENTS_WRITE)
    head = lock_head(session)
    stored = store(session, head, statements, authority=authority, operator_id=credential.operator_id)
    if stored:
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
