"""What the program's own role may do on PostgreSQL: act, and never rewrite (the second half of the second fence).

One role owns the tables and runs the migrations, another runs the program (gmp-requirements §14.4.3): the program
cannot change what may only be added, remove what is evidence, or alter a table.
"""

from collections.abc import Iterator

from sqlalchemy import text

from app.storage.sessions import Storage
from app.storage.tables import AppendOnly, Base, Passing

_REVISION = "alembic_version"


def grant_rights(owner: Storage, role: str) -> None:
    """Give a role exactly what the program needs, as the owner of the tables; rights that it had before go."""
    quote = owner.engine.dialect.identifier_preparer.quote
    with owner.engine.begin() as connection:
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quote(role)}"))
        for table, rights in sorted(rights_by_table()):
            connection.execute(text(f"REVOKE ALL ON {quote(table)} FROM {quote(role)}"))
            connection.execute(text(f"GRANT {rights} ON {quote(table)} TO {quote(role)}"))


def rights_by_table() -> Iterator[tuple[str, str]]:
    """Yield every table with the rights of the program's role on it."""
    yield _REVISION, "SELECT"
    for mapper in Base.registry.mappers:
        rights = "SELECT, INSERT"
        if not issubclass(mapper.class_, AppendOnly):
            rights += ", UPDATE"
        if issubclass(mapper.class_, Passing):
            rights += ", DELETE"
        yield mapper.class_.__tablename__, rights


def rights_to_rewrite(storage: Storage) -> list[str]:
    """Return what this role could do to evidence that the program never does; empty where the fence stands."""
    if storage.is_sqlite:
        return []
    found = []
    with storage.engine.connect() as connection:
        if connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
            found.append("superuser")
        for table, rights in sorted(rights_by_table()):
            for right in {"UPDATE", "DELETE", "TRUNCATE"} - set(rights.split(", ")):
                question = text("SELECT has_table_privilege(current_user, :table, :right)")
                if connection.scalar(question, {"table": table, "right": right}):
                    found.append(f"{right} {table}")
    return sorted(found)
