"""Review of a completed record, judgement of its exceptions, and the assessor's decision.

Words: a *review* is reading data, exceptions and trail; a *conclusion* is what the assessor signs at its end:
approved with a decision on competency, or rejected on stated grounds. Invariants: nobody who performed or checked
anything in a record reviews or concludes it; every exception is judged before REVIEWED; what is signed was shown
before.
"""
