"""The witness: one act, one line, with all that the act wrote; and the two fences that stand before the log itself."""

import threading

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from app.audit.actions import Action
from app.audit.models import CommittedText, Line, Log
from app.audit.services import Subject, note, read_body
from app.audit.signer import Trust
from app.audit.verification import Code, verify
from app.identity.models import Cohort, Operator
from app.identity.services.operators import add_cohort, add_operator
from app.kernel import clock
from app.kernel.actors import Permission, system_actor
from app.storage.errors import AppendOnlyViolation, SecondLine, UnwitnessedChange
from app.storage.tables import new_id, table_of
from tests.attacks import add, behind, named, rows_of, url_of

ACTOR = system_actor("test", *Permission)
FENCED = ["checkpoint", "cosignature", "line", "tile"]


def lines_of(house):
    """Return what stands in the log of an operator."""
    return house.lines("ALPHA")


def test_an_act_writes_one_line_that_lists_every_row_it_wrote(house):
    operator_id = house.operator_id("ALPHA")
    with house.acting() as session:
        cohort = add_cohort(session, "Automne", operator_id=operator_id, actor=ACTOR)

    (line,) = lines_of(house)
    assert line["action"] == "identity:cohort:add"
    assert [item[:3] for item in line["rows"]] == [["cohort", cohort.id, 1]]
    assert (cohort.line_index, cohort.row_version) == (0, 1)


@pytest.mark.requirement("A11d-12.2")
def test_a_line_says_who_in_which_role_what_when_and_why(house):
    subject = Subject("cohort", "c1", house.operator_id("ALPHA"))
    with house.acting() as session:
        note(session, Action.COHORT_ADDED, subject, actor=ACTOR, reason="Parce que.", before={"n": 1}, after={"n": 2})

    (line,) = lines_of(house)
    with house.storage.reading() as session:
        kept = session.get(CommittedText, line["reason"])
    assert (line["actor"], line["role"], line["before"], line["after"]) == ("system:test", "system", {"n": 1}, {"n": 2})
    assert kept.text == "Parce que."
    assert line["time"].endswith("Z")


