"""Pure decisions of the learning platforms."""
