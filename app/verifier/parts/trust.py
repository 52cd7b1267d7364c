"""The trust file: whom the verifier believes, obtained by another way than the bundle."""

from dataclasses import dataclass
from typing import Any

from cryptography import x509

from app.verifier.parts.canonical import is_count, read_json
from app.verifier.parts.certificates import read_certificate
from app.verifier.parts.faults import Malformed, Unusable
from app.verifier.parts.notes import LOG_KEY, NoteKey, read_key
from app.verifier.parts.policy import Policy, read_policy

STATEMENT_IDS = tuple(f"PF-{number}" for number in range(1, 15))
TRUST_MEMBERS = {
    "schema", "version", "logs", "roots", "timestamp_roots", "witness_policy", "tolerance_seconds", "required",
}  # fmt: skip
MOST_TOLERANCE = 86_400


@dataclass(frozen=True)
class LogKey:
    """A key of a log, and the sizes of the checkpoints that it may sign."""

    origin: str
    key: NoteKey
    first: int
    end: int | None

    def may_sign(self, origin: str, size: int) -> bool:
        """Say whether the key may sign a checkpoint of this log and size."""
        return self.origin == origin and self.first <= size and (self.end is None or size < self.end)


@dataclass(frozen=True)
class Trust:
    """Keys of logs, roots, witnesses, how far clocks may differ, and what has to be proven."""

    version: int
    logs: tuple[LogKey, ...]
    roots: list[x509.Certificate]
    timestamp_roots: list[x509.Certificate]
    policy: Policy | None
    tolerance: int
    required: tuple[str, ...]

    def keys_for(self, origin: str, size: int) -> list[NoteKey]:
        """Return the keys that may sign a checkpoint."""
        return [one.key for one in self.logs if one.may_sign(origin, size)]


def read_trust(data: bytes) -> Any:
    """Return the JSON of a trust file; Unusable for what is none."""
    try:
        return read_json(data)
    except Malformed as error:
        raise Unusable("trust-unreadable") from error


def trust_from(value: Any) -> Trust:
    """Return the trust that a trust file's JSON says; Unusable for one that says nothing clear."""
    if not isinstance(value, dict) or value.get("schema") != "cahier.trust.v1":
        raise Unusable("trust-schema")
    try:
        if set(value) != TRUST_MEMBERS:
            raise Malformed("shape")
        return Trust(
            version=_counted(value["version"]),
            logs=tuple(_log_key(one) for one in _listed_items(value["logs"], dict)),
            roots=[_root(one) for one in _listed_items(value["roots"], str)],
            timestamp_roots=[_root(one) for one in _listed_items(value["timestamp_roots"], str)],
            policy=None if value["witness_policy"] is None else read_policy(_text(value["witness_policy"])),
            tolerance=min(_counted(value["tolerance_seconds"]), MOST_TOLERANCE),
            required=_required(value["required"]),
        )
    except Malformed as error:
        raise Unusable("trust-shape", what=error.code) from error


def _listed_items(value: Any, kind: type) -> list[Any]:
    if not isinstance(value, list) or any(not isinstance(one, kind) for one in value) or len(value) > 10_000:
        raise Malformed("shape")
    return value


def _counted(value: Any) -> int:
    if not is_count(value):
        raise Malformed("shape")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("shape")
    return value


def _log_key(value: dict[str, Any]) -> LogKey:
    if set(value) != {"origin", "key", "from", "to"}:
        raise Malformed("shape")
    key = read_key(_text(value["key"]))
    if key.kind != LOG_KEY or key.name != value["origin"]:
        raise Malformed("note-key")
    end = None if value["to"] is None else _counted(value["to"])
    return LogKey(_text(value["origin"]), key, _counted(value["from"]), end)


def _root(pem: str) -> x509.Certificate:
    return read_certificate(f"{pem.strip()}\n".replace("\r\n", "\n").encode())


def _required(value: Any) -> tuple[str, ...]:
    listed = _listed_items(value, str)
    if not listed or set(listed) - set(STATEMENT_IDS):
        raise Malformed("required")
    return tuple(one for one in STATEMENT_IDS if one in listed)
