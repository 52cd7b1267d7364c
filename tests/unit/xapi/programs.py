"""Programs that send statements straight to the services, and statements of every shape that they send."""

from typing import Any
from uuid import uuid4

from app.storage import Storage
from tests.unit.xapi.conftest import COMMAND
from tests.unit.xapi.trail import HUB, as_bytes, statement
from xapi.models import LrsCredential
from xapi.queries.filtering import find_statements
from xapi.rules.editions import IEEE
from xapi.rules.finding import Filters, read_query
from xapi.rules.keys import agent_key
from xapi.rules.parts import Attached
from xapi.rules.reading import read_statements
from xapi.services.credentials import Scope, actor_of, add_credential
from xapi.services.receiving import prepare_statements, receive_statements


def give_credential(storage: Storage, operator_id: str | None = None) -> LrsCredential:
    """Return a credential that may do everything, for an operator or for the hub."""
    with storage.transaction() as session:
        return add_credential(session, uuid4().hex, [Scope.ALL], actor=COMMAND, operator_id=operator_id)[0]


def send(storage: Storage, credential: LrsCredential, *values: Any, attached: list[Attached] | None = None) -> int:
    """Send statements in one request of the second edition, and return how many were stored."""
    given, _ = read_statements(as_bytes(list(values)))
    sent = prepare_statements(given, attached or (), edition=IEEE)
    authority = HUB.authority(actor_of(credential).pseudonym)
    with storage.transaction() as session:
        return receive_statements(session, credential, sent, authority=authority)


def found(storage: Storage, operator_id: str | None = None, **query: str) -> list[str]:
    """Return the ids that a query finds, all pages, in the order of storing."""
    wanted = read_query(query | {"ascending": "true"})
    assert isinstance(wanted, Filters)
    with storage.reading() as session:
        page = find_statements(session, wanted, operator_id)
    return [read_statements(kept.body)[0][0].value["id"] for kept in page.statements]


def about(target: str, **changes: Any) -> dict[str, Any]:
    """Return a statement about another statement."""
    made: dict[str, Any] = statement(object={"objectType": "StatementRef", "id": target}, **changes)
    return made


def agent(name: str) -> dict[str, Any]:
    """Return an agent with an account."""
    return {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": name}}


def key_of(who: Any) -> str:
    """Return the key of an agent that has one."""
    key = agent_key(who)
    assert key is not None
    return key


def group(*members: Any, **more: Any) -> dict[str, Any]:
    """Return a group of agents."""
    return {"objectType": "Group", "member": list(members)} | more


def activity(name: str, **more: Any) -> dict[str, Any]:
    """Return an activity."""
    return {"objectType": "Activity", "id": f"https://lms.example/{name}"} | more


def within(**changes: Any) -> dict[str, Any]:
    """Return a statement that stands within another one."""
    inner = {"objectType": "SubStatement"} | statement(**changes)
    return {name: value for name, value in inner.items() if name != "id"}
