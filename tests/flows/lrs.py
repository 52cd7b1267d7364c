"""A program that talks to the hub's LRS over HTTP, with a credential of its own."""

import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from app.kernel.actors import Permission, system_actor
from tests.installation import Installation
from xapi.rules.parts import Attached, join_parts
from xapi.services.credentials import Scope, add_credential

COMMAND = system_actor("command", Permission.TARGET_ADMINISTER)
VERSION = {"X-Experience-API-Version": "1.0.3"}


def give_credential(house: Installation, name="program", scopes=(Scope.ALL,), operator=None) -> tuple[str, str]:
    """Add a credential to a hub and return its username and password."""
    operator_id = house.operator_id(operator) if operator else None
    with house.storage.transaction() as session:
        made, password = add_credential(session, name, scopes, actor=COMMAND, operator_id=operator_id)
        return made.username, password


def basic(username: str, password: str) -> dict[str, str]:
    """Return the header of a name and password."""
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


STATE, ACTIVITY_PROFILE, AGENT_PROFILE = "/activities/state", "/activities/profile", "/agents/profile"
AGENT = json.dumps({"mbox": "mailto:anna@lms.example"})
PARAMETERS = {
    STATE: {"activityId": "https://lms.example/course/7", "agent": AGENT, "stateId": "bookmark"},
    ACTIVITY_PROFILE: {"activityId": "https://lms.example/course/7", "profileId": "colours"},
    AGENT_PROFILE: {"agent": AGENT, "profileId": "colours"},
}
"""The three addresses of documents, and how one is named at each."""


@dataclass
class Program:
    """A program with a credential of a hub."""

    house: Installation
    headers: dict[str, str]

    @classmethod
    def of(cls, house: Installation, **how: Any) -> "Program":
        """Return a program with a credential of its own."""
        return cls(house, VERSION | basic(*give_credential(house, **how)))

    def ask(self, method: str, path: str = "/xapi/statements", **more: Any) -> Any:
        """Send a request and return the answer."""
        headers = self.headers | more.pop("headers", {})
        return self.house.client().open(path, method=method, headers=headers, **more)

    def get(self, **query: Any) -> Any:
        """Ask for statements."""
        return self.ask("GET", query_string=query)

    def post(self, value: Any, **more: Any) -> Any:
        """Send one statement or several."""
        return self.ask("POST", data=json.dumps(value), content_type="application/json", **more)

    def put(self, value: Any, identifier: str) -> Any:
        """Send one statement under its id."""
        data, query = json.dumps(value), {"statementId": identifier}
        return self.ask("PUT", data=data, query_string=query, content_type="application/json")

    def ids(self, **query: Any) -> list[str]:
        """Return the ids of a page of statements."""
        return [item["id"] for item in self.get(**query).get_json()["statements"]]

    def walk(self, **query: Any) -> list[list[str]]:
        """Follow `more` to the end and return the ids of each page."""
        page = self.get(**query).get_json()
        pages = [[item["id"] for item in page["statements"]]]
        while "more" in page:
            page = self.ask("GET", page["more"]).get_json()
            pages.append([item["id"] for item in page["statements"]])
        return pages

    def document(self, method: str, where: str, data: Any = None, **more: Any) -> Any:
        """Ask for the document of an address, with parameters changed or (None) left out by `query`."""
        query = PARAMETERS[where] | more.pop("query", {})
        content_type = more.pop("content_type", "application/json" if data is not None else None)
        given = {name: value for name, value in query.items() if value is not None}
        return self.ask(method, f"/xapi{where}", query_string=given, data=data, content_type=content_type, **more)

    def names(self, where: str, **query: Any) -> Any:
        """Return the names of the documents of an address."""
        name = "stateId" if where == STATE else "profileId"
        return self.document("GET", where, query={name: None} | query).get_json()

    def post_mixed(self, value: Any, *contents: bytes, **more: Any) -> Any:
        """Send statements with what is attached to them, in the order given."""
        attached = [("application/octet-stream", attach(content)) for content in contents]
        kind, body = join_parts(json.dumps(value).encode(), attached)
        return self.ask("POST", data=body, content_type=kind, **more)


def attach(content: bytes) -> Attached:
    """Return what is attached, with its digest."""
    return Attached(hashlib.sha256(content).hexdigest(), content)


def attachment(content: bytes, **more: Any) -> dict[str, Any]:
    """Return how a statement names what is attached to it."""
    return {
        "usageType": "https://a.example/photograph",
        "display": {"fr": "Une photo"},
        "contentType": "application/octet-stream",
        "length": len(content),
        "sha2": attach(content).digest,
    } | more
