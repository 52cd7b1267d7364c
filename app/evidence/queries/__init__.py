"""Gathering what proves a record: its lines and proofs, its rows, the texts, the signatures and what they rely on."""
