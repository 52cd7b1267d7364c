"""What this hub asks others to trust, gathered once: for its trust file, and for its own page of verification."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from app.audit.signer import CheckpointSigner
from app.evidence.queries.anchors import roots_of
from app.evidence.rules.trust import Trusted, trust_facts
from app.evidence.services.sealing import roots_in
from app.storage import Storage
from app.web.console import Chosen


@dataclass(frozen=True)
class Means:
    """Where a hub keeps what others need to verify it: keys of logs, roots of its time stamps, policy on witnesses.

    `timestamp_roots` is None for a hub that asks no authority.
    """

    keys: Path
    timestamp_roots: Path | None = None
    policy_file: Path | None = None


def means_of(settings: Chosen) -> Means:
    """Return where an installation of these settings keeps them."""
    return Means(settings.keys, settings.timestamp_roots if settings.authorities else None, settings.policy_file)


def hub_trust(storage: Storage, means: Means) -> dict[str, Any]:
    """Return the trust file of this hub, as it is handed out; raises SignerKeyMissing or OSError for a lost key."""
    signer = CheckpointSigner(means.keys)
    with storage.reading() as session:
        roots = roots_of(session)
    stamping = roots_in(means.timestamp_roots) if means.timestamp_roots else []
    trusted = Trusted(
        keys={origin: signer.history(origin).keys for origin in signer.origins()},
        roots=roots,
        timestamp_roots=[root.public_bytes(Encoding.PEM).decode() for root in stamping],
        witness_policy=means.policy_file.read_text("utf-8") if means.policy_file else None,
    )
    return trust_facts(trusted)
