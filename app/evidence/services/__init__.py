"""Handing a record out, laying out and checking its pages, sealing them."""
