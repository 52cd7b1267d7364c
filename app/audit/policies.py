"""Policies: which logs are known, which witnesses, and how many of them must have cosigned a checkpoint (PF-11).

Format: C2SP tlog-policy (<https://c2sp.org/tlog-policy>), read strictly: a line with more, less or other words than the
specification says is refused, because a policy that is read otherwise than it was meant is worse than none.
"""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.audit.notes import Algorithm, KeyMalformed, VerifierKey, parse_verifier_key

NONE: Final = "none"
LONGEST_NAME: Final = 200
_FORBIDDEN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_SPACE = re.compile("[ \t]+")
_COUNT = re.compile(r"[1-9][0-9]{0,3}")


class PolicyMalformed(Exception):
    """A policy is not written as the specification says; the message names the line."""


@dataclass(frozen=True, slots=True)
class KnownParty:
    """A log or a witness: its name within the policy (of a log: its origin), its key, and where it is, if said."""

    name: str
    key: VerifierKey
    address: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these members must have cosigned."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """A policy as it was read; `quorum` names a witness, a group, or `none`."""

    quorum: str
    logs: tuple[KnownParty, ...] = ()
    witnesses: Mapping[str, KnownParty] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)

    def covers(self, origin: str) -> bool:
        """Say whether the policy speaks of a log: it names it, or it names none."""
        return not self.logs or any(log.name == origin for log in self.logs)

    def is_met(self, cosigners: Set[str]) -> bool:
        """Say whether these witnesses, by their names in the policy, make the quorum."""
        return self.quorum == NONE or self._has(self.quorum, cosigners)

    def _has(self, name: str, cosigners: Set[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigners
        return sum(self._has(member, cosigners) for member in group.members) >= group.threshold


def read_policy(path: Path) -> Policy:
    """Read the policy in a file; raises PolicyMalformed, also for a file that cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PolicyMalformed(f"{path} cannot be read: {error.strerror}") from None
    return parse_policy(data)


def parse_policy(data: bytes) -> Policy:
    """Read a policy; raises PolicyMalformed (tlog-policy, "Policy file syntax and structure")."""
    if _FORBIDDEN.search(data):
        raise PolicyMalformed("a policy holds no control character but tab and newline")
    if data and not data.endswith(b"\n"):
        raise PolicyMalformed("the last line of a policy ends in a newline too")
    reading = _Reading()
    for number, line in enumerate(data.decode(errors="surrogateescape").split("\n"), 1):
        words = _SPACE.split(line.strip(" \t"))
        if words == [""] or words[0].startswith("#"):
            continue
        try:
            reading.take(words)
        except (PolicyMalformed, KeyMalformed) as error:
            raise PolicyMalformed(f"line {number}: {error}") from None
    return reading.policy()


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self._logs: list[KnownParty] = []
        self._witnesses: dict[str, KnownParty] = {}
        self._groups: dict[str, Group] = {}
        self._members: set[str] = set()
        self._quorum: str | None = None

    def take(self, words: list[str]) -> None:
        """Take a line; raises PolicyMalformed or KeyMalformed."""
        match words:
            case ["log", vkey, *address] if len(address) <= 1:
                self._add_log(vkey, *address)
            case ["witness", name, vkey, *address] if len(address) <= 1:
                self._add_witness(name, vkey, *address)
            case ["group", name, count, *members] if members:
                self._add_group(name, count, tuple(members))
            case ["quorum", name] if self._quorum is None:
                self._quorum = name if name == NONE else self._known(name)
            case _:
                raise PolicyMalformed(f"not a line of a policy: {' '.join(words)[:120]!r}")

    def policy(self) -> Policy:
        """Return the policy; raises PolicyMalformed without a quorum."""
        if self._quorum is None:
            raise PolicyMalformed("a policy has one quorum line")
        return Policy(self._quorum, tuple(self._logs), self._witnesses, self._groups)

    def _add_log(self, vkey: str, address: str = "") -> None:
        key = _key(vkey, {Algorithm.ED25519})
        _check_new(key, self._logs)
        self._logs.append(KnownParty(key.name, key, address))

    def _add_witness(self, name: str, vkey: str, address: str = "") -> None:
        key = _key(vkey, {Algorithm.COSIGNATURE, Algorithm.MLDSA_COSIGNATURE})
        _check_new(key, self._witnesses.values())
        self._witnesses[self._new(name)] = KnownParty(name, key, address)

    def _add_group(self, name: str, count: str, members: tuple[str, ...]) -> None:
        for member in members:
            if self._known(member) in self._members:
                raise PolicyMalformed(f"{member} is a member twice")
            self._members.add(member)
        self._groups[self._new(name)] = Group(_threshold(count, len(members)), members)

    def _known(self, name: str) -> str:
        if name not in self._witnesses and name not in self._groups:
            raise PolicyMalformed(f"no witness or group {name!r} was named before")
        return name

    def _new(self, name: str) -> str:
        if name == NONE or name in self._witnesses or name in self._groups:
            raise PolicyMalformed(f"the name {name!r} is taken")
        return name


def _key(vkey: str, algorithms: Set[Algorithm]) -> VerifierKey:
    key = parse_verifier_key(vkey)
    if key.algorithm not in algorithms:
        raise PolicyMalformed(f"the key of {key.name!r} is of another type than is wanted here")
    if len(key.name) > LONGEST_NAME:
        raise PolicyMalformed(f"the name of a key has more than {LONGEST_NAME} characters")
    return key


def _check_new(key: VerifierKey, known: Iterable[KnownParty]) -> None:
    if any(party.key.public_key == key.public_key for party in known):
        raise PolicyMalformed(f"the key of {key.name!r} stands there already")


def _threshold(count: str, members: int) -> int:
    if count in ("all", "any"):
        return members if count == "all" else 1
    if not _COUNT.fullmatch(count) or int(count) > members:
        raise PolicyMalformed(f"{count!r} of {members} members is no number of them")
    return int(count)
