"""What the law gives a person over their data: to see and take it (GDPR 15, 20), to have it erased (GDPR 17), and to
know to whom it is disclosed (GDPR 13(1)(e)).

Words: an *erasure* is a decision by two people over one person; a *share* is a part of what can be erased; what is
*kept* stays for legal claims of others; an *employer*, on screens a company, is an outsider with a token of its own; a
*disclosure* lets it see somebody's results for one use until a day; a *look* is its reading them. Invariants: nobody
erases alone, nor themselves; what is erased is gone with its salt from every table, and every proof stays (C8, PF-12);
what other people signed or judged by is not taken from them; handing a person's data out is an act with a line of its
own, and others are masked in it; a company sees the result and its validity and nothing of how it came about, and every
look is a line.
"""
