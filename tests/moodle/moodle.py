"""A simulator of Moodle's REST web service on loopback, as a real one behaves: errors come with status 200."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

TOKEN = "0123456789abcdef0123456789abcdef"
COURSE, COMPETENCY = 2, 7
OLD, PRESENT = "2026112300", "2026112400"
"""Versions of the plug-in: the first, and the one that is told where a statement is to be filed."""
HINTS = frozenset({"tools", "modules", "competencies"})
_NAME = re.compile(r"statements\[(\d+)\]\[(\w+)\]")


class Complaint(Exception):
    """An exception of Moodle: what its class is called, its code, its message."""

    def __init__(self, exception: str, code: str, message: str) -> None:
        super().__init__(message)
        self.said = {"exception": exception, "errorcode": code, "message": message}


def tellable(*activities: dict[str, Any], competencies: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Return what the plug-in tells of one course with these activities and competencies."""
    courses = [{"id": COURSE, "shortname": "BIO", "fullname": "Biotech"}]
    return {"courses": courses, "activities": list(activities), "competencies": list(competencies), "whole": True}


Refusal = Callable[[dict[str, Any]], str | None]


@dataclass
class Moodle:
    """What one Moodle holds: its people, what its plug-in took, its ratings; and how it may be in trouble."""

    port: int = 0
    people: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    bodies: list[str] = field(default_factory=list)
    repeated: int = 0
    ratings: list[dict[str, str]] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    events: int = 0
    has_plugin: bool = True
    version: str = PRESENT
    hints: dict[str, dict[str, str]] = field(default_factory=dict)
    mappables: dict[str, Any] = field(default_factory=tellable)
    contents: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    has_right: bool = True
    cuts: list[str] = field(default_factory=list)
    refuses: Refusal = lambda statement: None

    @property
    def address(self) -> str:
        """What this Moodle calls itself."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, form: dict[str, str]) -> Any:
        """Answer a call; raises Complaint."""
        self.requests.append(form)
        if form.get("wstoken") != TOKEN:
            raise Complaint("moodle_exception", "invalidtoken", "Invalid token - token not found")
        if self.complaints:
            raise self.complaints.pop(0)
        function = form["wsfunction"]
        is_missing = function == "local_cahier_get_mappables" and self.version == OLD
        if function.startswith("local_cahier_") and (is_missing or not self.has_plugin):
            table = "Can't find data record in database table external_functions."
            raise Complaint("dml_missing_record_exception", "invalidrecord", table)
        if not self.has_right:
            said = "Sorry, but you do not currently have permissions to do that (Send learning statements)."
            raise Complaint("required_capability_exception", "nopermissions", said)
        return getattr(self, function)(form)

    def local_cahier_test(self, form: dict[str, str]) -> Any:
        """Say what this Moodle is."""
        self.events += form.get("log") == "1"
        return {"wwwroot": self.address, "moodle": "4.5.5+", "plugin": self.version, "competencies": True}

    def local_cahier_post_statements(self, form: dict[str, str]) -> Any:
        """Take statements, each once; hold what comes after a refused one in its sequence."""
        given: dict[int, dict[str, str]] = {}
        if self.version == OLD and any(name.endswith(tuple(f"[{hint}]" for hint in HINTS)) for name in form):
            said = "Invalid parameter value detected (Unexpected keys (modules) detected in parameter array.)"
            raise Complaint("invalid_parameter_exception", "invalidparameter", said)
        for name, value in form.items():
            if found := _NAME.fullmatch(name):
                given.setdefault(int(found[1]), {})[found[2]] = value
        blocked: set[str] = set()
        answers = []
        for place in sorted(given):
            answer = {"outcome": "held"} if given[place]["sequence"] in blocked else self._take(given[place])
            if answer["outcome"] == "refused" and given[place]["sequence"]:
                blocked.add(given[place]["sequence"])
            answers.append({"reason": "", "message": "", "evidence": 0} | answer)
        return answers

    def local_cahier_get_mappables(self, form: dict[str, str]) -> Any:
        """Say what is in the courses that the token's user sees."""
        return self.mappables

    def core_course_get_contents(self, form: dict[str, str]) -> Any:
        """List the sections of a course with their activities, without ID numbers."""
        return [{"id": 1, "name": "Section 1", "modules": self.contents.get(form["courseid"], [])}]

    def _take(self, given: dict[str, str]) -> dict[str, str]:
        text = given["statement"]
        statement = json.loads(text)
        if statement["id"] in self.taken:
            self.repeated += 1
            return {"outcome": "repeated"}
        withdrawn = statement["object"].get("id") if statement["object"]["objectType"] == "StatementRef" else None
        if withdrawn and withdrawn not in self.taken:
            return {"outcome": "ignored", "reason": "unknownstatement", "message": "It was never taken here."}
        if not withdrawn and statement["actor"]["account"]["name"] not in self.people:
            return {"outcome": "refused", "reason": "notenrolled", "message": "The person is in no course with it."}
        if reason := self.refuses(statement):
            return {"outcome": "refused", "reason": reason, "message": "It is refused."}
        self.taken[statement["id"]] = statement
        self.hints[statement["id"]] = {name: given[name] for name in HINTS & given.keys()}
        self.bodies.append(text)
        return {"outcome": "taken"}

    def core_competency_list_course_competencies(self, form: dict[str, str]) -> Any:
        """List the competencies of a course."""
        if form["id"] != str(COURSE):
            return []
        standing = {COMPETENCY: "PIP-VER", COMPETENCY + 1: "M-12"}
        return [
            {"competency": {"id": number, "idnumber": code, "shortname": code}, "coursecompetency": {"id": number}}
            for number, code in standing.items()
        ]

    def core_competency_grade_competency_in_course(self, form: dict[str, str]) -> Any:
        """Rate a competency; every call writes one more piece of evidence."""
        if form["userid"] not in self.people:
            said = (
                "Coding error detected, it must be fixed by a programmer: The competency may not be rated at this time."
            )
            raise Complaint("coding_exception", "codingerror", said)
        if form["grade"] not in {"1", "2"}:
            raise Complaint("core\\invalid_persistent_exception", "invalidpersistenterror", "Error: Invalid rating")
        self.ratings.append(form)
        return True

    def tool_lp_data_for_user_competency_summary_in_course(self, form: dict[str, str]) -> Any:
        """Give the evidence of somebody's competency, newest first, as the course's page shows it."""
        if form["userid"] in self.deleted:
            raise Complaint("dml_missing_record_exception", "invaliduser", "Invalid user")
        notes = [{"note": one["note"]} for one in reversed(self.ratings) if one["userid"] == form["userid"]]
        return {"usercompetencysummary": {"evidence": notes}}


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        """Answer like server.php: 200, whatever is the matter."""
        content = self.rfile.read(int(self.headers["Content-Length"]))
        moodle = self.server.moodle
        moodle.paths.add(self.path)
        if self.path != "/webservice/rest/server.php":
            return self._give(404, b"<html>Not found</html>")
        if moodle.answers:
            return self._give(*moodle.answers.pop(0))
        form = dict(parse_qsl(content.decode(), keep_blank_values=True))
        try:
            said: Any = moodle.answer(form)
        except Complaint as complaint:
            said = complaint.said
        if moodle.cuts[:1] == [form.get("wsfunction")]:  # everything is done, and the answer is lost
            moodle.cuts.pop(0)
            self.close_connection = True
            return None
        return self._give(200, json.dumps(said).encode())

    def _give(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, moodle: Moodle) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.moodle = moodle


@contextmanager
def listening_moodle() -> Iterator[Moodle]:
    """Serve a Moodle for the length of a block."""
    moodle = Moodle()
    with _Server(moodle) as server:
        moodle.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield moodle
        server.shutdown()
        thread.join()
