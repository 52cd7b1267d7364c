"""Which cosignatures are enough: a policy of C2SP tlog-policy."""

from dataclasses import dataclass, field

from app.verifier.parts.faults import Malformed
from app.verifier.parts.notes import LOG_KEY, MLDSA_KEY, WITNESS_KEY, Checkpoint, NoteKey, is_cosigned, read_key

MOST_OF_A_KIND = 256


@dataclass
class Policy:
    """Known logs and witnesses, the groups that they form, and the one that must have witnessed."""

    logs: list[NoteKey] = field(default_factory=list)
    witnesses: dict[str, NoteKey] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str | None = None

    def knows(self, name: str) -> bool:
        """Say whether a name is taken."""
        return name in self.witnesses or name in self.groups

    def is_met(self, checkpoint: Checkpoint) -> tuple[bool, int]:
        """Say whether a checkpoint is witnessed as the policy asks, and by how many known witnesses."""
        witnessed = {name for name, key in self.witnesses.items() if is_cosigned(checkpoint, key)}
        count = len(witnessed)
        # A group names only what stands before it, so that one pass in order settles all.
        for name, (threshold, members) in self.groups.items():
            if len(witnessed.intersection(members)) >= threshold:
                witnessed.add(name)
        return self.quorum == "none" or self.quorum in witnessed, count


def read_policy(text: str) -> Policy:
    """Return a policy from its text; Malformed for one that says nothing clear."""
    policy = Policy()
    if any(sign < " " and sign not in "\t\n" for sign in text):
        raise Malformed("policy")
    for line in text.split("\n"):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if words and not words[0].startswith("#"):
            _read_words(policy, words)
    if policy.quorum is None or len({key.public for key in policy.witnesses.values()}) != len(policy.witnesses):
        raise Malformed("policy")
    if len({key.public for key in policy.logs}) != len(policy.logs):
        raise Malformed("policy")
    return policy


def _read_words(policy: Policy, words: list[str]) -> None:
    match words:
        case ["log", key] | ["log", key, _]:
            policy.logs.append(_key(key, {LOG_KEY}))
        case ["witness", name, key] | ["witness", name, key, _] if not policy.knows(name) and name != "none":
            policy.witnesses[name] = _key(key, {WITNESS_KEY, MLDSA_KEY})
        case ["group", name, threshold, *members] if members and not policy.knows(name) and name != "none":
            policy.groups[name] = (_threshold(threshold, len(members)), _members(policy, members))
        case ["quorum", name] if policy.quorum is None and (name == "none" or policy.knows(name)):
            policy.quorum = name
        case _:
            raise Malformed("policy")
    if max(len(policy.logs), len(policy.witnesses), len(policy.groups)) > MOST_OF_A_KIND:
        raise Malformed("policy")


def _key(text: str, kinds: set[int]) -> NoteKey:
    key = read_key(text)
    if key.kind not in kinds:
        raise Malformed("policy")
    return key


def _threshold(text: str, members: int) -> int:
    if text in {"any", "all"}:
        return 1 if text == "any" else members
    if not text.isascii() or not text.isdigit() or len(text) > 4 or not 1 <= int(text) <= members:
        raise Malformed("policy")
    return int(text)


def _members(policy: Policy, members: list[str]) -> list[str]:
    taken = {one for _, others in policy.groups.values() for one in others}
    if len(set(members)) != len(members) or taken.intersection(members):
        raise Malformed("policy")
    if any(not policy.knows(one) for one in members):
        raise Malformed("policy")
    return members
