"""A second Cahier that listens on loopback, and a faulty line in front of it: real requests, real outages."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.flows.lrs import Program
from tests.installation import Installation


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Say nothing."""


class Listener(Protocol):
    """Whatever listens on a port of loopback."""

    @property
    def port(self) -> int:
        """Where."""
        ...


@dataclass
class Listening:
    """An installation that serves on a port of loopback; it can go away and come back on the same port."""

    house: Installation
    port: int = 0
    _server: BaseWSGIServer | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._server = make_server("127.0.0.1", self.port, self.house.app, threaded=True, request_handler=_Quiet)
        self.port = self._server.port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        """Go away: nobody answers on the port any more."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = self._thread = None

    @property
    def address(self) -> str:
        """Where the LRS is."""
        return f"http://127.0.0.1:{self.port}/xapi"


@contextmanager
def listening(house: Installation) -> Iterator[Listening]:
    """Serve an installation for the length of a block."""
    served = Listening(house)
    served.start()
    try:
        yield served
    finally:
        served.stop()


Fault = Callable[["Exchange"], None]


class Exchange(BaseHTTPRequestHandler):
    """One request on the faulty line."""

    protocol_version = "HTTP/1.1"
    server: "FaultyLine"

    def handle_any(self) -> None:
        """Pass the request on, or do what the next fault says with it."""
        self.content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.requests.append((self.command, self.path, self.client_address[1], self.content))
        fault = self.server.next_fault(self.command)
        fault(self)

    do_GET = do_POST = do_PUT = handle_any  # noqa: N815  (the library's names)

    def forward(self, content: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
        """Ask the LRS behind the line and return its status, the headers of its content, and the content."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.behind.port, timeout=30)
        sent = self.content if content is None else content
        headers = {name: value for name, value in self.headers.items() if name not in {"Host", "Content-Length"}}
        connection.request(self.command, self.path, body=sent or None, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        kept = {name: value for name, value in answer.getheaders() if name in {"Content-Type", "Content-Encoding"}}
        return answer.status, kept, body

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer the request."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut(self) -> None:
        """Close the connection without an answer."""
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def pass_on(exchange: Exchange) -> None:
    """Work as a line should."""
    status, headers, body = exchange.forward()
    exchange.answer(status, body, **headers)


def cut_before_storing(exchange: Exchange) -> None:
    """Lose the request."""
    exchange.cut()


def cut_after_storing(exchange: Exchange) -> None:
    """Let the LRS store, then lose its answer."""
    exchange.forward()
    exchange.cut()


def store_half(exchange: Exchange) -> None:
    """Store the first half and say so with 200."""
    statements = json.loads(exchange.content)
    half = statements[: len(statements) // 2]
    status, headers, body = exchange.forward(json.dumps(half).encode())
    exchange.answer(status, body, **headers)


def answering(status: int, body: bytes = b"", **headers: str) -> Fault:
    """Return a fault that answers so without asking the LRS."""
    return lambda exchange: exchange.answer(status, body, **headers)


def refusing_more_than(octets: int) -> Fault:
    """Return a fault that lets only small requests through."""

    def refuse(exchange: Exchange) -> None:
        if len(exchange.content) > octets:
            exchange.answer(413)
        else:
            pass_on(exchange)

    return refuse


@dataclass
class Holding:
    """A fault that lets the LRS store and then holds the answer back until the test is over."""

    stored: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def __call__(self, exchange: Exchange) -> None:
        exchange.forward()
        self.stored.set()
        self.over.wait(60)
        exchange.cut()


class FaultyLine(ThreadingHTTPServer):
    """A line to a listening LRS; `faults` befall the next requests that send something, one each."""

    daemon_threads = True

    def __init__(self, behind: Listener) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.behind = behind
        self.faults: list[Fault] = []
        self.always: Fault = pass_on
        self.requests: list[tuple[str, str, int, bytes]] = []

    def next_fault(self, command: str) -> Fault:
        """Return what befalls this request."""
        return self.faults.pop(0) if self.faults and command == "POST" else self.always

    @property
    def address(self) -> str:
        """Where the line begins."""
        return f"http://127.0.0.1:{self.server_address[1]}/xapi"

    def posts(self) -> list[list[str]]:
        """Return the ids in each request that sent statements."""
        return [[item["id"] for item in json.loads(sent)] for command, _, _, sent in self.requests if command == "POST"]


@contextmanager
def faulty_line(behind: Listener) -> Iterator[FaultyLine]:
    """Open a line for the length of a block."""
    line = FaultyLine(behind)
    thread = threading.Thread(target=line.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield line
    finally:
        line.shutdown()
        thread.join()
        line.server_close()


def everything_in(house: Installation) -> list[dict[str, Any]]:
    """Return every statement of an LRS in the order of storing, without what only an LRS says of it."""
    program = Program.of(house, name=f"reader{house.all_lines()}")
    page = program.get(ascending="true").get_json()
    found = list(page["statements"])
    while "more" in page:
        page = program.ask("GET", page["more"]).get_json()
        found += page["statements"]
    return [{name: item[name] for name in item if name not in {"stored", "authority"}} for item in found]
