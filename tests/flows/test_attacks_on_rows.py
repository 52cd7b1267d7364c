"""Changing stored rows with SQL behind the application's back: verification names the row and the line that speaks of
it.

Tried on every evidenced table there is, so that a table of a room to come is tried without anybody asking.
"""

import pytest

import app.schema  # noqa: F401  (every table there is)
from app.audit.evidence import evidenced_models
from app.audit.models import CommittedText
from app.audit.openings import Opening, seal_opening
from app.audit.verification import Code
from app.identity.models import CohortPlace, Operator
from app.identity.services.operators import leave_cohort
from app.notebook.models import Entry
from app.storage.tables import table_of
from tests.attacks import (
    add,
    behind,
    drop_triggers,
    judged,
    key_of,
    named,
    other,
    put,
    remove,
    rows_of,
    seal,
    unique_columns,
    url_of,
)

TABLES = sorted(evidenced_models())
pytestmark = pytest.mark.requirement("PF-10", "A11d-12.3")


def table_named(name):
    """Return an evidenced table."""
    return table_of(evidenced_models()[name])


def columns_to_try(house, table):
    """Return all columns on SQLite; on PostgreSQL one of each type, because only the driver's types differ there."""
    if house.storage.is_sqlite:
        return list(table.columns)
    return list({type(column.type): column for column in table.columns}.values())


def is_named(verdict, table, key):
    """Say whether a finding names a row."""
    return any((finding.table, finding.key) == (table.name, key) for finding in verdict.findings)


def test_a_populated_house_holds_and_has_a_row_of_every_evidenced_table(populated):
    seal(populated)

    verdict = judged(populated)

    assert verdict.findings == ()
    with behind(url_of(populated), fenced=True) as connection:
        assert [name for name in TABLES if not rows_of(connection, table_named(name))] == []


@pytest.mark.parametrize("name", TABLES)
def test_changing_any_column_of_a_row_names_the_row(populated, name):
    table, unnamed = table_named(name), []
    with behind(url_of(populated)) as connection:
        row = rows_of(connection, table)[0]
    for column in columns_to_try(populated, table):
        changed = other(row[column.name], column)
        with behind(url_of(populated)) as connection:
            put(connection, table, row, **{column.name: changed})
        if not is_named(judged(populated), table, key_of(table, row)):
            unnamed.append(column.name)
        with behind(url_of(populated)) as connection:
            put(connection, table, row | {column.name: changed}, **{column.name: row[column.name]})

    assert unnamed == []
    assert judged(populated).findings == ()


@pytest.mark.parametrize("name", TABLES)
def test_removing_a_row_names_it(populated, name):
    table = table_named(name)
    with behind(url_of(populated)) as connection:
        row = rows_of(connection, table)[-1]
        remove(connection, table, row)

    found = named(judged(populated), Code.ROW_REMOVED)

    assert [(finding.table, finding.key) for finding in found] == [(name, key_of(table, row))]
    assert found[0].index == row["line_index"]
    assert found[0].action != ""


@pytest.mark.parametrize("name", TABLES)
def test_a_row_that_no_act_wrote_is_named(populated, name):
    table = table_named(name)
    with behind(url_of(populated)) as connection:
        row = rows_of(connection, table)[0]
        unique = unique_columns(connection, table)
        row |= {column.name: other(row[column.name], column) for column in table.columns if column.name in unique}
        add(connection, table, row)

    found = named(judged(populated), Code.ROW_UNEXPLAINED)

    assert [(finding.table, finding.key) for finding in found] == [(name, key_of(table, row))]


def test_putting_a_row_back_to_an_earlier_state_is_named(populated):
    table = table_of(CohortPlace)
    with behind(url_of(populated)) as connection:
        before = rows_of(connection, table)
    place = next(row for row in before if row["left_at"] is None)
    assessor = populated.actor("assessor")
    with populated.acting() as session:
        leave_cohort(session, place["cohort_id"], place["person_id"], actor=assessor)
    with behind(url_of(populated)) as connection:
        put(connection, table, place, **place)

    (finding,) = judged(populated).findings

    assert (finding.code, finding.table, finding.key) == (Code.ROW_REVERTED, "cohort_place", key_of(table, place))
    assert finding.action == "identity:cohort:leave"


def test_swapping_two_rows_names_both(populated):
    table = table_of(Entry)
    with behind(url_of(populated)) as connection:
        first, second = (row for row in rows_of(connection, table) if row["value"] in ("996.8", "997.2"))
        put(connection, table, first, value=second["value"])
        put(connection, table, second, value=first["value"])

    found = named(judged(populated), Code.ROW_ALTERED)

    assert {finding.key for finding in found} == {key_of(table, first), key_of(table, second)}


def test_dropping_triggers_editing_and_raising_them_again_is_named(populated):
    table = table_of(Entry)
    with behind(url_of(populated), fenced=True) as connection:
        triggers = drop_triggers(connection)
        row = rows_of(connection, table)[0]
        put(connection, table, row, recorded_at="2020-01-01T00:00:00.000Z")
        for sql in triggers.values():
            connection.exec_driver_sql(sql)

    verdict = judged(populated)

    assert len(triggers) > len(TABLES)
    assert is_named(verdict, table, key_of(table, row))


def test_a_text_that_does_not_open_its_commitment_is_named(populated):
    """Even by somebody who holds the key store too, and seals other words in the place of those that were written."""
    table, vault, better = table_of(CommittedText), populated.storage.vault, Opening("Bien recopié.", "0" * 32)
    with populated.storage.reading() as session:
        kept = {one.text: one.commitment for one in session.query(CommittedText)}
    miscopied = kept["Mal recopié."]
    with behind(url_of(populated)) as connection:
        row = next(row for row in rows_of(connection, table) if row["commitment"] == miscopied)
        put(connection, table, row, sealed=seal_opening(vault, miscopied, row["person_id"], better))

    (finding,) = judged(populated).findings

    assert (finding.code, finding.key) == (Code.TEXT_ALTERED, row["commitment"])
    assert finding.action == "notebook:entry:correct"


@pytest.mark.requirement("PF-12")
def test_a_text_that_vanished_without_an_act_is_named(populated):
    table = table_of(CommittedText)
    with behind(url_of(populated)) as connection:
        row = rows_of(connection, table)[0]
        put(connection, table, row, sealed=None)

    (finding,) = judged(populated).findings

    assert (finding.code, finding.key) == (Code.TEXT_MISSING, row["commitment"])


def test_bytes_in_the_place_of_a_text_are_no_way_around(populated):
    if not populated.storage.is_sqlite:
        return  # a column of PostgreSQL takes only its own kind
    with behind(url_of(populated)) as connection:
        connection.exec_driver_sql("UPDATE operator SET name = CAST(name AS BLOB)")

    found = named(judged(populated), Code.ROW_ALTERED)

    assert {finding.table for finding in found} == {table_of(Operator).name}


def test_a_verification_of_one_log_leaves_the_other_logs_alone(populated):
    table = table_of(Operator)
    with behind(url_of(populated)) as connection:
        put(connection, table, rows_of(connection, table)[0], name="Autre nom")

    hub = judged(populated, origin="cahier.test/hub")
    alpha = judged(populated, origin="cahier.test/operator/alpha")

    assert [finding.table for finding in hub.findings] == ["operator"]
    assert alpha.findings == ()
