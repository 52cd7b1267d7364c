"""The services of a course on loopback, with Moodle's quirks: access tokens, grades, members page after page.

What Moodle does with a score is written in docs/lms.md; here it is done: 409 unless strictly later in whole seconds,
400 for whoever is not enrolled or does not learn, and an unfinished `gradingProgress` erases what was there.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

SCOPES = {
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
}
LEARNER, INSTRUCTOR = "Learner", "Instructor"
ITEM_MAXIMUM = 100


@dataclass
class Enrolled:
    """Somebody in the course, as Moodle sends them: short names of roles."""

    user_id: str
    name: str = ""
    role: str = LEARNER
    status: str = "Active"

    def to_json(self) -> dict[str, Any]:
        """Return the member as NRPS writes it."""
        given, _, family = self.name.partition(" ")
        return {
            "status": self.status,
            "roles": [self.role],
            "user_id": self.user_id,
            "lis_person_sourcedid": "",
            "name": self.name,
            "given_name": given,
            "family_name": family,
            "email": f"user{self.user_id}@example.org",
        }


@dataclass
class Grade:
    """A grade in the gradebook: on the item's own scale, with its feedback, and when it was given."""

    score: float | None
    feedback: str
    given_at: int


@dataclass
class Course:
    """A course: who is in it, its line items, its gradebook, every score that was taken."""

    people: dict[str, Enrolled] = field(default_factory=dict)
    items: set[str] = field(default_factory=lambda: {"5"})
    grades: dict[tuple[str, str], Grade] = field(default_factory=dict)
    taken: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def enrol(self, user_id: str, name: str = "", role: str = LEARNER) -> None:
        """Put somebody into the course."""
        self.people[user_id] = Enrolled(user_id, name or f"Étudiant {user_id}", role)


Fault = Callable[["Exchange"], bool]
"""Befalls a request; says whether it was answered by that."""


class CourseServices(ThreadingHTTPServer):
    """The platform's services: `keys` gives the tool's keyset, `fault` is what befalls requests, `page` how many
    members a page holds.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, client_id: str, keys: Callable[[], dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.client_id, self.keys = client_id, keys
        self.course = Course()
        self.tokens: dict[str, set[str]] = {}
        self.assertions: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        self.fault: Fault | None = None
        self.page = 50
        self.next_host = ""
        self.guard = threading.Lock()

    @property
    def address(self) -> str:
        """The issuer."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def token_url(self) -> str:
        """Where tokens are given."""
        return f"{self.address}/mod/lti/token.php"

    @property
    def members_url(self) -> str:
        """Where the members of the course are."""
        return f"{self.address}/mod/lti/services.php/CourseSection/2/bindings/1/memberships"

    def item_url(self, item: str = "5") -> str:
        """Return a line item as Moodle names it, with a query."""
        return f"{self.address}/mod/lti/services.php/2/lineitems/{item}/lineitem?type_id=1"


class Exchange(BaseHTTPRequestHandler):
    """One request to the services."""

    protocol_version = "HTTP/1.1"
    server: CourseServices

    def handle_any(self) -> None:
        """Answer as the platform does, unless a fault befalls the request."""
        self.content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with self.server.guard:
            self.server.requests.append((self.command, self.path))
            if self.server.fault and self.server.fault(self):
                return
            self.serve(parts.path)

    do_GET = do_POST = handle_any  # noqa: N815  (the library's names)

    def serve(self, path: str) -> None:
        """Answer one request."""
        if path.endswith("/token.php"):
            self._give_token()
        elif path.endswith("/memberships"):
            self._list_members()
        elif path.endswith("/scores"):
            self._take_score(path.split("/")[-3])
        elif path.endswith("/results"):
            self._give_results(path.split("/")[-3])
        else:
            self.answer(404)

    def answer(self, status: int, value: Any = None, **headers: str) -> None:
        """Answer with JSON, or with nothing."""
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _give_token(self) -> None:
        form = {name: values[0] for name, values in parse_qs(self.content.decode()).items()}
        try:
            claims = jwt.decode(
                form["client_assertion"], KeySet.import_key_set(cast(Any, self.server.keys())), ["RS256"]
            ).claims
        except (JoseError, KeyError, ValueError):
            self.answer(400, {"error": "invalid_client"})
            return
        ours = {"iss": self.server.client_id, "sub": self.server.client_id, "aud": self.server.token_url}
        wanted = set(form["scope"].split())
        if any(claims.get(name) != value for name, value in ours.items()) or claims["jti"] in self.server.assertions:
            self.answer(400, {"error": "invalid_client"})
        elif not wanted <= SCOPES:
            self.answer(400, {"error": "invalid_scope"})
        else:
            self.server.assertions.add(claims["jti"])
            token = uuid4().hex
            self.server.tokens[token] = wanted
            self.answer(200, {"access_token": token, "token_type": "bearer", "expires_in": 3600})

    def _may(self, scope: str) -> bool:
        held = self.server.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "), set())
        if any(name.endswith(scope) for name in held):
            return True
        self.answer(401)
        return False

    def _list_members(self) -> None:
        if not self._may("contextmembership.readonly"):
            return
        begin, people = int(self.query.get("from", "0")), list(self.server.course.people.values())
        shown = people[begin : begin + self.server.page]
        headers = {}
        if begin + self.server.page < len(people):
            address = self.server.members_url.replace(self.server.address, self.server.next_host or self.server.address)
            headers["Link"] = f'<{address}?from={begin + self.server.page}>; rel="next"'
        page = {"id": self.server.members_url, "context": {"id": "2"}, "members": [one.to_json() for one in shown]}
        self.answer(200, page, **headers)

    def _take_score(self, item: str) -> None:
        if not self._may("scope/score"):
            return
        course, score = self.server.course, json.loads(self.content)
        person, place = course.people.get(score["userId"]), (item, score["userId"])
        if item not in course.items:
            self.answer(404, [])
        elif self.headers["Content-Type"] != "application/vnd.ims.lis.v1.score+json":
            self.answer(415, [])
        elif person is None or person.role != LEARNER:
            self.answer(400, {"error": "not enrolled"})
        elif (known := course.grades.get(place)) and known.given_at >= _second(score["timestamp"]):
            self.answer(409, [])
        else:
            course.taken.append((*place, score))
            course.grades[place] = _graded(score)
            self.answer(200)

    def _give_results(self, item: str) -> None:
        if not self._may("result.readonly"):
            return
        user = self.query.get("user_id")
        found = [
            {"userId": who, "resultScore": grade.score, "resultMaximum": ITEM_MAXIMUM, "comment": grade.feedback}
            for (where, who), grade in self.server.course.grades.items()
            if where == item and user in (None, who)
        ]
        self.answer(200, found)


def _second(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp())


def _graded(score: dict[str, Any]) -> Grade:
    """Return what becomes of a score in the gradebook; an unfinished one erases grade and feedback."""
    when = _second(score["timestamp"])
    if score["gradingProgress"] != "FullyGraded":
        return Grade(None, "", when)
    return Grade(score["scoreGiven"] / score["scoreMaximum"] * ITEM_MAXIMUM, score.get("comment", ""), when)


@contextmanager
def course_services(client_id: str, keys: Callable[[], dict[str, Any]]) -> Iterator[CourseServices]:
    """Serve a course for the length of a block."""
    served = CourseServices(client_id, keys)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        served.shutdown()
        thread.join()
        served.server_close()
