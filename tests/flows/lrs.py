"""A program that talks to the hub's LRS over HTTP, with a credential of its own."""

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from app.kernel.actors import Permission, system_actor
from tests.installation import Installation
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
