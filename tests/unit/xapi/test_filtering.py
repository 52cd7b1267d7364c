"""Every combination of filters finds what a plain reading of the standard says, tried against such a reading."""

import json
import random
from dataclasses import dataclass
from typing import Any

import pytest

from tests.unit.xapi.programs import about, activity, agent, found, give_credential, group, send, within
from tests.unit.xapi.trail import HUB, statement
from xapi.services.credentials import actor_of

AGENTS = [agent(name) for name in ("a", "b", "c")] + [{"mbox": "mailto:d@b.example"}]
ACTIVITIES = [activity(name) for name in ("k", "l", "m")]
VERBS = ["x:did", "x:saw"]
REGISTRATIONS = ["0d2cd3cc-9f5b-4f6c-8a59-0d5b6ed0a111", "0d2cd3cc-9f5b-4f6c-8a59-0d5b6ed0a112"]
STATEMENTS, QUESTIONS = 80, 150


@dataclass
class Reading:
    """The rules of §2.1.3 and §2.1.4, read out of the statements themselves."""

    sent: dict[str, dict[str, Any]]
    authority: Any

    def passes(self, value: Any, query: dict[str, str]) -> bool:
        """Say whether a statement, or one that it is about at any distance, fits a query."""
        seen = set()
        while value and value["id"] not in seen:
            if self.fits(value, query):
                return True
            seen.add(value["id"])
            target = value["object"]
            value = self.sent.get(target["id"]) if target.get("objectType") == "StatementRef" else None
        return False

    def fits(self, value: Any, query: dict[str, str]) -> bool:
        """Say whether a statement itself fits all the filters."""
        wanted = json.loads(query["agent"]) if "agent" in query else None
        return all(
            (
                "verb" not in query or value["verb"]["id"] == query["verb"],
                "registration" not in query or value.get("context", {}).get("registration") == query["registration"],
                wanted is None or any(_same(wanted, other) for other in self.people(value, "related_agents" in query)),
                "activity" not in query
                or query["activity"] in _activities(value, related="related_activities" in query),
            )
        )

    def people(self, value: Any, related: bool) -> list[Any]:
        """Return whom a search for an agent looks at."""
        named = [value["actor"], value["object"]]
        if related:
            named += [self.authority, *_around(value)]
            if value["object"].get("objectType") == "SubStatement":
                inner = value["object"]
                named += [inner["actor"], inner["object"], *_around(inner)]
        return [one for agent_or_group in named for one in (agent_or_group, *agent_or_group.get("member", ()))]


def _around(value: Any) -> list[Any]:
    context = value.get("context", {})
    named = [context[name] for name in ("instructor", "team") if name in context]
    named += [item["agent"] for item in context.get("contextAgents", ())]
    return named + [item["group"] for item in context.get("contextGroups", ())]


def _same(wanted: Any, other: Any) -> bool:
    return any(name in wanted and wanted[name] == other.get(name) for name in ("mbox", "account"))


def _activities(value: Any, *, related: bool) -> set[str]:
    target = value["object"]
    own = {target["id"]} if target.get("objectType", "Activity") == "Activity" else set()
    if not related:
        return own
    own |= {one["id"] for around in value.get("context", {}).get("contextActivities", {}).values() for one in around}
    return own | (_activities(target, related=True) if target.get("objectType") == "SubStatement" else set())


def any_group(chance: random.Random) -> Any:
    """Return a group, with an identifier or without."""
    named = {"account": {"homePage": "https://lms.example", "name": "a"}} if chance.random() < 0.3 else {}
    return group(*chance.sample(AGENTS, 2), **named)


def any_context(chance: random.Random) -> dict[str, Any]:
    """Return a context with some of everything."""
    whole = {
        "registration": chance.choice(REGISTRATIONS),
        "instructor": chance.choice([chance.choice(AGENTS), any_group(chance)]),
        "team": any_group(chance),
        "contextAgents": [{"objectType": "contextAgent", "agent": chance.choice(AGENTS)}],
        "contextGroups": [{"objectType": "contextGroup", "group": any_group(chance)}],
        "contextActivities": {chance.choice(["parent", "grouping", "other"]): chance.sample(ACTIVITIES, 2)},
    }
    return {name: value for name, value in whole.items() if chance.random() < 0.3}


def any_statement(chance: random.Random, identifiers: list[str]) -> dict[str, Any]:
    """Return a statement of any kind, perhaps about another one."""
    common = {
        "actor": chance.choice([chance.choice(AGENTS), any_group(chance)]),
        "verb": {"id": chance.choice(VERBS)},
        "context": any_context(chance),
    }
    inner = within(
        actor=chance.choice(AGENTS),
        verb={"id": chance.choice(VERBS)},
        object=chance.choice([*ACTIVITIES, *(who | {"objectType": "Agent"} for who in AGENTS), any_group(chance)]),
        context=any_context(chance),
    )
    kinds = [chance.choice(ACTIVITIES), chance.choice(AGENTS) | {"objectType": "Agent"}, any_group(chance), inner]
    made = statement(**common, object=chance.choice(kinds))
    return about(chance.choice(identifiers), **common) if identifiers and chance.random() < 0.4 else made


def any_query(chance: random.Random) -> dict[str, str]:
    """Return a query with some of the filters."""
    whole = {
        "agent": json.dumps(chance.choice(AGENTS)),
        "verb": chance.choice(VERBS),
        "activity": chance.choice(ACTIVITIES)["id"],
        "registration": chance.choice(REGISTRATIONS),
        "related_agents": "true",
        "related_activities": "true",
    }
    return {name: value for name, value in whole.items() if chance.random() < 0.5}


@pytest.mark.parametrize("seed", range(3))
def test_a_query_finds_what_the_standard_says(lrs, seed):
    chance, credential = random.Random(seed), give_credential(lrs.storage)
    made = [any_statement(chance, []) for _ in range(STATEMENTS // 2)]
    made += [any_statement(chance, [item["id"] for item in made]) for _ in range(STATEMENTS // 2)]
    chance.shuffle(made)
    for begin in range(0, len(made), 7):
        send(lrs.storage, credential, *made[begin : begin + 7])
    reading = Reading({item["id"]: item for item in made}, json.loads(HUB.authority(actor_of(credential).pseudonym)))

    for query in (any_query(chance) for _ in range(QUESTIONS)):
        assert found(lrs.storage, **query) == [item["id"] for item in made if reading.passes(item, query)], query
