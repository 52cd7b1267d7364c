"""An LMS that launches exercises (cmi5), on loopback: it gives a token once, and judges each request of the hub.

What breaks a rule of the standard is refused with 403 and kept by its name, so that a test sees which one it was.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON = "https://w3id.org/xapi/cmi5/context/categories/moveon"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
MASTERY = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
VERBS = "http://adlnet.gov/expapi/verbs/"
LASTING = {"terminated", "completed", "passed", "failed"}
RESULTS = {"completed": {"completion": True}, "passed": {"success": True}, "failed": {"success": False}}


@dataclass
class Launched:
    """One session as the LMS knows it."""

    code: str
    token: str
    registration: str
    actor: dict[str, Any]
    activity: str
    data: dict[str, Any]
    fetched: int = 0
    is_over: bool = False
    statements: list[dict[str, Any]] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        """What the hub said in this session, in order."""
        return [verb_of(statement) for statement in self.statements]


def verb_of(statement: dict[str, Any]) -> str:
    """Return the short name of a statement's verb."""
    return str(statement["verb"]["id"]).removeprefix(VERBS)


def fault_of(statement: dict[str, Any], launched: Launched, registered: list[dict[str, Any]]) -> str | None:
    """Name the rule of cmi5 that a statement breaks, or None; `registered` are those of its registration before."""
    verb, result, context = verb_of(statement), statement.get("result", {}), statement.get("context", {})
    template, told = launched.data["contextTemplate"], launched.told
    categories = [item["id"] for item in context.get("contextActivities", {}).get("category", [])]
    extensions, mastery = context.get("extensions", {}), launched.data.get("masteryScore")
    before = [verb_of(item) for item in registered]
    score = result.get("score", {})
    rules = {
        "8.1.2 nothing after terminated": "terminated" not in told,
        "9.1 an id": bool(statement.get("id")),
        "9.2 the actor as launched": statement["actor"] == launched.actor,
        "9.3 initialized first": bool(told) != (verb == "initialized"),
        "9.3 each verb once": verb not in told,
        "9.3 one of passed and failed": verb not in {"passed", "failed"} or not {"passed", "failed"} & set(told),
        "9.3 completed and passed once": verb not in {"completed", "passed"} or verb not in before,
        "9.3 no failed after passed": verb != "failed" or "passed" not in before,
        "9.3.4 passed at mastery": verb != "passed" or mastery is None or score.get("scaled", 1) >= mastery,
        "9.3.5 failed below mastery": verb != "failed" or mastery is None or score.get("scaled", 0) < mastery,
        "9.4 the activity as launched": statement["object"]["id"] == launched.activity,
        "9.5.1 score only where judged": not score or verb in {"passed", "failed"},
        "9.5.1 raw with min and max": "raw" not in score or {"min", "max"} <= set(score),
        "9.5 result of the verb": {key: result[key] for key in ("completion", "success") if key in result}
        == RESULTS.get(verb, {}),
        "9.5.4 duration": verb not in LASTING or "duration" in result,
        "9.6.1 registration": context.get("registration") == launched.registration,
        "9.6.2.1 category cmi5": CMI5 in categories,
        "9.6.2.2 category moveon": (MOVE_ON in categories) == (verb in RESULTS),
        "9.6.3.1 session": extensions.get(SESSION) == launched.code,
        "9.6.3.2 mastery score": verb not in {"passed", "failed"} or extensions.get(MASTERY) == mastery,
        "9.7 UTC": str(statement.get("timestamp", "")).endswith("Z"),
        "9.7 in the order of time": not launched.statements
        or launched.statements[0]["timestamp"] <= statement["timestamp"],
        "10 template kept": _holds(context, template),
        "10 only shown": launched.data["launchMode"] == "Normal" or verb in {"initialized", "terminated"},
    }
    return next((name for name, is_kept in rules.items() if not is_kept), None)


def _holds(value: Any, asked: Any) -> bool:
    """Say whether a value has everything that another has, unchanged."""
    if isinstance(asked, dict):
        return isinstance(value, dict) and all(name in value and _holds(value[name], asked[name]) for name in asked)
    if isinstance(asked, list):
        return isinstance(value, list) and all(item in value for item in asked)
    return bool(value == asked)


