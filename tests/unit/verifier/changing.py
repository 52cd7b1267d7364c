"""Changes to the files of a bundle, after it was written."""

import base64
import json
from collections.abc import Callable
from typing import Any

from tests.unit.verifier.writer import canonical

Files = dict[str, bytes]


def without(files: Files, fragment: str) -> Files:
    """Take out the files whose path holds a fragment."""
    left = {path: data for path, data in files.items() if fragment not in path}
    assert len(left) < len(files)
    return left


def edited(files: Files, path: str, change: Callable[[bytes], bytes]) -> Files:
    """Change the bytes of one file."""
    before = files[f"evidence/{path}"]
    after = change(before)
    assert after != before
    return {**files, f"evidence/{path}": after}


def rewritten(files: Files, path: str, change: Callable[[Any], Any]) -> Files:
    """Change what a JSON file says, in place or by returning another value; it stays canonical."""

    def changed(data: bytes) -> bytes:
        value = json.loads(data)
        return canonical(change(value) or value)

    return edited(files, path, changed)


def path_of(files: Files, fragment: str, place: int = 0) -> str:
    """Return the path, below `evidence/`, of one of the files that hold a fragment."""
    found = sorted(path for path in files if fragment in path)
    return found[place].removeprefix("evidence/")


def flipped(data: bytes, place: int = -20) -> bytes:
    """Turn one bit."""
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def hash_turned(data: bytes) -> bytes:
    """Turn one bit of the last base64 hash of a text."""
    lines = data.decode().rstrip("\n").split("\n")
    lines[-1] = base64.b64encode(flipped(base64.b64decode(lines[-1]), 5)).decode()
    return ("\n".join(lines) + "\n").encode()
