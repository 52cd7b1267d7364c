"""What a page says to whoever reads it, and what its forms carry."""

import html
import re
from collections.abc import Iterable
from uuid import uuid4

from werkzeug.test import TestResponse

from app.web.languages import catalogue


def words(page: TestResponse) -> str:
    """Return the text of a page's main part: no marks, single spaces."""
    main = page.text.split("<main", 1)[-1].split("</main>", 1)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


def said(message: str, **values: object) -> str:
    """Return a source string as a French reader gets it."""
    text = catalogue("fr").gettext(message)
    return " ".join((text % values if values else text).split())


def hidden(page: TestResponse, name: str) -> str:
    """Return what a hidden field of a page carries."""
    found = next(iter(_inputs(page.text, name)), "")
    value = re.search(r'value="([^"]*)"', found)
    assert value, f"no field {name} on the page"
    return html.unescape(value[1])


def typed_values(page: TestResponse, name: str) -> list[str]:
    """Return what the inputs of a name hold."""
    found = (re.search(r'value="([^"]*)"', tag) for tag in _inputs(page.text, name))
    return [html.unescape(value[1]) for value in found if value]


def _inputs(text: str, name: str) -> Iterable[str]:
    return re.findall(rf'<input(?=[^>]*name="{re.escape(name)}")[^>]*>', text)


def shown_in(page: TestResponse) -> str:
    """Return the digest that a page showed; an empty text where it shows none."""
    return next(iter(typed_values(page, "shown")), "")


def shown_by(page: TestResponse) -> dict[str, str]:
    """Return what a signing form sends back of what its page showed: the digest, and the room where it has one."""
    rooms = typed_values(page, "shown_room")
    return {"shown": shown_in(page)} | ({"shown_room": rooms[0]} if rooms else {})


def text_of(page: TestResponse) -> str:
    """Return what a page says, without its markup."""
    body = re.sub(r"<(script|template|style|dialog)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def key() -> str:
    """Return a key that a form would carry."""
    return uuid4().hex
