"""The database: engine, transactions, base classes, column types, the append-only guard, migrations; the key store.

Words: an *evidenced* row is one whose every state is digested into a line of the trail; a *witness* is the line's
writer in app/audit; the *key store* holds, apart from the database, the keys of what people wrote and attached.
Invariants: one transaction is one act; an evidenced row reaches the database only under a witness; nothing evidenced is
ever deleted; a key that was destroyed comes back in no way; two databases, one behaviour (SQLite and PostgreSQL).
"""

from app.storage.sessions import Storage

__all__ = ["Storage"]
