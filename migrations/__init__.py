"""Alembic migrations; the triggers of append-only tables live here."""
