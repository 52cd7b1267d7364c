"""A passkey that signs a manifest beside the signer's key: the manifest is drafted, its digest is the challenge.

Asked twice with the same form: the first time everything is checked and the act ends in CosignNeeded, which the browser
is answered with; the second time it brings the draft, sealed for this session, and what the passkey made of it. Only a
manifest that comes out the same, byte for byte, is signed.
"""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from app.identity.errors import FactorSealBroken, WrongFactor
from app.identity.services.codes import seal_secret, unseal_secret
from app.identity.services.factors import Proof
from app.identity.services.passkeys import options_to_answer
from app.identity.views.proving import current_terms, prove_on_digest, purpose_of
from app.kernel import clock
from app.kernel.actors import Actor
from app.signatures.errors import CosignNeeded
from app.signatures.rules import Fresh
from app.signatures.services.keys import Cosigning

ASK = "ask"
DRAFT_VALID = timedelta(minutes=2)
_DEED = "cosign"


def take_cosigning(person_id: str, proof: Proof, actor: Actor) -> Cosigning:
    """Return what a form says of a passkey that signs too, verified and used up.

    Raises WrongFactor for an answer that is wrong or too late, and what `prove_on_digest` raises.
    """
    if proof.cosign == ASK:
        return Cosigning()
    digest, fresh = _open_draft(proof.cosign, actor)
    if clock.now() - fresh.at > DRAFT_VALID:
        raise WrongFactor(subject=actor.pseudonym)
    moment = int(fresh.at.timestamp() * 1000)
    return Cosigning(fresh, digest, prove_on_digest(person_id, proof.passkey, bytes.fromhex(digest), moment, actor))


def draft_for(needed: CosignNeeded, known: list[str], actor: Actor) -> dict[str, Any]:
    """Return what the browser needs: what to ask the passkey, and the draft to bring back with its answer."""
    stated = {**asdict(needed.fresh), "at": clock.to_text(needed.fresh.at), "digest": needed.digest}
    terms = current_terms()
    return {
        "options": options_to_answer(terms.place, bytes.fromhex(needed.digest), known),
        "draft": seal_secret(terms.key, json.dumps(stated), purpose_of(actor, _DEED)),
    }


def _open_draft(sealed: str, actor: Actor) -> tuple[str, Fresh]:
    try:
        stated = json.loads(unseal_secret(current_terms().key, sealed, purpose_of(actor, _DEED)))
    except FactorSealBroken:
        raise WrongFactor(subject=actor.pseudonym) from None
    digest, at = stated.pop("digest"), clock.from_text(stated.pop("at"))
    return digest, Fresh(at=at, **stated)
