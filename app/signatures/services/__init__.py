"""The acts of signatures, and the making of a signature as part of another room's act."""
