"""Erasing a person's values: proposed by one, confirmed by another, and done in the one act of the second (GD-17)."""

import secrets
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import keep_text, note, open_text
from app.audit.texts import doom_key, erase_texts
from app.identity.models import OutsideAccount, Person, Token
from app.identity.rules.people import check_reason
from app.identity.services.names import take_names
from app.identity.services.people import person_subject
from app.kernel import canonical, clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, NotFound
from app.privacy.errors import ErasureBlocked, NamesInDecision, OnePersonOnly
from app.privacy.models import Erasure
from app.privacy.queries.reaching import decidable_person, obstacles, open_erasure_of, reach_of
from app.privacy.rules.erasing import ARTICLES, ErasureState, Ground, Reach, Share
from app.privacy.services.copies import forget_copies
from app.storage.tables import new_id

Forget = Callable[[Session, str], None]


def propose_erasure(
    session: Session, person_id: str, ground: Ground, shares: Sequence[Share], *, actor: Actor, reason: str
) -> Erasure:
    """Propose to erase a person's values; nothing goes before somebody else confirmed it.

    `reason` is the decision in words; it stays, and must not name the person. Raises ErasureBlocked, NamesInDecision,
    HubOnly, Conflict while another proposal waits.
    """
    role = actor.require(Permission.ERASURE_DECIDE, f"person:{person_id}")
    person = decidable_person(session, person_id, actor, for_act=True)
    decision = check_decision([person], reason)
    _check_free(session, person)
    if open_erasure_of(session, person_id):
        raise Conflict(N_("An erasure is proposed for this person already."))
    chosen = [share for share in Share if share is Share.IDENTITY or share in shares]
    erasure = Erasure(
        id=new_id(),
        person_id=person_id,
        ground=ground,
        shares=[share.value for share in chosen],
        decision=keep_text(session, decision, actor.person_id),
        state=ErasureState.PROPOSED,
        proposed_by=actor.pseudonym,
        proposed_at=clock.now(),
    )
    session.add(erasure)
    after = erasure_facts(erasure, reach_of(session, person), chosen)
    subject = person_subject(person_id)
    note(session, Action.ERASURE_PROPOSED, subject, actor=actor, role=role, reason=decision, after=after)
    return erasure


def withdraw_erasure(session: Session, person_id: str, *, actor: Actor, reason: str) -> None:
    """Give a proposal up, by whoever may decide; nothing was erased."""
    role = actor.require(Permission.ERASURE_DECIDE, f"person:{person_id}")
    decidable_person(session, person_id, actor, for_act=True)
    erasure = _proposed(session, person_id)
    reason = check_reason(reason)
    erasure.state, erasure.decided_by, erasure.decided_at = ErasureState.WITHDRAWN, actor.pseudonym, clock.now()
    subject, after = person_subject(person_id), {"erasure": erasure.id}
    note(session, Action.ERASURE_WITHDRAWN, subject, actor=actor, role=role, reason=reason, after=after)


def confirm_erasure(
    session: Session, person_id: str, *, pepper: bytes, actor: Actor, forget: Forget | None = None
) -> Erasure:
    """Confirm a proposal as the second person: texts, salts, names and every copy of them are gone with this act.

    `forget` removes, by pseudonym, what a room above keeps about the person. The line names every commitment whose
    text went, and its reason is the decision (PF-12). Login and e-mail address are never given again: a code under the
    pepper stays, which tells nothing without it (P11.100(a)). Raises OnePersonOnly for whoever proposed it,
    ErasureBlocked when something began meanwhile.
    """
    role = actor.require(Permission.ERASURE_DECIDE, f"person:{person_id}")
    person = decidable_person(session, person_id, actor, for_act=True)
    erasure = _proposed(session, person_id)
    if erasure.proposed_by == actor.pseudonym:
        raise OnePersonOnly(subject=f"person:{person_id}")
    _check_free(session, person)
    chosen, reach = [Share(share) for share in erasure.shares], reach_of(session, person)
    erased = reach.commitments(chosen)
    erasure.state, erasure.decided_by, erasure.decided_at = ErasureState.DONE, actor.pseudonym, clock.now()
    decision = open_text(session, erasure.decision)
    empty_person(session, person, erased, pepper, forget)
    after = erasure_facts(erasure, reach, chosen) | {"commitments": erased, "proposed_by": erasure.proposed_by}
    subject = person_subject(person_id)
    note(session, Action.PERSON_ERASED, subject, actor=actor, role=role, reason=decision, after=after)
    return erasure


def empty_person(session: Session, person: Person, erased: Sequence[str], pepper: bytes, forget: Forget | None) -> None:
    """Erase these texts, the person's values and every copy of them; part of the act that decides it."""
    forget_copies(session, person)
    if forget:
        forget(session, f"person:{person.id}")
    erase_texts(session, erased)
    take_names(session, person, pepper)
    _erase_person(session, person)


def erasure_facts(erasure: Erasure, reach: Reach, chosen: Sequence[Share]) -> dict[str, object]:
    """Return what every line about an erasure says of it."""
    return {
        "erasure": erasure.id,
        "ground": erasure.ground.value,
        "article": ARTICLES[erasure.ground],
        "shares": [share.value for share in chosen],
        "kept": {kept.value: count for kept, count in reach.kept.items() if count},
    }


def _proposed(session: Session, person_id: str) -> Erasure:
    erasure = open_erasure_of(session, person_id)
    if erasure is None:
        raise NotFound
    return erasure


def _check_free(session: Session, person: Person) -> None:
    if obstacles(session, person):
        raise ErasureBlocked


def check_decision(people: Iterable[Person], reason: str) -> str:
    """Return the words of a decision, which stay; raise NamesInDecision where they name one of these people."""
    decision = check_reason(reason)
    values = [value for person in people for value in (person.name, person.login, person.email)]
    words = [value.casefold() for value in values if value]
    if any(word in decision.casefold() for word in words):
        raise NamesInDecision(fields={"reason": NamesInDecision.message})
    return decision


def _erase_person(session: Session, person: Person) -> None:
    """Take the name and all that leads to it."""
    # It was a code of the login, by which whoever has the key store could try logins.
    person.login_key = canonical.digest(secrets.token_bytes(32))
    if person.particulars is not None:  # its key is that of everything which says who the person is
        doom_key(session, person.id, person.particulars, person.bound_to())
    person.untell()
    person.erased_at = clock.now()
    for account in session.scalars(select(OutsideAccount).where(OutsideAccount.person_id == person.id)):
        account.untell()
        account.name_key = None
        account.ended_at = account.ended_at or clock.now()
    for token in session.scalars(select(Token).where(Token.person_id == person.id)):
        token.untell()
        token.label_commitment, token.revoked_at = "", token.revoked_at or clock.now()
