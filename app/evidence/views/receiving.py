"""What strangers bring to be verified: received within limits, judged apart, and forgotten."""

import json
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, request

from app.audit.errors import SignerKeyMissing
from app.evidence.errors import NothingToVerify, TrustUnavailable
from app.evidence.rules.judging import (
    CHECKS,
    FILES_OF_AN_ADDRESS,
    LIMITS,
    MOST_FILE_BYTES,
    MOST_TRUST_BYTES,
    NO_PROOF,
    REASONS,
    Check,
    seal_holds,
)
from app.evidence.services.judging_apart import judge_apart
from app.evidence.services.trusting import Means, hub_trust
from app.identity.rules.doors import Door, network_of
from app.identity.services.doors import knock
from app.kernel.errors import N_
from app.web.languages import page_language, translate
from app.web.visitors import client_address, edge

MEANS = "cahier_trust_means"
FILE, TRUST = "file", "trust"
SEAL_SCHEMA = "cahier.seal.v1"


@dataclass(frozen=True)
class Judged:
    """What was found about a file; `is_own_trust` says that the visitor brought the trust file."""

    report: dict[str, Any]
    is_own_trust: bool
    digests: tuple[str, ...] = ()


def judge_received() -> Judged:
    """Judge the file of this request by the trust file beside it, or by the hub's; nothing of either is kept.

    Raises TooMany for an address that sent too many, NothingToVerify without a file, TooHard, TrustUnavailable.
    """
    door = Door(f"verify:{network_of(client_address())}", FILES_OF_AN_ADDRESS, shared=True)
    with edge().storage.transaction() as session:
        knock(session, [door])
    content = _received(FILE, MOST_FILE_BYTES)
    if not content:
        raise NothingToVerify(fields={FILE: N_("Choose a bundle (.eln) or a sealed PDF.")})
    brought = _received(TRUST, MOST_TRUST_BYTES)
    found = judge_apart(content, brought or _hub_trust(), page_language())
    report = seal_report(found["seal"], found["words"]) if "seal" in found else found["report"]
    return Judged(report, bool(brought), tuple(found.get("digests", ())))


def _received(name: str, most: int) -> bytes:
    file = request.files.get(name)
    content = file.stream.read(most + 1) if file else b""
    if len(content) > most:
        raise NothingToVerify(fields={name: N_("This file is larger than %(most)s MB.")}, most=most // 2**20)
    return content


def _hub_trust() -> bytes:
    means = cast(Means, current_app.extensions[MEANS])
    try:
        return json.dumps(hub_trust(edge().storage, means)).encode()
    except (SignerKeyMissing, OSError, ValueError) as error:
        raise TrustUnavailable from error


def seal_report(found: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    """Return what was found about a PDF's seal as a report of the same form as the verifier's."""
    report = {"schema": SEAL_SCHEMA, "language": page_language(), "limits": [translate(one) for one in NO_PROOF]}
    if "error" in found:
        text = translate(N_("This PDF cannot be read."))
        return report | {"verdict": "UNUSABLE", "error": {"code": found["error"], "text": text}, "statements": []}
    holds = seal_holds({name: answer for name, (answer, _) in found["checks"].items()})
    said = N_("The seal holds.") if holds else N_("The seal does not hold.")
    return report | {
        "verdict": "PASS" if holds else "FAIL",
        "verdict_text": translate(said),
        "seal": {name: found[name] for name in ("signer", "time", "is_stamped", "level", "attached")},
        "statements": [
            {
                "id": check.value,
                "title": translate(CHECKS[check]),
                "required": check is not Check.TIMED,
                "answer": found["checks"][check][0],
                "answer_text": words[found["checks"][check][0]],
                "reasons": [{"code": code, "text": translate(REASONS[code])} for code in found["checks"][check][1:]],
                "limit": translate(LIMITS[check]),
            }
            for check in Check
        ],
    }