def test_a_crash_between_state_and_line_leaves_neither(house):
    operator_id = house.operator_id("ALPHA")

    def crash_after_the_act():
        with house.acting() as session:
            add_cohort(session, "Automne", operator_id=operator_id, actor=ACTOR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        crash_after_the_act()

    with house.storage.reading() as session:
        assert session.scalars(select(Cohort)).all() == []
    assert lines_of(house) == []
    assert verify(house.storage, Trust()).findings == ()


def test_a_second_line_in_one_transaction_is_refused(house):
    operator_id = house.operator_id("ALPHA")

    def act_twice():
        with house.acting() as session:
            add_cohort(session, "Automne", operator_id=operator_id, actor=ACTOR)
            add_cohort(session, "Printemps", operator_id=operator_id, actor=ACTOR)

    with pytest.raises(SecondLine):
        act_twice()

    assert lines_of(house) == []


def test_a_change_without_a_line_is_refused(house):
    with pytest.raises(UnwitnessedChange), house.acting() as session:
        session.get(Operator, house.operator_id("ALPHA")).name = "Autre nom"

    with pytest.raises(UnwitnessedChange), house.acting() as session:
        session.add(Cohort(id=new_id(), operator_id=house.operator_id("ALPHA"), name="X", added_at=clock.now()))


def test_a_change_after_the_line_was_written_is_refused(house):
    operator_id = house.operator_id("ALPHA")

    def change_afterwards():
        with house.acting() as session:
            cohort = add_cohort(session, "Automne", operator_id=operator_id, actor=ACTOR)
            cohort.name = "Printemps"

    with pytest.raises(UnwitnessedChange):
        change_afterwards()

    assert lines_of(house) == []


@pytest.mark.parametrize(
    "statement", [update(Operator).values(name="X"), delete(Operator), delete(Line), update(Line).values(subject="x")]
)
def test_a_bulk_change_is_refused(house, statement):
    with pytest.raises(AppendOnlyViolation), house.acting() as session:
        session.execute(statement)


def test_removing_an_evidenced_row_is_refused(house):
    with house.storage.reading() as session:
        session.delete(session.get(Operator, house.operator_id("ALPHA")))

        with pytest.raises(AppendOnlyViolation):
            session.flush()


@pytest.mark.requirement("A11d-12.3")
@pytest.mark.parametrize("statement", ["UPDATE {} SET log_id = log_id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", FENCED)
def test_raw_sql_cannot_change_or_remove_what_is_appended_only(populated, table, statement):
    give_it_a_row(populated, table)
    with pytest.raises(DBAPIError, match="is a record"), behind(url_of(populated), fenced=True) as connection:
        connection.execute(text(statement.format(table)))


@pytest.mark.requirement("A11d-12.3")
def test_raw_sql_cannot_remove_an_evidenced_row(populated):
    with pytest.raises(DBAPIError, match="is a record"), behind(url_of(populated), fenced=True) as connection:
        connection.execute(text("DELETE FROM cohort_place"))


@pytest.mark.requirement("A11d-12.3")
@pytest.mark.parametrize("table", [table_of(Line), table_of(Cohort)])
def test_raw_sql_cannot_replace_a_row(populated, table):
    with behind(url_of(populated), fenced=True) as connection:
        row = rows_of(connection, table)[0]
        names, places = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
        statement = {
            "sqlite": f"INSERT OR REPLACE INTO {table.name} ({names}) VALUES ({places})",
            "postgresql": f"INSERT INTO {table.name} ({names}) VALUES ({places})",
        }[connection.dialect.name]
    with pytest.raises(DBAPIError), behind(url_of(populated), fenced=True) as connection:
        connection.execute(text(statement), row)

    with behind(url_of(populated), fenced=True) as connection:
        assert rows_of(connection, table)[0] == row


def test_postgresql_triggers_stand_when_replication_would_pause_them(populated):
    if populated.storage.is_sqlite:
        return  # SQLite has no such switch
    paused = "SET session_replication_role = replica; DELETE FROM line"
    with pytest.raises(DBAPIError, match="is a record"), behind(url_of(populated), fenced=True) as connection:
        connection.exec_driver_sql(paused)
    with pytest.raises(DBAPIError, match="is a record"), behind(url_of(populated), fenced=True) as connection:
        connection.execute(text("TRUNCATE line CASCADE"))


def test_a_line_put_in_behind_the_application_is_named(house):
    with behind(url_of(house)) as connection:
        lines = table_of(Line)
        last = rows_of(connection, lines)[-1]
        add(connection, lines, last | {"line_index": last["line_index"] + 1, "subject_sequence": 99})

    found = named(verify(house.storage, Trust()), Code.LINE_MISPLACED)

    assert [finding.index for finding in found] == [last["line_index"] + 1]


def test_acts_at_the_same_time_stand_one_after_the_other(house):
    operator_id, faults = house.operator_id("ALPHA"), []

    def act(name):
        try:
            for number in range(5):
                with house.storage.transaction() as session:
                    add_cohort(session, f"{name}.{number}", operator_id=operator_id, actor=ACTOR)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=act, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert [line["index"] for line in lines_of(house)] == list(range(40))
    assert verify(house.storage, Trust()).findings == ()


def test_operators_have_logs_of_their_own(house):
    for code in ("ALPHA", "BETA"):
        with house.acting() as session:
            add_cohort(session, code, operator_id=house.operator_id(code), actor=ACTOR)

    assert [[line["index"] for line in house.lines(code)] for code in ("ALPHA", "BETA")] == [[0], [0]]


def test_an_operator_added_late_gets_a_log_and_its_lines_a_chain(house):
    with house.acting() as session:
        operator = add_operator(session, "GAMMA", "Gamma", zone="Europe/Brussels", actor=ACTOR)
    with house.storage.reading() as session:
        log = session.scalars(select(Log).where(Log.operator_id == operator.id)).one()
        last = session.scalars(select(Line).where(Line.log_id == 1).order_by(Line.index.desc()).limit(1)).one()

    assert log.origin == "cahier.test/operator/gamma"
    assert read_body(last.body)["after"]["log"] == log.origin
    assert verify(house.storage, Trust()).findings == ()


def give_it_a_row(house, table):
    """Put a row where there is none yet, so that the fence has something to keep."""
    values = {
        "checkpoint": "INSERT INTO checkpoint (log_id, size, note, signed_at) VALUES (1, 1, :bytes, :time)",
        "cosignature": "INSERT INTO cosignature (log_id, size, witness, line, obtained_at) "
        "VALUES (1, 1, 'w', 'w', :time)",
        "tile": "INSERT INTO tile (log_id, level, tile_index, hashes, root) VALUES (1, 0, 0, :bytes, :bytes)",
    }
    if table in values:
        with behind(url_of(house), fenced=True) as connection:
            arguments = {"bytes": b"x", "time": clock.to_text(clock.now())}
            used = {name: value for name, value in arguments.items() if f":{name}" in values[table]}
            connection.execute(text(values[table]), used)
