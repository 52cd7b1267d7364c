"""The terms of retention that count, and those that counted before."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.privacy.models import RetentionTerm
from app.privacy.rules.retention import DEFAULTS, RetentionClass, Term


def terms_now(session: Session) -> dict[RetentionClass, Term]:
    """Return the term of each class: what the hub decided last, or else what is shipped."""
    return DEFAULTS | {row.retention_class: Term(row.months, row.minor_months) for row in versions_of_terms(session)}


def versions_of_terms(session: Session) -> Sequence[RetentionTerm]:
    """Return every decision over a term, the oldest first within its class."""
    query = select(RetentionTerm).order_by(RetentionTerm.retention_class, RetentionTerm.version)
    return session.scalars(query).all()
