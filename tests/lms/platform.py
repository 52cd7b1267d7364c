"""A learning platform on loopback, with its own keys: it logs in, launches, gives its keyset and access tokens.

It does as a real Moodle 4.5 did: the user's id as a text is the subject, tokens end a minute after they are made, roles
are full addresses, a question about a launch is answered once, and what a tool asserts is verified with the keyset
that the tool publishes, fetched anew when a key is unknown. `routes` takes more services, by method and first words of
the path.
"""

import html
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from app.kernel import clock
from app.lms.rules.platforms import Registration
from tests.lms.moodle import CLIENT_ID, registration

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
SCOPES = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
)
TOKEN_LASTS = 3600
Answer = tuple[int, Any]
Route = Callable[["Platform", "Request"], Answer]


@dataclass
class User:
    """Somebody at the platform; `roles` are those in the course."""

    id: str
    name: str
    username: str
    roles: tuple[str, ...] = ("Learner",)
    email: str = ""
    locale: str = "fr"


@dataclass
class Activity:
    """An external tool in a course: what it is to open, and its parameters."""

    id: str = "7"
    course: str = "2"
    title: str = "Pipettes"
    target: str = "http://localhost:8000/lti/launch"
    custom: dict[str, str] = field(default_factory=lambda: {"exercise": "TST-001"})
    message: str = "LtiResourceLinkRequest"


