"""The installation: founding one, serving it, working behind it, checking it, filling it with a demonstration.

With app/factory.py, app/command.py and app/schema.py the only place that knows every room and the settings.

Words: an installation is *founded* once its folder, secrets, database, hub log and library are there; the *web* serves
people; the *worker* does what nobody waits for; the *demonstration* is three weeks of invented work in an empty
installation. Invariants: founding twice changes nothing; no secret is ever overwritten; a failing step of the worker
stops no other; the demonstration is made by the acts themselves.
"""
