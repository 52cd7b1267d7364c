"""Pure decisions of privacy: no web, no database."""
