"""The trust file: what a verifier must know from elsewhere, and what it is to require (docs/evidence-format.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SCHEMA = "cahier.trust.v1"
TOLERANCE_SECONDS = 60
ALWAYS = ("PF-1", "PF-3", "PF-4", "PF-9", "PF-10", "PF-12")
OF_CERTIFICATES = ("PF-8",)
OF_TIMESTAMPS = ("PF-5",)
OF_WITNESSES = ("PF-11",)


@dataclass(frozen=True)
class Trusted:
    """What a hub asks others to trust: verifier keys of its logs, roots as PEM, the policy on witnesses."""

    keys: Sequence[tuple[str, str]]
    roots: Sequence[str] = ()
    timestamp_roots: Sequence[str] = ()
    witness_policy: str | None = None


def trust_facts(trusted: Trusted) -> dict[str, Any]:
    """Return the trust file; it requires what the hub has the means to prove."""
    required = set(ALWAYS)
    for means, statements in (
        (trusted.roots, OF_CERTIFICATES),
        (trusted.timestamp_roots, OF_TIMESTAMPS),
        (trusted.witness_policy, OF_WITNESSES),
    ):
        required |= set(statements) if means else set()
    return {
        "schema": SCHEMA,
        "version": 1,
        "logs": [{"origin": origin, "key": key, "from": 0, "to": None} for origin, key in sorted(trusted.keys)],
        "roots": list(trusted.roots),
        "timestamp_roots": list(trusted.timestamp_roots),
        "witness_policy": trusted.witness_policy,
        "tolerance_seconds": TOLERANCE_SECONDS,
        "required": sorted(required, key=lambda statement: int(statement.removeprefix("PF-"))),
    }
