"""What every room stands on: errors, actors, the clock, canonical bytes and digests.

Owns no table and knows no library: only the standard library is imported here.
"""
