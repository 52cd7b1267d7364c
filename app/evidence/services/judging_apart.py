"""Has a file judged in a process of its own, so that what strangers send meets neither secrets nor a long wait.

Nothing of it is kept: it goes there through a pipe, and the process may write no file.
"""

import json
import logging
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from app.evidence.errors import TooHard
from app.evidence.rules.judging import MOST_SECONDS
from app.kernel import clock
from app.kernel.errors import TooMany

AT_ONCE = 2
PATIENCE_SECONDS = 10
_ROOT = Path(__file__).parents[3]
_COMMAND = (sys.executable, "-B", "-m", "app.evidence.services.judging")

_log = logging.getLogger("cahier.evidence")
_places = BoundedSemaphore(AT_ONCE)


def judge_apart(content: bytes, trust: bytes, language: str) -> dict[str, Any]:
    """Return what `judging.judge` finds; raises TooHard for a file that asks for too much, TooMany while all is
    busy.
    """
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise TooMany(seconds=PATIENCE_SECONDS)
    try:
        return _asked(content, trust, language)
    finally:
        _places.release()


def _asked(content: bytes, trust: bytes, language: str) -> dict[str, Any]:
    asked = {"trust_bytes": len(trust), "language": language, "now": clock.to_text(clock.now())}
    try:
        ran = subprocess.run(  # noqa: S603  (our own module; what was sent is its input, never part of the command)
            _COMMAND,
            input=json.dumps(asked).encode() + b"\n" + trust + content,
            capture_output=True,
            timeout=MOST_SECONDS,
            check=False,
            cwd=_ROOT,
            env={"PYTHONPATH": str(_ROOT)},
        )
    except subprocess.TimeoutExpired as error:
        raise TooHard from error
    if ran.returncode != 0:
        _log.warning(
            "a file to verify was given up (%s): %s", ran.returncode, ran.stderr.decode(errors="replace")[-2000:]
        )
        raise TooHard
    found: dict[str, Any] = json.loads(ran.stdout)
    return found
