"""The log file of an installation, `var/cahier.log`: for whoever runs it; a person is never shown a stack trace."""

import logging
import time
from logging.handlers import WatchedFileHandler
from pathlib import Path

FILE = "cahier.log"
_FORMAT = "%(asctime)s.%(msecs)03dZ %(process)d %(levelname)s %(name)s: %(message)s"


def keep_log(var: Path) -> Path:
    """Send what the house says of itself to the log file from here on, in this process and those it forks.

    The file may be moved away while it is written (logrotate); a new one is begun. Returns its path.
    """
    path = var / FILE
    handler = WatchedFileHandler(path, delay=True, encoding="utf-8")
    handler.setFormatter(_formatter())
    root = logging.getLogger()
    for old in [known for known in root.handlers if isinstance(known, WatchedFileHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("cahier").setLevel(logging.INFO)
    return path


def _formatter() -> logging.Formatter:
    formatter = logging.Formatter(_FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    return formatter
