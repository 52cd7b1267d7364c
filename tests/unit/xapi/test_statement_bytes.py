"""The bytes of a statement: frozen by us in one form, kept as they were sent when others froze them."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.kernel import clock
from tests.unit.xapi.trail import HUB, as_bytes, statement
from xapi.errors import Malformed
from xapi.rules.reading import freeze, read_statements
from xapi.statements import (
    Facts,
    Outcome,
    Score,
    build_statement,
    exercise_activity,
    registration_of,
    statement_id,
)
from xapi.vocabulary import Extension, Verb

NOW = "2026-11-23T12:00:00.000Z"


def facts(**changes):
    """Return the facts of a passed exercise."""
    known: dict[str, Any] = {
        "source": "cahier.example#1#ab#concluded",
        "actor": "person:1",
        "verb": Verb.PASSED,
        "object": exercise_activity(HUB, "PIP-001", {"fr": "Vérifier"}),
        "at": clock.from_text("2026-11-23T09:05:00.250Z"),
        "registration": registration_of("r"),
        "revision": "1",
        "extensions": {Extension.RECORD: "PIP-2026-0001"},
        "outcome": Outcome(True, Score(Decimal(17), Decimal(20))),
    }
    return Facts(**(known | changes))


def frozen(data):
    """Freeze the one statement in some bytes."""
    (given,), _ = read_statements(data)
    return freeze(given, identifier=given.value.get("id", "a"), timestamp=NOW, version="1.0.0")


def test_our_bytes_have_no_spaces_and_no_escapes():
    body = build_statement(HUB, facts()).body

    assert body == json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()
    assert "Vérifier".encode() in body


def test_whole_numbers_are_written_without_a_point():
    body = build_statement(HUB, facts(outcome=Outcome(True, Score(Decimal(20), Decimal(20))))).body

    assert b'"score":{"scaled":1,"raw":20,"min":0,"max":20}' in body


def test_the_time_is_the_lines_own_in_utc():
    body = build_statement(HUB, facts(at=clock.from_text("2026-11-23T10:05:00.250+01:00"))).body

    assert json.loads(body)["timestamp"] == "2026-11-23T09:05:00.250Z"


def test_an_id_follows_from_its_source_alone():
    moved = build_statement(HUB, facts(at=facts().at + timedelta(days=1)))

    assert moved.id == build_statement(HUB, facts()).id == statement_id("cahier.example#1#ab#concluded")


def test_numbers_order_and_spaces_stay_as_they_were_sent():
    sent = (
        b'{ "actor" : {"mbox":"mailto:a@b.c"}, "result":{"score":{"raw":3.0,"max":1e1}},"verb":{"id":"a:b"},"id":"x"}'
    )
    body = frozen(sent).body

    assert b'"result":{"score":{"raw":3.0,"max":1e1}}' in body
    assert body.index(b'"actor"') < body.index(b'"verb"') < body.index(b'"id":"x"')


def test_what_only_an_lrs_may_say_is_not_kept():
    sent = statement(stored="2020-01-01T00:00:00Z", authority={"mbox": "mailto:me@example.org"})
    body = json.loads(frozen(as_bytes(sent)).body)

    assert not {"stored", "authority"} & set(body)


def test_a_missing_id_time_and_version_are_added():
    sent = statement()
    del sent["id"], sent["timestamp"]

    assert json.loads(frozen(as_bytes(sent)).body) == sent | {"id": "a", "timestamp": NOW, "version": "1.0.0"}


def test_an_array_is_read_in_its_order():
    sent = [statement() for _ in range(3)]
    given, is_array = read_statements(b" " + as_bytes(sent) + b"\n")

    assert is_array
    assert [item.value["id"] for item in given] == [item["id"] for item in sent]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[",
        b"{",
        b"[{}",
        b"[{},]",
        b"{},{}",
        b"[1]",
        b"null",
        b'"text"',
        b'{"a":1,}',
        b'{"a" 1}',
        b"{a:1}",
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":"\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"a":' + b"[" * 100_000,
        b'{"a":' + b"1" * 5000 + b"}",
    ],
)
def test_what_is_no_statement_is_refused(data):
    with pytest.raises(Malformed):
        read_statements(data)
