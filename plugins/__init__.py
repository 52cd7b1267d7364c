"""Plug-ins: one folder each. A plug-in imports `app.hooks` and the rooms' services; nobody imports a plug-in."""
