"""The API does what its description says, whatever is sent to it: Schemathesis makes the requests from the
description.
"""

from typing import Any

import hypothesis
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.installation import Installation
from tests.tokens import bearer

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
REQUESTS_PER_OPERATION = 12


def test_the_api_keeps_to_its_description(house: Installation) -> None:
    """AS-2.2.1, AS-16.5.1: nothing that is sent makes it fail, and every answer has the form it declares."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", house.app)
    tried = 0

    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        _try(result.ok(), house)
        tried += 1

    assert tried >= 20


def _try(operation: Any, house: Installation) -> None:
    login = "assessor" if "assessment" in (operation.tags or ()) else "trainee"
    headers = bearer(house, login)

    @hypothesis.settings(max_examples=REQUESTS_PER_OPERATION, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy())
    def attempt(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    attempt()
