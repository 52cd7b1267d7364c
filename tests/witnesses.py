"""Witnesses of our own on loopback addresses: the application of `cahier audit witness` behind a small server."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from app.audit.notes import VerifierKey
from app.audit.witness import Witness, open_witness, witness_app


@dataclass
class Running:
    """A witness and where it is."""

    witness: Witness
    folder: Path
    address: str

    def policy_line(self, name: str) -> str:
        """Return its line in a policy."""
        return f"witness {name} {self.witness.key.to_text()} {self.address}\n"


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_witness(folder: Path, name: str, logs: Sequence[VerifierKey], port: int = 0) -> Iterator[Running]:
    """Run a witness over a folder."""
    witness = open_witness(folder, name, logs)
    server = make_server("127.0.0.1", port, witness_app(witness), WSGIServer, _Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Running(witness, folder, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
