"""The answer to a browser whose person's passkey is to sign the manifest that was just drafted."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.identity import queries
from app.signatures.errors import CosignNeeded
from app.signatures.services.cosigning import draft_for
from app.signatures.views.blueprint import blueprint
from app.web.visitors import current_actor, edge


@blueprint.app_errorhandler(CosignNeeded)
def answer_with_draft(needed: CosignNeeded) -> ResponseReturnValue:
    """Answer with the challenge and the draft; the act was rolled back, and nothing was recorded."""
    with edge().storage.reading() as session:
        held = queries.factors_of(session, needed.person_id)
    known = [found.credential_id for found in held if found.credential_id]
    return jsonify(draft_for(needed, known, current_actor()))
