"""How Alembic runs here: on the connection the application gives, one transaction for all that is missing."""

from alembic import context

import app.schema  # noqa: F401  (all tables of the house)
from app.storage.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
