"""The acts of the learning platforms, and what speaks with them over the network."""
