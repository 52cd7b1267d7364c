"""What the law gives a person over their data, and asks of a hub: access, erasure, restriction, disclosure, terms.

Words: an *erasure* is a decision by two people over one person; a *share* is a part of what can be erased; what is
*kept* stays for legal claims of others; a *request* is what a person asks; under a *restriction* data are kept and not
used; a *breach* is a loss of confidentiality, integrity or availability; a *term* is what the law gives for the one and
the other; a *term of retention* is how long a class of data is kept; an *expiry* is a list of what is over; an
*employer*, on screens a company, is an outsider with a token of its own; a *disclosure* lets it see somebody's results
for one use until a day; a *look* is its reading them. Invariants: nobody erases alone, nor themselves; what is erased
is gone with its salt from every table, and every proof stays (C8, PF-12); what other people signed or judged by is not
taken from them while the record is kept; handing a person's data out is an act with a line of its own, and others are
masked in it; every term has the same clock, and each reminder is given once; nobody closes a breach over which they
decided; a company sees the result and its validity and nothing of how it came about, and every look is a line; every
column is in one class of the register.
"""
