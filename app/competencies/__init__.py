"""What people are able to do: the framework of competencies, and what an assessor decided about whom.

Words: a *competency* is something a person may be found able to do, with its scope; the *framework* is one version of
all of them; its *rule* says what must have been shown before a decision; *validity* is how long a decision holds.
Invariants: nothing awards by itself, a named assessor decides on named records (CO-1); every decision ends (CO-3).
"""
