"""Cahier: a GMP-style laboratory notebook for a biotech training hub. One package a room; see docs/rooms.md."""

__version__ = "0.1.0"
