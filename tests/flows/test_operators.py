"""The operators of a hub: added by the hub alone, each with a log of its own."""

import html

import pytest
from sqlalchemy import select

from app.audit.models import Log

NEW = {"name": "Gamma Académie", "code": "gamma", "zone": "Europe/Brussels"}


def test_the_hub_adds_an_operator_and_its_log_opens(house):
    client = house.signed_in("hub_administrator")
    before = len(house.lines())

    answer = client.act("/operators", NEW)

    (line,) = house.lines()[before:]
    with house.storage.reading() as session:
        origins = session.scalars(select(Log.origin)).all()
    assert answer.status_code == 303
    assert line["action"] == "identity:operator:add"
    assert "cahier.test/operator/gamma" in origins
    assert "Gamma Académie" in html.unescape(client.get("/operators").text)


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"code": "alpha"}, 409, "code"),
        ({"code": "x"}, 422, "code"),
        ({"code": "9x"}, 422, "code"),
        ({"code": "GÄ"}, 422, "code"),
        ({"name": "  "}, 422, "name"),
        ({"zone": "Mars/Olympus"}, 422, "zone"),
        ({"zone": "../../etc/passwd"}, 422, "zone"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(house, changed, status, field):
    client = house.signed_in("hub_administrator")
    before = house.all_lines()

    answer = client.act("/operators", NEW | changed)

    assert answer.status_code == status
    assert f'id="{field}-error"' in answer.text
    assert html.escape(NEW["name"] if "name" not in changed else NEW["code"]) in answer.text
    assert house.all_lines() == before


@pytest.mark.requirement("AS-8.4.1")
def test_an_operators_administrator_neither_sees_nor_adds_operators(house):
    client = house.signed_in("administrator")
    before = len(house.lines())

    assert client.get("/operators").status_code == 403
    assert client.act("/operators", NEW).status_code == 403
    assert [line["after"]["code"] for line in house.lines()[before:]] == ["hub-only", "hub-only"]
    assert "/operators" not in client.get("/account").text


def test_a_double_click_adds_one_operator(house):
    client = house.signed_in("hub_administrator")
    fields = NEW | {"idempotency_key": "k" * 32}

    first, second = client.act("/operators", fields), client.act("/operators", fields)

    assert first.status_code == second.status_code == 303
    assert house.operator_id("GAMMA")
