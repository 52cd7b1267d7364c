"""What the law gives a person over their data: to see and take it (GDPR 15, 20), and to have it erased (GDPR 17); and
how long it is kept (GDPR 5(1)(e)), on which basis (GDPR 30), and what is different for people under age.

Words: an *erasure* is a decision by two people over one person; a *share* is a part of what can be erased; what is
*kept* stays for legal claims of others; a *term* is how long a class of data is kept; an *expiry* is a list of what is
over. Invariants: nobody erases alone, nor themselves; what is erased is gone with its salt from every table, and every
proof stays (C8, PF-12); what other people signed or judged by is not taken from them while the record is kept; handing
a person's data out is an act with a line of its own, and others are masked in it; every column is in one class of the
register.
"""
