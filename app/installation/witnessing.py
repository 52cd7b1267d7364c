"""`cahier audit witness`: a witness for other people's logs, served like the hub, without database or installation."""

import os
from collections.abc import Callable
from typing import Any

from app.audit.witness import Witness, witness_app
from app.installation.serving import SECONDS_TO_FINISH, Place, Web

THREADS = 4
SECONDS_FOR_A_REQUEST = 30


def serve_witness(witness: Witness, place: Place, tell: Callable[[str], None]) -> None:
    """Serve until told to stop; one process, because the folder is locked for every checkpoint anyway."""
    options: dict[str, Any] = {
        "bind": [f"fd://{os.dup(place.listener.fileno())}"],
        "workers": 1,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": SECONDS_FOR_A_REQUEST,
        "graceful_timeout": SECONDS_TO_FINISH,
        "when_ready": lambda _server: tell(announcement(witness, place)),
        "errorlog": "-",
        "loglevel": "warning",
        "accesslog": None,
        "control_socket_disable": True,
        "proc_name": "cahier-witness",
        "forwarded_allow_ips": "",
    }
    Web(witness_app(witness), options).run()


def announcement(witness: Witness, place: Place) -> str:
    """Return what those who run the logs need for their policy."""
    return f"For the policy of those who ask:\n  witness NAME {witness.key.to_text()} {place.url()}"
