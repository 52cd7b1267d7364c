"""The acts of privacy, one module per thing they act on."""
