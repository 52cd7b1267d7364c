"""Cahier's tests: `unit/` mirrors the rooms, `flows/` tells stories, `browser/` looks, `house/` keeps the rules."""
