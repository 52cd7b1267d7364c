"""Using and ending second factors. A code or an answer is used up in a transaction of its own, before the act.

What is used up stays used when the act that follows fails: nothing is accepted twice (RFC 6238 §5.2).
"""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.errors import FactorLost, FactorSuspected, WrongFactor
from app.identity.models import Factor, FactorKind, FactorState, FactorUse
from app.identity.rules.doors import SecondFactor
from app.identity.services.codes import step_of_code, unseal_secret
from app.identity.services.passkeys import Answer, Assertion, Place, named_credential, read_answer, read_assertion
from app.kernel import clock
from app.storage.rows import locked_row

LONGEST_ANSWER = 8192


@dataclass(frozen=True)
class Terms:
    """How this hub handles second factors: whom it asks, what seals their secrets, where passkeys live (settings)."""

    asks: SecondFactor
    key: bytes = field(repr=False)
    place: Place


@dataclass(frozen=True)
class Proof:
    """What somebody gave besides their password: the code of an authenticator, or what their passkey answered.

    `cosign` is for signatures alone: "ask" for a draft that a passkey is to sign, or the draft that it signed.
    """

    code: str = field(default="", repr=False)
    passkey: str = field(default="", repr=False)
    cosign: str = field(default="", repr=False)

    @property
    def is_given(self) -> bool:
        """Whether there is anything to try."""
        return bool(self.code.strip() or self.passkey.strip())


class CounterWentBack(FactorSuspected):
    """A passkey counted no further than before: there may be a copy of it (WebAuthn §6.1.1)."""

    def __init__(self, factor: Factor) -> None:
        super().__init__(subject=f"person:{factor.person_id}")
        self.factor_id = factor.id


def use_factor(session: Session, person_id: str, proof: Proof, terms: Terms, purpose: str) -> FactorKind:
    """Use up what a person gave and say what it was; operational, not evidence.

    Raises WrongFactor for what is wrong, too old or used already, CounterWentBack for a passkey that is to be
    suspected, FactorSuspected when no factor of the person works.
    """
    working = [found for found in queries.factors_of(session, person_id) if found.state is FactorState.ACTIVE]
    if not working:
        raise FactorSuspected(subject=f"person:{person_id}")
    if proof.passkey.strip():
        return _use_passkey(session, working, proof.passkey[:LONGEST_ANSWER], terms, purpose)
    return _use_code(session, working, proof.code, terms)


def use_passkey_on(session: Session, person_id: str, given: str, digest: bytes, moment: int, terms: Terms) -> Assertion:
    """Use up a passkey's answer to a challenge that is a digest, drafted at `moment`; as `use_factor`."""
    working = [found for found in queries.factors_of(session, person_id) if found.state is FactorState.ACTIVE]
    factor = _named(working, given, person_id)
    assertion, counter = read_assertion(terms.place, given[:LONGEST_ANSWER], digest, factor.public_key or "")
    _move_on(session, factor, Answer(counter, moment))
    return assertion


def end_factors(session: Session, person_id: str) -> None:
    """End every factor of a person; part of the act that disables them (KM-8)."""
    for factor in queries.factors_of(session, person_id):
        end_factor(session, factor)


def end_factor(session: Session, factor: Factor, state: FactorState = FactorState.REMOVED) -> None:
    """End a factor at once: the secret is destroyed, and the next use fails (P11.300(c)); part of an act."""
    factor.state, factor.ended_at, factor.sealed = state, clock.now(), None
    use = session.get(FactorUse, factor.id)
    if use is not None:
        session.delete(use)


def check_nothing_lost(session: Session, person_id: str) -> None:
    """Raise FactorLost while nobody confirmed who a person is after they lost a factor."""
    if queries.lost_factors(session, person_id):
        raise FactorLost(subject=f"person:{person_id}")


def settle_losses(session: Session, person_id: str) -> list[str]:
    """Let a person enrol again after a loss; part of the act that confirms who they are. Returns the factors."""
    lost = queries.lost_factors(session, person_id)
    for factor in lost:
        factor.state = FactorState.REMOVED
    return [factor.id for factor in lost]


def _use_code(session: Session, working: list[Factor], code: str, terms: Terms) -> FactorKind:
    factor = next((found for found in working if found.kind is FactorKind.TOTP), None)
    if factor is None:
        raise WrongFactor
    step = step_of_code(unseal_secret(terms.key, factor.sealed or "", factor.id), code)
    if step is None:
        raise WrongFactor(subject=f"person:{factor.person_id}")
    _move_on(session, factor, Answer(counter=0, moment=step))
    return FactorKind.TOTP


def _use_passkey(session: Session, working: list[Factor], given: str, terms: Terms, purpose: str) -> FactorKind:
    factor = _named(working, given, working[0].person_id)
    _move_on(session, factor, read_answer(terms.key, terms.place, purpose, given, factor.public_key or ""))
    return FactorKind.PASSKEY


def _named(working: list[Factor], given: str, person_id: str) -> Factor:
    named = named_credential(given[:LONGEST_ANSWER])
    factor = next((found for found in working if found.credential_id and found.credential_id == named), None)
    if factor is None:
        raise WrongFactor(subject=f"person:{person_id}")
    return factor


def _move_on(session: Session, factor: Factor, answer: Answer) -> None:
    """Remember how far a factor was used; refuse what does not go beyond it."""
    use = locked_row(session, FactorUse, {"factor_id": factor.id}, last_moment=0, counter=0, used_at=clock.now())
    if answer.moment <= use.last_moment:
        raise WrongFactor(subject=f"person:{factor.person_id}")
    if (answer.counter or use.counter) and answer.counter <= use.counter:
        raise CounterWentBack(factor)
    use.last_moment, use.counter, use.used_at = answer.moment, answer.counter, clock.now()
