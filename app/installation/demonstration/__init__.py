"""The demonstration: an invented operator with people, a cohort and three weeks of executed records.

Everything in it is done by the acts themselves under a simulated clock, as the trail says of each line; nothing is
inserted. Names are invented; passwords are random and written down once, for whoever tries Cahier.
"""
