"""The register of breaches: each with its facts, effects, measures, and who was notified or why not (GDPR 33(5))."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from app.identity.queries import names_of_actors
from app.kernel import clock
from app.privacy.models import Breach, DataRequest
from app.privacy.queries.knowing import plain
from app.web.opened import texts_behind

TEXTS = ("nature", "concerned", "consequences", "measures", "grounds", "authority_text", "people_text", "late")
COLUMNS = (
    *("id", "source", "incident_id", "detected_at", "due_at", "stopped_at", "opened_by", "opened_at", "kinds"),
    *("findings", "nature", "concerned", "people", "records", "consequences", "measures"),
    *("notify_authority", "notify_people", "grounds", "authority_text", "people_text", "decided_by", "decided_at"),
    *("authority_notified_at", "late", "people_notified_at", "closed_by", "closed_at"),
)


def breach_facts(session: Session, breach: Breach) -> dict[str, Any]:
    """Return everything that is kept of a breach, its texts and names opened."""
    texts = texts_behind(session, [getattr(breach, name) for name in TEXTS])
    doers = names_of_actors(session, [breach.opened_by, breach.decided_by, breach.closed_by])
    facts = {name: getattr(breach, name) for name in COLUMNS}
    facts |= {name: texts.get(facts[name] or "", "") for name in TEXTS}
    return facts | {name: doers.get(facts[name] or "", "") for name in ("opened_by", "decided_by", "closed_by")}


def register_of(session: Session, breaches: Iterable[Breach]) -> list[dict[str, Any]]:
    """Return the register as plain values, for a file."""
    rows = [{name: plain(value) for name, value in breach_facts(session, one).items()} for one in breaches]
    return [row | {"kinds": ", ".join(row["kinds"]), "findings": len(row["findings"])} for row in rows]


def request_facts(request: DataRequest) -> dict[str, Any]:
    """Return a request for a program: under the person's pseudonym, without its texts."""
    return {
        "id": request.id,
        "person": f"person:{request.person_id}",
        "asked": request.asked.value,
        "way": request.way.value,
        "received": request.received_on,
        "due": clock.to_text(request.due_at),
        "extended_by_months": request.more_months or 0,
        "outcome": request.outcome.value if request.outcome else None,
        "answered": plain(request.stopped_at),
    }
