"""Proofs as text: the inclusion of a line (C2SP tlog-proof), and that one checkpoint continues another."""

import base64
from collections.abc import Sequence

PROOF_HEADER = "c2sp.org/tlog-proof@v1"


def inclusion_text(index: int, proof: Sequence[bytes], checkpoint: str) -> str:
    """Return the proof that a leaf stands at an index of the tree that a signed checkpoint names."""
    return f"{PROOF_HEADER}\nindex {index}\n{consistency_text(proof)}\n{checkpoint}"


def consistency_text(proof: Sequence[bytes]) -> str:
    """Return hashes in base64, one a line."""
    return "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
