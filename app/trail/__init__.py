"""Reads the trail for people: pages, exports, and verification on demand, in the browser and by `cahier audit`.

Words: a *row* here is a line as people read it, with names, labels and the texts behind commitments; a *finding* is
what a verification found wrong. Invariants: it writes nothing; exports carry the bytes that were hashed; a person sees
the trail of what they may see (AS-8.4.1).
"""
