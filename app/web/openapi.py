"""The API's one description: OpenAPI 3.1 from the very models that check each request, and a readable page of it.

Rooms write `@spec.validate(...)` on the views of their api.py; nothing of the description is written twice. The
library's own pages are not served, because their scripts would need a weaker content policy.
"""

from copy import deepcopy
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, model_validator
from spectree import Response, SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData

from app import __version__
from app.kernel.errors import N_, Invalid
from app.web.access import public

PROBLEM_TYPE = "application/problem+json"
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]


class Message(BaseModel):
    """What every body of the API is: unknown properties are refused, so that nothing is set by accident (AS-15.3.3)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def refuse_nul(cls, given: Any) -> Any:
        """Refuse the character NUL in any text, because one of the two databases cannot keep it."""
        if isinstance(given, dict) and any(isinstance(value, str) and "\0" in value for value in given.values()):
            raise ValueError("a text cannot hold the character NUL")
        return given


class Answer(BaseModel):
    """What every answer of the API is."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """How the API says that something is wrong (RFC 9457): `code` is stable, `title` is in the person's language."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    errors: dict[str, str] | None = None


class LinesResponse(Response):
    """A successful answer that is a file of lines of one media type, beside problems in their usual form."""

    def __init__(self, media_type: str, **problems: type[BaseModel]) -> None:
        super().__init__(HTTP_200=None, **problems)
        self.media_type = media_type

    def generate_spec(self, *given: Any, **named: Any) -> dict[str, Any]:
        """Describe the answers; the library describes no media type but JSON."""
        described = super().generate_spec(*given, **named)
        described["200"]["content"] = {self.media_type: {"schema": {"type": "string"}}}
        return described


class MalformedRequest(Invalid):
    """The request does not follow the API's description; `fields` says where."""

    code = "malformed"
    message = N_("The request does not follow the API's description.")


def _refuse_malformed(_request: Any, _response: Any, error: Any, *_: Any) -> None:
    if error is not None:
        fields = {".".join(map(str, fault["loc"])) or "body": str(fault["msg"]) for fault in error.errors()}
        raise MalformedRequest(fields=fields)


spec = SpecTree(
    "flask",
    mode="strict",
    title="Cahier",
    version=__version__,
    openapi_version="3.1.0",
    annotations=True,
    before=_refuse_malformed,
    validation_error_model=Problem,
    security_schemes=[
        SecurityScheme(
            name="bearer",
            data=SecuritySchemeData(
                type=SecureType.HTTP, scheme="bearer", description="A token made on your account page."
            ),
        )
    ],
    security=BEARER,
)

blueprint = Blueprint("api", __name__, url_prefix="/api")


def install_openapi(app: Flask) -> None:
    """Let the description know which application it describes."""
    spec.app = app


@blueprint.get("/openapi.json")
@public
def show_description() -> ResponseReturnValue:
    """Serve the OpenAPI 3.1 description."""
    return jsonify(describe())


@blueprint.get("")
@public
def show_page() -> ResponseReturnValue:
    """Show the API as a page a person can read."""
    described = describe()
    operations = [
        (path, method.upper(), operation)
        for path, methods in sorted(described["paths"].items())
        for method, operation in methods.items()
    ]
    return render_template("api.html", operations=operations, schemas=described["components"]["schemas"])


def describe() -> dict[str, Any]:
    """Return the OpenAPI description of the running application."""
    spec.app = current_app
    described: dict[str, Any] = deepcopy(spec.spec)
    for methods in described["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if int(status) >= HTTPStatus.BAD_REQUEST and "content" in response:
                    # The library knows one media type for all answers; problems have their own (RFC 9457 §3).
                    response["content"] = {PROBLEM_TYPE: response["content"].pop("application/json")}
    return described
