"""Walks all routes: each declares who may call it, strangers and the wrong roles are refused, operators see only
their own.

`routes.txt` beside this file is the list a reviewer reads; a route that is added, or opened to others, changes it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.routing import Rule

from app.identity.rules.roles import GRANTS
from app.kernel.actors import Permission, Role
from app.notebook.rules.words import Purpose
from app.notebook.services.issuing import Issue, issue_record
from app.web.access import Access, declared_access
from tests.installation import Installation, Tablet
from tests.signers import load_library
from tests.tokens import bearer

LIST = Path(__file__).with_name("routes.txt")
ROLE_LOGINS: dict[Role, str] = {role: role.value for role in Role if role is not Role.SYSTEM}
OWN_DOOR = ("/xapi",)  # the LRS has credentials of its own kind; tests/unit/xapi tries its door

REASON = {"reason": "for a reason"}
BODIES: dict[str, dict[str, Any]] = {
    "entries": {"field": "temperature_before", "value": "21.5"},
    "corrections": {"value": "21.5", **REASON},
    "repeats": {"value": "21.5", **REASON},
    "exceptions": {"step": "weighing_1000", **REASON},
    "comment": REASON,
    "return": REASON,
    "abortion": REASON,
    "not-applicable": REASON,
    "resumption": REASON,
    "judgement": {"judgement": "accepted", **REASON},
}
"""Bodies that the API's description accepts, so that the request comes as far as the record's door."""


def routes(house: Installation) -> Iterator[tuple[str, Rule, Access | Permission]]:
    """Yield method, rule and declared access of every route."""
    for rule in sorted(house.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted(rule.methods or ()):
            if method not in ("HEAD", "OPTIONS"):
                yield method, rule, declared_access(house.app, rule.endpoint)


def path_of(rule: Rule, **values: Any) -> str:
    """Return an address of a rule; places without a value get one that leads to nothing."""

    def fill(match: re.Match[str]) -> str:
        converter, _, name = match.group(1).rpartition(":")
        if name in values:
            return str(values[name])
        if converter.startswith("any("):
            return converter[4:].split(",")[0].rstrip(")").strip()
        return {"uuid": str(UUID(int=7)), "int": "7"}.get(converter, "nothing")

    return re.sub(r"<([^>]+)>", fill, rule.rule)


def send(house: Installation, client: Tablet, method: str, path: str, login: str | None) -> Any:
    """Send a request as a browser would, or as a program where the address is the API's."""
    if path.startswith("/api/"):
        headers = bearer(house, login) if login else {}
        body = BODIES.get(path.rsplit("/", 1)[-1], {}) if method != "GET" else None
        return client.open(path, method=method, json=body, headers=headers)
    return client.get(path) if method == "GET" else client.act(path)


@pytest.mark.requirement("P11.10(d)", "AS-8.1.x-8.3.1")
def test_every_route_and_its_permission_stand_in_the_list(house: Installation) -> None:
    found = "".join(f"{method:6} {rule.rule} → {access.value}\n" for method, rule, access in routes(house))

    assert found == LIST.read_text(encoding="utf-8"), (
        f"look at each difference, then keep the list up to date:\n{found}"
    )


@pytest.mark.requirement("P11.10(d)", "AS-6.3.4")
def test_a_stranger_is_let_in_nowhere_but_at_public_doors(house: Installation) -> None:
    client = house.client()
    let_in = []

    for method, rule, access in routes(house):
        if access is not Access.PUBLIC:
            answer = send(house, client, method, path_of(rule), None)
            to_the_door = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
            if not to_the_door and answer.status_code != 401:
                let_in.append((method, rule.rule, answer.status_code))

    assert not let_in


@pytest.mark.requirement("P11.10(g)", "AS-16.3.1")
def test_the_wrong_role_is_refused_everywhere_and_each_refusal_is_a_line(house: Installation) -> None:
    clients: dict[Role, Tablet] = {role: house.signed_in(login) for role, login in ROLE_LOGINS.items()}
    wrong = []

    for method, rule, access in routes(house):
        if isinstance(access, Permission):
            role = next(
                role
                for role, grants in GRANTS.items()
                if access not in grants and (Permission.TOKEN_OWN in grants or not rule.rule.startswith("/api/"))
            )
            if rule.rule.startswith("/api/"):
                bearer(house, ROLE_LOGINS[role])  # making the token writes a line of its own
            before = house.all_lines()
            answer = send(house, clients[role], method, path_of(rule), ROLE_LOGINS[role])
            if answer.status_code != 403 or house.all_lines() != before + 1:
                wrong.append((method, rule.rule, role.value, answer.status_code, house.all_lines() - before))

    assert not wrong


@pytest.mark.requirement("AS-8.4.1")
def test_what_is_another_operators_is_as_absent_as_what_never_was(house: Installation) -> None:
    load_library(house, "PIP-001")
    owned = _things_of_alpha(house)
    differences = []

    for method, rule, access in routes(house):
        names = rule.arguments & owned.keys()
        if not names or access is Access.PUBLIC or rule.rule.startswith(OWN_DOOR):
            continue
        login = _beta_login(access)
        client = house.signed_in(login)
        name = next(iter(names))
        answers = [
            _comparable(send(house, client, method, path_of(rule, **{name: identifier}), login), identifier)
            for identifier in (owned[name], str(uuid4()))
        ]
        if answers[0] != answers[1] or answers[0][0] < 400:
            differences.append((method, rule.rule, answers[0][0], answers[1][0]))

    assert not differences


def _things_of_alpha(house: Installation) -> dict[str, str]:
    """Return an id of the operator Alpha for every kind of thing that a route names."""
    trainee = house.person("trainee").id
    with house.acting() as session:
        issue = Issue("PIP-001", trainee, Purpose.TRAINING)
        record = issue_record(session, issue, actor=house.actor("assessor"))
    alpha = house.signed_in("administrator")
    alpha.act("/cohorts", {"name": "Promotion A"})
    return {"record_id": record.id, "person_id": trainee}


def _beta_login(access: Access | Permission) -> str:
    if isinstance(access, Permission) and access in GRANTS[Role.ADMINISTRATOR] and access not in GRANTS[Role.ASSESSOR]:
        return "beta_administrator"
    if isinstance(access, Permission) and access in GRANTS[Role.TRAINEE] and access not in GRANTS[Role.ASSESSOR]:
        return "beta_trainee"
    return "beta_assessor"


def _comparable(answer: Any, identifier: str) -> tuple[int, str]:
    """Return an answer without what differs between any two: the id asked for, keys of forms, the time."""
    text = answer.get_data(as_text=True).replace(identifier, "ID")
    text = re.sub(r'(name="(?:csrf_token|idempotency_key)" value=")[^"]*', r"\1", text)
    return answer.status_code, re.sub(r"\d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T[\d:.]+Z", "TIME", text)


def test_head_is_answered_as_get_is(house: Installation) -> None:
    client = house.signed_in("quality")
    paths = [rule.rule for method, rule, _ in routes(house) if method == "GET" and not rule.arguments]
    paths = [path for path in paths if not path.startswith(OWN_DOOR)]

    answers = {path: (client.head(path).status_code, client.get(path).status_code) for path in paths}

    assert {path: pair for path, pair in answers.items() if pair[0] != pair[1]} == {}
    assert len(answers) > 10


def test_head_of_the_door_asks_for_nothing(house: Installation) -> None:
    assert house.client().head("/sign-in").status_code == 200
