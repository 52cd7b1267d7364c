"""Serving people: gunicorn over the application, on an address that was claimed before anything slow began.

Threads and processes hold no state of their own, so that any number of either may serve the same database.
"""

import errno
import gc
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gunicorn.app.base import BaseApplication

from app.factory import create_app
from app.installation.certificates import Files, addresses_of_this_machine, read_certificate
from app.installation.logs import FILE
from app.kernel.errors import CahierError
from app.storage import Storage
from config.settings import Settings

THREADS = 8
SECONDS_FOR_A_REQUEST = 60
SECONDS_TO_FINISH = 8
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 (what a person may ask for; the default is this machine alone)
NEARBY = ("127.0.0.1", "::1", "localhost", *EVERYWHERE)


class AddressRefused(CahierError):
    """The address cannot be served on; the message says what to type."""

    code = "address"


@dataclass(frozen=True)
class Place:
    """Where people find the hub: the claimed socket, and whether they come over HTTPS."""

    listener: socket.socket
    host: str
    files: Files | None

    @property
    def port(self) -> int:
        """The port, also when any free one was asked for."""
        port: int = self.listener.getsockname()[1]
        return port

    @property
    def scheme(self) -> str:
        """Over what people come."""
        return "https" if self.files else "http"

    def url(self, host: str | None = None) -> str:
        """Return the address under which a host's name reaches this place."""
        name = host or ("localhost" if self.host in NEARBY else self.host)
        return f"{self.scheme}://{f'[{name}]' if ':' in name else name}:{self.port}"

    def others(self) -> list[str]:
        """Return the addresses for other machines on the network; none when only this machine is served."""
        if self.host not in EVERYWHERE:
            return []
        own = [address for address in addresses_of_this_machine() if not address.is_loopback]
        hosts = [str(address) for address in own if ":" in self.host or address.version == 4]
        if self.files:
            named = read_certificate(self.files.server).names
            hosts = [host for host in named if host in hosts or not _is_address(host)]
        return [self.url(host) for host in hosts if host != "localhost"]


def claim_place(host: str, port: int, files: Files | None) -> Place:
    """Claim an address; raise AddressRefused when somebody else has it, or CertificateRefused without a certificate."""
    if files:
        read_certificate(files.server)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise AddressRefused(f"{host!r} is no address of this machine") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise AddressRefused(_why(error, host, port)) from None
    return Place(listener, host, files)


def adapt_settings(settings: Settings, place: Place) -> Settings:
    """Return the settings with the address that people really use, unless somebody chose one (such as a proxy's)."""
    chosen = settings.public_url != Settings.public_url
    if not chosen:
        return replace(settings, public_url=place.url())
    if place.files and not settings.secure:
        return replace(settings, public_url="https" + settings.public_url.removeprefix("http"))
    return settings


class Web(BaseApplication):
    """Gunicorn with our options and no configuration file."""

    def __init__(self, application: Callable[..., Any], options: dict[str, Any]) -> None:
        self.application = application
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        """Take our options and no others."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """Return the application, which was built before the processes were forked."""
        return self.application


def serve(settings: Settings, place: Place, workers: int, when_ready: Callable[[], None]) -> None:
    """Serve until told to stop; requests that have begun are finished."""
    app = create_app(settings)
    set_aside()
    storage: Storage = app.extensions["cahier"].storage
    options: dict[str, Any] = {
        "bind": [f"fd://{os.dup(place.listener.fileno())}"],
        "workers": workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": SECONDS_FOR_A_REQUEST,
        "graceful_timeout": SECONDS_TO_FINISH,
        "preload_app": True,
        "post_fork": lambda _server, _worker: storage.engine.dispose(close=False),
        "when_ready": lambda _server: when_ready(),
        "errorlog": str(settings.var / FILE),
        "loglevel": "warning",
        "accesslog": None,
        "control_socket_disable": True,
        "proc_name": "cahier",
        # What a proxy says of the visitor counts as far as settings trust it, in one place (app/factory.py).
        "forwarded_allow_ips": "",
    }
    if place.files:
        options |= {"certfile": str(place.files.server), "keyfile": str(place.files.server_key), "ssl_context": _tls}
    Web(app, options).run()


def set_aside() -> None:
    """Keep what is loaded out of every later search for garbage: it lives as long as the process and those forked."""
    gc.collect()
    gc.freeze()


def _tls(_: Any, make_default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = make_default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use: stop what uses it, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for the administrator of this machine: choose one from 1024 on with --port"
    return f"{host!r} is no address of this machine: {error.strerror}"


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()
