"""The act of choosing how long a class of data is kept (GD-5(1)(e))."""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, keep_text, note
from app.identity.errors import HubOnly
from app.identity.rules.people import check_reason
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict
from app.privacy.models import RetentionTerm
from app.privacy.queries.terms import terms_now, versions_of_terms
from app.privacy.rules.retention import RetentionClass, Term, check_term


def set_term(session: Session, chosen: RetentionClass, term: Term, *, actor: Actor, reason: str) -> RetentionTerm:
    """Decide for the hub how long a class is kept; it counts at once, and what counted before stays readable.

    Raises HubOnly for who acts for one operator, Invalid outside the bounds, Conflict where nothing would change.
    """
    role = actor.require(Permission.ERASURE_DECIDE)
    if actor.operator_id is not None:
        raise HubOnly
    checked = check_term(chosen, term.months, term.minor_months)
    why, before = check_reason(reason), terms_now(session)[chosen]
    if checked == before:
        raise Conflict(N_("This term counts already."))
    known = [row.version for row in versions_of_terms(session) if row.retention_class is chosen]
    row = RetentionTerm(
        retention_class=chosen,
        version=max(known, default=0) + 1,
        months=checked.months,
        minor_months=checked.minor_months,
        reason=keep_text(session, why, actor.person_id),
        set_by=actor.pseudonym,
        set_at=clock.now(),
    )
    session.add(row)
    subject, said = Subject("retention", chosen.value), {"class": chosen.value}
    note(
        session,
        Action.RETENTION_SET,
        subject,
        actor=actor,
        role=role,
        reason=why,
        before=said | {"months": before.months, "minor_months": before.minor_months},
        after=said | {"months": checked.months, "minor_months": checked.minor_months, "version": row.version},
    )
    return row
