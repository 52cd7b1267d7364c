"""Judges one file in a process of its own: `python -m app.evidence.services.judging`, started by judging_apart.

What strangers send is read by libraries that were not written for enemies; here they have little memory, little time,
no secret, no database, and may write no file. Reads a line of JSON (the lengths), the trust file and the file from
the standard input; writes one JSON object.
"""

import json
import resource
import sys
from datetime import datetime
from typing import Any

from app.evidence.rules.judging import (
    MOST_FILE_BYTES,
    MOST_FILES,
    MOST_MEMORY_BYTES,
    MOST_SECONDS,
    MOST_UNPACKED_BYTES,
)
from app.evidence.services.judging_seals import judge_seal
from app.kernel import clock
from app.verifier import verify_bytes
from app.verifier.parts.archive import Limits, read_archive
from app.verifier.parts.faults import Unusable
from app.verifier.parts.findings import Answer
from app.verifier.parts.judging import PDF_BEGINS, unusable
from app.verifier.parts.trust import read_trust, trust_from
from app.verifier.parts.words import printable, words_of

SIGNATURES = "evidence/signatures/"
LIMITS = Limits(MOST_FILES, MOST_FILE_BYTES, MOST_UNPACKED_BYTES, MOST_FILE_BYTES)


def judge(content: bytes, trust: bytes, language: str, now: datetime) -> dict[str, Any]:
    """Return the verifier's report about a bundle, or what there is to say about the seal of a PDF.

    The first is `{"report": …}` (app/verifier), the second `{"seal": …}`; nothing that was sent makes it raise.
    """
    try:
        believed = read_trust(trust)
        if not content.startswith(PDF_BEGINS):
            return {"report": verify_bytes(content, believed, language, LIMITS), "digests": signed_digests(content)}
        whom = trust_from(believed)
        words = {answer.value: words_of(language)[f"answer-{answer.value}"] for answer in Answer}
        return {"seal": _printable(judge_seal(content, whom.roots, whom.timestamp_roots, now)), "words": words}
    except Unusable as error:
        return {"report": unusable(error, language)}


def signed_digests(bundle: bytes) -> list[str]:
    """Return the digests that the manifests of a bundle's signatures name, to be held against one on a print.

    Nothing is verified here: what they are worth is what the report says of the signatures.
    """
    digests = set()
    try:
        for content in read_archive(bundle, LIMITS).below(SIGNATURES).values():
            digests.add(str(json.loads(json.loads(content)["manifest"])["digest"]))
    except (Unusable, ValueError, TypeError, KeyError, RecursionError):
        return []
    return sorted(digests)


def _printable(found: dict[str, Any]) -> dict[str, Any]:
    """Make harmless what a PDF says of itself."""
    return found | {"signer": printable(found["signer"]), "attached": [printable(name) for name in found["attached"]]}


def keep_within_limits() -> None:
    """Give this process little: what it asks beyond ends it."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Judge what comes by the standard input."""
    keep_within_limits()
    asked = json.loads(sys.stdin.buffer.readline())
    trust = sys.stdin.buffer.read(asked["trust_bytes"])
    content = sys.stdin.buffer.read()
    found = judge(content, trust, asked["language"], clock.from_text(asked["now"]))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
