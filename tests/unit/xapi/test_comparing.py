"""When two statements of one id say the same, so that a repeated request is no conflict."""

import pytest

from tests.unit.xapi.trail import statement
from xapi.rules.comparing import say_the_same

KEPT = statement(
    id="a",
    context={
        "registration": "6fa459ea-ee8a-4ca4-894e-db77e160355e",
        "contextActivities": {"parent": [{"id": "https://a.example"}]},
        "extensions": {"https://a.example/x": {"display": 1}},
    },
    result={"score": {"raw": 3}},
)


def changed(name, value):
    """Return the kept statement with something else in one place."""
    return KEPT | {name: value}


@pytest.mark.parametrize(
    "other",
    [
        dict(reversed(KEPT.items())),
        KEPT | {"stored": "2026-11-23T10:00:01Z", "authority": {"mbox": "mailto:a@b.c"}, "version": "1.0.3"},
        {name: item for name, item in KEPT.items() if name != "timestamp"},
        changed("timestamp", "2026-11-23T11:00:00.000+01:00"),
        changed("verb", KEPT["verb"] | {"display": {"fr": "vu"}}),
        changed("object", {"id": KEPT["object"]["id"], "definition": {"name": {"fr": "cours"}}}),
        changed("actor", {"account": KEPT["actor"]["account"]}),
        changed("context", KEPT["context"] | {"contextActivities": {"parent": {"id": "https://a.example"}}}),
        changed("context", KEPT["context"] | {"registration": KEPT["context"]["registration"].upper()}),
        changed("result", {"score": {"raw": 3.0}}),
    ],
)
def test_what_an_lrs_may_change_is_no_difference(other):
    assert say_the_same(KEPT, other)


@pytest.mark.parametrize(
    "other",
    [
        changed("actor", {"mbox": "mailto:a@b.c"}),
        changed("verb", {"id": "https://a.example/other"}),
        changed("object", {"id": "https://a.example/other"}),
        changed("timestamp", "2026-11-23T10:00:00.001Z"),
        changed("result", {"score": {"raw": 4}}),
        changed("result", {"score": {"raw": 3}, "success": True}),
        changed("context", KEPT["context"] | {"extensions": {"https://a.example/x": {"display": 2}}}),
        {name: item for name, item in KEPT.items() if name != "result"},
    ],
)
def test_anything_else_is_a_difference(other):
    assert not say_the_same(KEPT, other)


def test_the_order_in_a_group_is_no_difference():
    people = [{"mbox": "mailto:a@b.c"}, {"mbox": "mailto:d@e.f"}]
    one = changed("actor", {"objectType": "Group", "member": people})
    other = changed("actor", {"objectType": "Group", "member": people[::-1]})

    assert say_the_same(one, other)
