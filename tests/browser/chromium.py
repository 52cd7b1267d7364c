"""Debian's Chromium for the tests: where it is, and how it is started so that it talks to nobody but us."""

import os
import shutil
from pathlib import Path
from typing import Any

LINE_TO_TYPE = "sudo apt-get install -y chromium"

# Without these it looks up and calls its maker's hosts at every start.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class ChromiumMissing(RuntimeError):
    """No Chromium on this machine; the message says what to type."""


def program() -> Path:
    """Return the browser's program, or raise ChromiumMissing. $CHROMIUM names another one."""
    for name in [os.environ.get("CHROMIUM"), "/usr/bin/chromium", shutil.which("chromium")]:
        if name and Path(name).exists():
            return Path(name)
    raise ChromiumMissing(f"The browser tests need Chromium. Type: {LINE_TO_TYPE}")


def launch_options() -> dict[str, Any]:
    """Return the arguments of Playwright's `chromium.launch`."""
    return {
        "executable_path": program(),
        "args": FLAGS,
        "chromium_sandbox": os.geteuid() != 0,  # Chromium's sandbox refuses to start as root
    }
