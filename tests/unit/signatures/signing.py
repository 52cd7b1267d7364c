"""Whose the key of these tests is, and what opens it."""

SIGNER = "5d5c3b9a-0000-4000-8000-000000000001"
PASSWORD = "quatre mots sans rapport aucun"
PEPPER = b"p" * 32
