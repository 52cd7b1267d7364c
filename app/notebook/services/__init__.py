"""The acts of the notebook, one module per kind of deed."""
