"""The second fence: triggers that refuse to change or remove what may only be added.

In SQLite a guard before INSERT is needed too, because `INSERT OR REPLACE` removes the old row without waking the
delete trigger (gmp-requirements §14.4). In PostgreSQL they are ENABLE ALWAYS, so that `session_replication_role` does
not pause them.
"""

from collections.abc import Sequence


def fence(dialect: str, table: str, key: Sequence[str], *, append_only: bool) -> list[str]:
    """Return the statements that fence a table; rows of one that is not append-only may change but never vanish."""
    events = ["DELETE", "UPDATE"] if append_only else ["DELETE"]
    if dialect == "sqlite":
        return [_sqlite_refusal(table, event) for event in events] + [_sqlite_replace_guard(table, key)]
    return [statement for event in events for statement in _postgresql_refusal(table, event)]


def fence_changes(dialect: str, table: str, name: str, refused: str) -> list[str]:
    """Return the statements that refuse a change of a row for which `refused`, SQL over OLD and NEW, is true."""
    begin = f"CREATE TRIGGER {table}_{name} BEFORE UPDATE ON {table}"
    if dialect == "sqlite":
        refusal = f"SELECT RAISE(ABORT, 'table {table} is a record: this change is no erasure')"
        return [f"{begin} WHEN {refused} BEGIN {refusal}; END"]
    return [
        f"{begin} FOR EACH ROW WHEN ({refused}) EXECUTE FUNCTION cahier_refuse()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}",
    ]


def postgresql_function() -> str:
    """Return the function that the PostgreSQL triggers call."""
    return (
        "CREATE OR REPLACE FUNCTION cahier_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION "
        "'table % is a record: rows are added, never changed or removed', TG_TABLE_NAME; END $$"
    )


def _sqlite_refusal(table: str, event: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'table {table} is a record: rows are added, never changed or removed'); END"
    )


def _sqlite_replace_guard(table: str, key: Sequence[str]) -> str:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, 'table {table} is a record: this row exists already'); END"
    )


def _postgresql_refusal(table: str, event: str) -> list[str]:
    name = f"{table}_no_{event.lower()}"
    return [
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION cahier_refuse()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ] + (
        [
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION cahier_refuse()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
        ]
        if event == "DELETE"
        else []
    )