@dataclass
class Request:
    """What came to a service: method, path, query, headers, body."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Platform(ThreadingHTTPServer):
    """The platform; `users` by id, `asked` what was asked of it, `tokens` the scopes that each access token opens.

    `ahead` is by how many seconds its clock is ahead: it does not hear of a simulated one.
    """

    daemon_threads = True

    def __init__(self, hub_keys: Callable[[], Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.hub_keys = hub_keys
        self.cached_hub_keys: Any = None
        self.key = first_key()
        self.published = [self.key]
        self.users = {
            "4": User("4", "Zoé Lambert", "zlambert", email="zoe@example.org"),
            "5": User("5", "Marc Denis", "mdenis"),
            "9": User("9", "Claire Thys", "cthys", ("Instructor",)),
        }
        self.deployment_id = "1"
        self.questions: dict[str, tuple[str, Activity, dict[str, Any]]] = {}
        self.tokens: dict[str, frozenset[str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.silent = False
        self.ahead = 0
        self.routes: dict[tuple[str, str], Route] = {
            ("GET", "/mod/lti/certs.php"): lambda platform, _: (200, platform.key_set()),
            ("POST", "/mod/lti/token.php"): give_token,
            ("GET", "/mod/lti/auth.php"): answer_login,
        }

    @property
    def issuer(self) -> str:
        """The platform's name and address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def registration(self, **changed: Any) -> Registration:
        """Return what the hub is to know of this platform."""
        return registration(self.issuer, **changed)

    def key_set(self) -> dict[str, Any]:
        """Return the published halves of its keys."""
        return {"keys": [{**key.as_dict(private=False), "alg": "RS256", "use": "sig"} for key in self.published]}

    def change_key(self) -> None:
        """Sign with another key from now on."""
        self.key = _new_key()
        self.published = [self.key, *self.published]

    def initiate(self, user: str, activity: Activity, **claims: Any) -> dict[str, str]:
        """Return the form with which a click in the course sends the browser to the tool's login address."""
        question = secrets.token_hex(8)
        self.questions[question] = (user, activity, claims)
        return {
            "iss": self.issuer,
            "target_link_uri": activity.target,
            "login_hint": user,
            "lti_message_hint": json.dumps({"cmid": activity.id, "launchid": question}),
            "client_id": CLIENT_ID,
            "lti_deployment_id": self.deployment_id,
        }

    def claims(self, user: User, activity: Activity, nonce: str) -> dict[str, Any]:
        """Return the claims of a launch as Moodle 4.5 makes them."""
        now = int(clock.now().timestamp())
        return {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": user.id,
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            "name": user.name,
            "email": user.email,
            CLAIM + "deployment_id": self.deployment_id,
            CLAIM + "message_type": activity.message,
            CLAIM + "version": "1.3.0",
            CLAIM + "target_link_uri": activity.target,
            CLAIM + "roles": [f"{MEMBERSHIP}#{role}" for role in user.roles],
            CLAIM + "context": {"id": activity.course, "label": "BIO", "title": "Biotech", "type": ["CourseSection"]},
            CLAIM + "resource_link": {"id": activity.id, "title": activity.title},
            CLAIM + "custom": activity.custom,
            CLAIM + "ext": {"user_username": user.username, "lms": "moodle-2"},
            CLAIM + "launch_presentation": {"locale": user.locale, "document_target": "iframe"},
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": list(SCOPES[:3]),
                "lineitems": f"{self.issuer}/mod/lti/services.php/{activity.course}/lineitems?type_id=1",
                "lineitem": f"{self.issuer}/mod/lti/services.php/{activity.course}/lineitems/{activity.id}/lineitem",
            },
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": (
                    f"{self.issuer}/mod/lti/services.php/CourseSection/{activity.course}/bindings/1/memberships"
                ),
                "service_versions": ["1.0", "2.0"],
            },
        }

    def answer(self, address: str, **changed: Any) -> dict[str, str]:
        """Return the form with which the platform answers a tool's question; `changed` are claims to say otherwise.

        Raises LookupError for a question that was answered before.
        """
        asked = dict(parse_qsl(urlsplit(address).query))
        hint = json.loads(asked["lti_message_hint"])
        user, activity, more = self.questions.pop(hint["launchid"])
        if user != asked["login_hint"] or asked["client_id"] != CLIENT_ID:
            raise LookupError("the question is about another launch")
        claims = self.claims(self.users[user], activity, asked["nonce"]) | more | changed
        return {"id_token": self.sign(claims), "state": asked["state"]}

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None, **header: Any) -> str:
        """Return a token that this platform signed; a claim of None is left out."""
        said = {name: value for name, value in claims.items() if value is not None}
        key = key or self.key
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": key.kid} | header, said, key)

    def opens(self, request: Request, scope: str) -> bool:
        """Say whether a request shows an access token for a scope."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return scope in self.tokens.get(token, frozenset())


def give_token(platform: Platform, request: Request) -> Answer:
    """Give an access token for a client assertion that verifies (RFC 7523); an unknown key has the keyset fetched."""
    form = dict(parse_qsl(request.body.decode()))
    for is_fresh in (False, True):
        if is_fresh or platform.cached_hub_keys is None:
            platform.cached_hub_keys = platform.hub_keys()
        try:
            keys = KeySet.import_key_set(platform.cached_hub_keys)
            claims = jwt.decode(form.get("client_assertion", ""), keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            continue
        now = clock.now().timestamp() + platform.ahead
        fits = claims["aud"] == f"{platform.issuer}/mod/lti/token.php" and claims["iat"] - 5 <= now < claims["exp"]
        if not fits or claims["iss"] != CLIENT_ID or claims["sub"] != CLIENT_ID:
            return 400, {"error": "invalid_client"}
        scopes = frozenset(form["scope"].split()) & frozenset(SCOPES)
        if not scopes:
            return 400, {"error": "invalid_scope"}
        token = secrets.token_urlsafe(16)
        platform.tokens[token] = scopes
        lasts = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LASTS, "scope": " ".join(scopes)}
        return 200, lasts
    return 400, {"error": "invalid_client"}


def answer_login(platform: Platform, request: Request) -> Answer:
    """Answer a browser: a page whose form goes back to the tool by itself."""
    address = f"{platform.issuer}{request.path}?"
    fields = platform.answer(address + urlencode(request.query))
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in fields.items()
    )
    target = html.escape(request.query["redirect_uri"])
    form = f'<form id="f" method="post" action="{target}">{inputs}<button>Continue</button></form>'
    return 200, f'<!doctype html><title>Moodle</title>{form}<script>document.getElementById("f").submit()</script>'


@cache
def first_key() -> RSAKey:
    """Return the key with which every platform of a run begins: making one takes its time."""
    return _new_key()


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(8)}, private=True)


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Platform

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        place = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Request(self.command, place.path, dict(parse_qsl(place.query)), headers, body)
        self.server.asked.append((asked.method, asked.path))
        if self.server.silent:
            self._answer(503, {})
            return
        fitting = [
            (len(start), route)
            for (method, start), route in self.server.routes.items()
            if method == asked.method and asked.path.startswith(start)
        ]
        if not fitting:
            self._answer(404, {})
            return
        try:
            status, value = max(fitting, key=lambda found: found[0])[1](self.server, asked)
        except LookupError:
            status, value = 400, {"error": "invalid_request"}
        self._answer(status, value)

    def _answer(self, status: int, value: Any) -> None:
        is_page = isinstance(value, str)
        body = value.encode() if is_page else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def listening(hub_keys: Callable[[], Any]) -> Iterator[Platform]:
    """Let a platform listen for the length of a block; `hub_keys` gives the keyset that the hub publishes."""
    platform = Platform(hub_keys)
    thread = threading.Thread(target=platform.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield platform
    finally:
        platform.shutdown()
        thread.join()
        platform.server_close()
