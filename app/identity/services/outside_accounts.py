"""Accounts of people in other systems, such as an LMS: linked and ended by their person, or by who administers them."""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity import queries
from app.identity.errors import AccountTaken
from app.identity.models import OutsideAccount
from app.identity.rules.people import AccountName, check_account_name, check_home_page, check_reason
from app.identity.services.people import administered_person, person_subject
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import N_, Conflict, NotFound
from app.storage.sessions import vault_of
from app.storage.tables import new_id


def link_account(
    session: Session, person_id: str, home_page: str, kind: AccountName, name: str, *, actor: Actor
) -> OutsideAccount:
    """Say by which name another system knows a person; the name that it had for them before ends with it.

    Raises AccountTaken for a name that is linked to somebody else, Conflict for one that is linked to them already,
    Invalid for what is no address or no name.
    """
    role = _require(session, person_id, actor)
    home_page, name = check_home_page(home_page), check_account_name(name)
    holder = queries.account_in_use(session, home_page, kind, name)
    if holder and holder.person_id != person_id:
        raise AccountTaken
    if holder:
        raise Conflict(N_("This account is linked to this person already."))
    for old in queries.accounts_of(session, person_id):
        if (old.home_page, old.kind) == (home_page, kind):
            old.ended_at = clock.now()
    linked = OutsideAccount(
        id=new_id(),
        person_id=person_id,
        home_page=home_page,
        kind=kind,
        name=name,
        name_key=queries.account_key(vault_of(session), home_page, name),
        linked_at=clock.now(),
    )
    session.add(linked)
    after = {"home_page": home_page, "kind": kind.value}
    note(session, Action.ACCOUNT_LINKED, person_subject(person_id), actor=actor, role=role, after=after)
    return linked


def unlink_account(session: Session, account_id: str, *, actor: Actor, reason: str) -> None:
    """End a link, with a reason; what was sent or received under it stays what it was. Raises NotFound."""
    account = session.get(OutsideAccount, account_id)
    if account is None or account.ended_at:
        raise NotFound
    role = _require(session, account.person_id, actor)
    account.ended_at = clock.now()
    before = {"home_page": account.home_page, "kind": account.kind.value}
    subject, given = person_subject(account.person_id), check_reason(reason)
    note(session, Action.ACCOUNT_UNLINKED, subject, actor=actor, role=role, reason=given, before=before)


def _require(session: Session, person_id: str, actor: Actor) -> Role | None:
    """Return the role in which the actor may link accounts of a person; everybody may link their own."""
    if actor.person_id == person_id:
        return None
    role = actor.require(Permission.PERSON_ADMINISTER, f"person:{person_id}")
    administered_person(session, person_id, actor)
    return role
