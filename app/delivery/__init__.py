"""Durable delivery to other systems: targets, what waits for them, what arrived, what they refuse for good.

Words: a *target* is another system that receives; a *kind* says what is delivered there and how (`xapi/` and later
rooms register theirs); a *parcel* is one thing to deliver, known by its position in the kind's own order; a *carrier*
is an open connection to one target; a *lease* is a worker's right to serve a target for a while; a *sequence* is what
parcels may not overtake one another in; a *dead letter* is a parcel that a target refused for good; a *report* is
what of a record was told to a target. Invariants: the bytes of a parcel never change; parcels go out in order, and
what follows a dead letter in its sequence waits until somebody decides; a parcel counts as sent only when the target
said so; nothing is dropped; one worker at a time serves a target, and what a killed worker left is taken up by the
next; what waits is read no further than fits in one round.
"""
