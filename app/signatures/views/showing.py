"""What one signature says and what it is worth: the seven items, the manifest, the examination of its key (ES-8)."""

import json
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.identity.rules.roles import ROLE_LABELS
from app.kernel import clock
from app.kernel.actors import Actor, Role
from app.kernel.errors import N_, NotFound
from app.signatures.models import PasskeySignature, Signature, SigningKey
from app.signatures.queries import SignatureBlock, access_signature, block_of
from app.signatures.rules import CUSTODIES, ENROLMENTS, LEVELS, MEANINGS, NO_LEVEL, STANDINGS, Coverage
from app.signatures.services.opening import Signed, find_signed
from app.signatures.services.trusting import certificate_of
from app.signatures.services.verifying import CHECKS, examine, is_genuine
from app.signatures.views.blueprint import blueprint
from app.web.access import signed_in
from app.web.formats import show_time
from app.web.languages import translate
from app.web.visitors import current_actor, edge

COSIGNED, NOT_COSIGNED = N_("Co-signed by a passkey"), N_("The passkey's co-signature does not hold")


@blueprint.get("/signatures/<uuid:signature_id>")
@signed_in
def show_signature(signature_id: object) -> ResponseReturnValue:
    """Show a signature to its signer, and to those who may see what was signed."""
    actor = current_actor()
    with edge().storage.reading() as session:
        signature = access_signature(session, str(signature_id), actor)
        signed = _find_signed(session, signature, actor)
        key = session.get_one(SigningKey, signature.key_id)
        digest = signature.subject_digest
        block = block_of(session, signature, signed.present_digest if signed else lambda *_: digest)
        results = examine(signature, key)
        certificate = certificate_of(session, signature)
        cosignature = session.get(PasskeySignature, signature.id)
    return render_template(
        "signatures/signature.html",
        signature=signature,
        shown=block_facts(block),
        cosignature_holds=block.cosigned,
        genuine=is_genuine(signature, key),
        enrolment=translate(ENROLMENTS[block.enrolment]) if block.enrolment else "",
        custody=translate(CUSTODIES[signature.custody]) if signature.custody else "",
        certificate=certificate,
        cosignature=cosignature,
        coverage=block.coverage if signed else None,
        checks=[(translate(text), held) for text, held in zip(CHECKS, results, strict=True)],
        key=key,
        signed=signed,
        manifest=_pretty(signature.manifest),
    )


def block_facts(block: SignatureBlock) -> dict[str, Any]:
    """Return a signature as `ui.signature_block` shows it on every screen (P11.50, ES-8)."""
    return {
        "id": block.id,
        "name": block.name,
        "login": block.login,
        "role": translate(ROLE_LABELS[Role(block.role)]),
        "meaning": f"{translate(MEANINGS[block.meaning])} ({block.meaning.value})",
        "pledge": translate(block.label),
        "at": show_time(block.at, block.zone),
        "iso": clock.to_text(block.at),
        "zone": block.zone,
        "covers": block.coverage is Coverage.COVERS,
        "standing": block.standing.value,
        "status": translate(STANDINGS[block.standing]),
        "level": level_text(block),
        "cosigned": cosigned_text(block),
    }


def level_text(block: SignatureBlock) -> str:
    """Return what is claimed of a signature: never more than what is stored with it (KM-14)."""
    return translate(LEVELS[block.level] if block.level else NO_LEVEL)


def cosigned_text(block: SignatureBlock) -> str:
    """Return what is to be said of a passkey that signed too; nothing where none did."""
    if block.cosigned is None:
        return ""
    return translate(COSIGNED if block.cosigned else NOT_COSIGNED)


def _find_signed(session: Session, signature: Signature, actor: Actor) -> Signed | None:
    try:
        return find_signed(session, signature.subject, actor)
    except NotFound:
        # A signer keeps sight of their own signature, not of what became of somebody else's record.
        if signature.signer_id == actor.person_id:
            return None
        raise


def _pretty(manifest: str) -> str:
    try:
        return json.dumps(json.loads(manifest), indent=2, ensure_ascii=False)
    except ValueError:
        return manifest
