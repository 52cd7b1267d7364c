"""The edge: one transaction per request, who is visiting, errors → HTTP, access declarations, layout, CSRF,
languages.

Words: a *visitor* is who stands behind a request; a *receipt* is the memory that a form was accepted, so that a
second submission of the same form answers like the first and records nothing twice. Invariants: a route without a
declared access is closed; whatever fails answers in the person's language, without a stack trace, and keeps what was
typed.
"""