class CourseLms(ThreadingHTTPServer):
    """The LMS; `silent`, `status`, `expired` and `cuts` are what befalls it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.sessions: list[Launched] = []
        self.faults: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.preferences: dict[str, Any] | None = {"languagePreference": "fr-BE,nl", "audioPreference": "off"}
        self.status: int | None = None
        self.fetch_answer: Any = None
        self.cuts = 0

    @property
    def address(self) -> str:
        """Where the LMS is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def launch(self, exercise: str, name: str = "1625378", registration: str = "", **changed: Any) -> str:
        """Make a session and return the address by which it launches the exercise, without the hub's own."""
        code = uuid4().hex
        actor = {"objectType": "Agent", "account": {"homePage": self.address, "name": name}}
        template = {
            "extensions": {SESSION: code, "https://lms.example/weight": 0.5},
            "contextActivities": {
                "grouping": [{"objectType": "Activity", "id": f"{self.address}/published/{exercise}"}]
            },
            "platform": "Cours",
        }
        data = {
            "contextTemplate": template,
            "launchMode": "Normal",
            "moveOn": "Passed",
            "returnURL": f"{self.address}/course",
        } | changed
        launched = Launched(code, f"dG9rZW4{code}=", registration or str(uuid4()), actor, f"{self.address}/au/7", data)
        self.sessions.append(launched)
        given = {
            "activityId": launched.activity,
            "registration": launched.registration,
            "actor": json.dumps(actor),
            "fetch": f"{self.address}/fetch?k={code}",
            "endpoint": f"{self.address}/lrs/",
        }
        return f"/cmi5/exercises/{exercise}?{urlencode(given)}"

    @property
    def last(self) -> Launched:
        """The newest session."""
        return self.sessions[-1]


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CourseLms

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        place = urlsplit(self.path)
        self.server.requests.append(("POST", place.path))
        if self.server.status:
            self._answer(self.server.status, {})
        elif place.path == "/fetch":
            self._give_token(parse_qs(place.query)["k"][0])
        elif launched := self._session():
            self._take(json.loads(content), launched)

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        given = {name: values[0] for name, values in parse_qs(place.query).items()}
        self.server.requests.append(("GET", place.path))
        if place.path == "/course":
            self._answer(200, {"course": "Le cours"})
            return
        launched = self._session()
        if launched is None:
            return
        if place.path == "/lrs/activities/state":
            asked = (json.loads(given["agent"]), given["activityId"], given["registration"], given["stateId"])
            known = (launched.actor, launched.activity, launched.registration, "LMS.LaunchData")
            self._answer(*((200, launched.data) if asked == known else (404, {})))
        elif place.path == "/lrs/agents/profile":
            self._answer(*((200, self.server.preferences) if self.server.preferences else (404, {})))
        else:
            found = [item for item in launched.statements if item["id"] == given.get("statementId")]
            self._answer(*((200, found[0]) if found else (404, {})))

    def _give_token(self, code: str) -> None:
        launched = next(item for item in self.server.sessions if item.code == code)
        launched.fetched += 1
        if self.server.fetch_answer is not None:
            self._answer(200, self.server.fetch_answer)
        elif launched.fetched > 1:
            self._answer(200, {"error-code": "1", "error-text": "already returned"})
        else:
            self._answer(200, {"auth-token": launched.token})

    def _session(self) -> Launched | None:
        shown = self.headers.get("Authorization")
        found = next((item for item in self.server.sessions if shown == f"Basic {item.token}"), None)
        if found is None or found.is_over or "X-Experience-API-Version" not in self.headers:
            self._answer(401, {})
            return None
        return found

    def _take(self, statement: dict[str, Any], launched: Launched) -> None:
        same = [item for item in self.server.sessions if item.registration == launched.registration]
        fault = fault_of(statement, launched, [told for item in same for told in item.statements])
        if fault:
            self.server.faults.append(fault)
            self._answer(403, {"violatedReqId": fault})
            return
        launched.statements.append(statement)
        if self.server.cuts:
            self.server.cuts -= 1
            self.close_connection = True
            return
        self._answer(200, [statement["id"]])

    def _answer(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def course_lms() -> Iterator[CourseLms]:
    """Let an LMS listen for the length of a block."""
    lms = CourseLms()
    thread = threading.Thread(target=lms.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield lms
    finally:
        lms.shutdown()
        thread.join()
        lms.server_close()
