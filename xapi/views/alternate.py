"""The alternate request syntax of xAPI 1.0.3, for old browsers (Communication §1.3): any request as a form in a POST.

It is undone before the application sees the request; edition 2.0.0 has it no more.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from xapi.rules.editions import VERSION_HEADER, edition_of

PROBLEM: Final = "cahier.xapi.alternate_problem"
LONGEST_FORM: Final = 8 * 1024 * 1024
_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})
_HEADERS = {
    "Authorization": "HTTP_AUTHORIZATION",
    VERSION_HEADER: "HTTP_X_EXPERIENCE_API_VERSION",
    "Content-Type": "CONTENT_TYPE",
    "Content-Length": None,
    "If-Match": "HTTP_IF_MATCH",
    "If-None-Match": "HTTP_IF_NONE_MATCH",
    "Accept-Language": "HTTP_ACCEPT_LANGUAGE",
}


class AlternateSyntax:
    """Turns a form that stands for a request into that request; others pass as they are."""

    def __init__(self, application: Any, prefix: str) -> None:
        self._application = application
        self._prefix = f"{prefix}/"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        if self._stands_for_another(environ):
            _rewrite(environ)
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer

    def _stands_for_another(self, environ: dict[str, Any]) -> bool:
        is_form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
        is_ours = environ["REQUEST_METHOD"] == "POST" and environ.get("PATH_INFO", "").startswith(self._prefix)
        return is_ours and is_form and "method" in dict(parse_qsl(environ.get("QUERY_STRING", "")))


def _rewrite(environ: dict[str, Any]) -> None:
    request = Request(environ)
    request.max_content_length = LONGEST_FORM
    try:
        body = request.get_data(cache=False)
    except HTTPException as error:
        environ[PROBLEM] = f"holds a request in a form that cannot be read: {error.name}"
        return
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    edition = edition_of(form.get(VERSION_HEADER, request.headers.get(VERSION_HEADER)))
    if edition is not None and not edition.has_alternate_syntax:
        environ["wsgi.input"] = BytesIO(body)
        return
    method = request.args["method"].upper()
    if list(request.args.lists()) != [("method", [request.args["method"]])] or method not in _METHODS:
        environ[PROBLEM] = "holds a request in a form: the address may say its method, and nothing else"
        return
    content = form.pop("content", None)
    if method in {"PUT", "POST"} and content is None:
        environ[PROBLEM] = "holds a request in a form, and no content to it"
        return
    for name, key in _HEADERS.items():
        value = form.pop(name, None)
        if key is not None and value is not None and value.isprintable():
            environ[key] = value
    if "CONTENT_TYPE" in environ and environ["CONTENT_TYPE"].startswith("application/x-www-form-urlencoded"):
        environ["CONTENT_TYPE"] = "application/json"
    data = (content or "").encode()
    environ |= {
        "REQUEST_METHOD": method,
        "QUERY_STRING": urlencode(form),
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.input": BytesIO(data),
    }
    environ.pop("werkzeug.request", None)
