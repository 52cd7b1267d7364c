"""The trust file: what a verifier must know from elsewhere, and what it is to require (docs/evidence-format.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.audit.succession import LogKey

SCHEMA = "cahier.trust.v1"
TOLERANCE_SECONDS = 60
ALWAYS = ("PF-1", "PF-3", "PF-4", "PF-9", "PF-10", "PF-12")
OF_CERTIFICATES = ("PF-8",)
OF_TIMESTAMPS = ("PF-5",)
OF_WITNESSES = ("PF-11",)


@dataclass(frozen=True)
class Trusted:
    """What a hub asks others to trust: the keys that its logs had, by origin, roots as PEM, the policy on witnesses."""

    keys: Mapping[str, Sequence[LogKey]]
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
        # Every change of a key makes another trust file, which counts one more.
        "version": 1 + sum(len(keys) - 1 for keys in trusted.keys.values()),
        "logs": [
            {"origin": origin, "key": one.key.to_text(), "from": one.first, "to": one.end}
            for origin, keys in sorted(trusted.keys.items())
            for one in keys
        ],
        "roots": list(trusted.roots),
        "timestamp_roots": list(trusted.timestamp_roots),
        "witness_policy": trusted.witness_policy,
        "tolerance_seconds": TOLERANCE_SECONDS,
        "required": sorted(required, key=lambda statement: int(statement.removeprefix("PF-"))),
    }
