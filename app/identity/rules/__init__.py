"""Pure decisions of identity: no web, no database."""
