"""Pure decisions about statements: how their bytes are read, what the standard asks, when two say the same."""
