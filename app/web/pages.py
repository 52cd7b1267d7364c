"""What every page knows: who is there, where they can go, the server's time, the languages, the addresses of the
frame.
"""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.routing import BuildError

from app.kernel import clock
from app.kernel.errors import N_
from app.web.acting import new_form_key
from app.web.formats import show_date
from app.web.framing import in_frame, opened_for
from app.web.languages import LANGUAGES, page_language, translate
from app.web.visitors import Visitor, current_visitor, edge

SECONDS_OF_WARNING = 60
THEMES = ("light", "dark")
THE_HUB = N_("The hub itself")
HOME = "/"
"""The start page, which the notebook answers; where people land when nothing else was asked for."""


def install_pages(app: Flask) -> None:
    """Give every template what the layout needs."""
    app.context_processor(page_context)
    app.add_template_global(url_if_there, "url_if_there")


def page_context() -> dict[str, Any]:
    """Return what the layout shows on every page; a locked session shows nothing of its person."""
    visitor = current_visitor()
    present = visitor if visitor and not visitor.locked else None
    return {
        "visitor": present,
        "person": _person(present) if present else None,
        "navigation": navigation_of(present) if present else [],
        "page_language": page_language(),
        "languages": [{"code": code, "label": label} for code, label in LANGUAGES.items()],
        "here": request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else HOME,
        "server_clock": _server_clock(),
        "theme": request.cookies.get("theme") if request.cookies.get("theme") in THEMES else None,
        "idle_limit": edge().idle_seconds,
        "idle_warning": min(SECONDS_OF_WARNING, edge().idle_seconds // 2),
        "csrf_token": generate_csrf,
        "form_key": new_form_key,
        "in_frame": bool(present) and in_frame(),
        "own_tab": _own_tab() if present else None,
    }


def navigation_of(visitor: Visitor) -> list[dict[str, Any]]:
    """Return the entries of the main navigation that a person may open."""
    endpoint = request.endpoint or ""
    shown = [item for item in edge().navigation if item.visible(visitor.actor)]
    closest = max((item.reach(endpoint) for item in shown), default=0)
    return [
        {
            "label": translate(item.label),
            "url": url_for(item.endpoint),
            "icon": item.icon,
            "current": 0 < item.reach(endpoint) == closest,
            "waiting": item.waiting(visitor.actor) if item.waiting else (0, 0),
        }
        for item in shown
    ]


def url_if_there(endpoint: str, **values: Any) -> str:
    """Return the address of another room's page, or an empty text when this installation has no such page."""
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return ""


def _own_tab() -> str | None:
    """Say how far the tab is that a course's frame led to: "begun" on the page it was opened for, then "done"."""
    page = opened_for()
    return page and ("begun" if page.partition("?")[0] == request.path else "done")


def places_of(visitor: Visitor) -> list[tuple[str, str]]:
    """Return for whom a person may act, by id and name: the hub itself, which has no id, and operators."""
    return [*([("", translate(THE_HUB))] if visitor.acts_for_hub else []), *visitor.operators]


def _person(visitor: Visitor) -> dict[str, Any]:
    places = places_of(visitor)
    present = visitor.actor.operator_id or ""
    return {
        "places": [{"id": key, "name": name, "is_present": key == present} for key, name in places],
        "launched": visitor.launched,
        "name": visitor.name,
        "login": visitor.login,
        "role_label": ", ".join(translate(label) for label in visitor.role_labels),
        "operator_name": visitor.operator_name or (translate(THE_HUB) if len(places) > 1 else ""),
    }


def _server_clock() -> dict[str, str]:
    now = clock.now()
    local = now.astimezone(ZoneInfo(edge().zone))
    return {
        "iso": clock.to_text(now),
        "text": local.strftime("%H:%M:%S"),
        "zone": edge().zone,
        "zone_label": f"{show_date(now)} · {local.strftime('%Z')}",
    }
