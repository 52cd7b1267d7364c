"""Policies as the specification writes them, and nothing else (C2SP tlog-policy)."""

from itertools import combinations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.checkpoints import Cosigner
from app.audit.notes import Ed25519Signer
from app.audit.policies import PolicyMalformed, parse_policy, read_policy


def vkey_of(name, number):
    """Return a witness's verifier key."""
    return Cosigner(name, Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)).key.to_text()


LOG = Ed25519Signer("example.com/log", Ed25519PrivateKey.from_private_bytes(b"L" * 32)).key.to_text()
KEYS = {name: vkey_of(f"{name.lower()}.example", at) for at, name in enumerate(["X1", "X2", "X3", "Y1", "Y2", "Y3"], 1)}
WITNESSES = "".join(f"witness {name} {vkey}\n" for name, vkey in KEYS.items())
# The example of the specification, with keys.
EXAMPLE = f"""\
# two institutes
log {LOG}

{WITNESSES}
group X-witnesses 2 X1 X2 X3
group Y-witnesses any Y1 Y2 Y3
\tgroup X-and-Y   all X-witnesses\tY-witnesses \n\
quorum X-and-Y
"""


@pytest.mark.requirement("PF-11")
def test_the_example_of_the_specification_means_what_it_says():
    policy = parse_policy(EXAMPLE.encode())
    made = {names for count in range(7) for names in combinations(sorted(KEYS), count)}

    met = {names for names in made if policy.is_met(set(names))}

    assert met == {
        names for names in made if sum(name[0] == "X" for name in names) >= 2 and any(name[0] == "Y" for name in names)
    }
    assert policy.covers("example.com/log")
    assert not policy.covers("example.com/other")


def test_no_quorum_can_be_asked_for_and_a_single_witness():
    nothing = parse_policy(b"quorum none\n")
    one = parse_policy(f"witness W {KEYS['X1']} https://w.example/prefix\nquorum W\n".encode())

    assert nothing.is_met(set())
    assert nothing.covers("anything")
    assert (one.is_met({"W"}), one.is_met(set())) == (True, False)
    assert one.witnesses["W"].address == "https://w.example/prefix"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "one quorum"),
        (WITNESSES, "one quorum"),
        ("quorum none", "newline"),
        ("quorum none\r\n", "control"),
        ("quorum none\nquorum none\n", "line 2"),
        ("quorum X1\n" + WITNESSES, "line 1"),
        (f"witness none {KEYS['X1']}\nquorum none\n", "taken"),
        (f"witness A {KEYS['X1']}\nwitness B {KEYS['X1']}\nquorum A\n", "stands there already"),
        (f"witness A {vkey_of('x', 1)}\nwitness B {vkey_of('y', 1)}\nquorum A\n", "stands there already"),
        (f"log {LOG}\nlog {LOG}\nquorum none\n", "stands there already"),
        (f"log {KEYS['X1']}\nquorum none\n", "another type"),
        (f"witness A {LOG}\nquorum A\n", "another type"),
        (f"witness A {KEYS['X1']} https://w.example more\nquorum A\n", "line 1"),
        (f"witness A {KEYS['X1'][:-4]}AAA=\nquorum A\n", "line 1"),
        (WITNESSES + "group G 0 X1\nquorum G\n", "no number"),
        (WITNESSES + "group G 2 X1\nquorum G\n", "no number"),
        (WITNESSES + "group G 01 X1\nquorum G\n", "no number"),
        (WITNESSES + "group G all\nquorum G\n", "not a line"),
        (WITNESSES + "group G all none\nquorum G\n", "was named before"),
        (WITNESSES + "group G all X1 X1\nquorum G\n", "twice"),
        (WITNESSES + "group G all X1\ngroup H all X1\nquorum G\n", "twice"),
        (WITNESSES + "group X1 all X2\nquorum X1\n", "taken"),
        (WITNESSES + "group G all G\nquorum G\n", "was named before"),
        ("witnes A b\nquorum none\n", "not a line"),
    ],
)
def test_anything_else_is_refused_with_the_line(text, why):
    with pytest.raises(PolicyMalformed, match=why):
        parse_policy(text.encode())


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PolicyMalformed, match="cannot be read"):
        read_policy(tmp_path / "nowhere")
