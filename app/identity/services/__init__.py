"""The acts of identity, one module per thing they act on."""
