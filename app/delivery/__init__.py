"""Durable delivery to other systems: targets, what waits for them, what arrived, what they refuse for good.

Words: a *target* is another system that receives; a *kind* says what is delivered there and how (`xapi/` and later
rooms register theirs); a *parcel* is one thing to deliver, known by its position in the kind's own order; a *carrier*
is an open connection to one target; a *lease* is a worker's right to serve a target for a while. Invariants: the bytes
of a parcel never change; parcels go out in order; a parcel counts as sent only when the target said so; what a target
refuses for good is kept and counted, never dropped; one worker at a time serves a target, and what a killed worker left
is taken up by the next.
"""
