"""Validates a crate with roc-validator where there is no network: run by the Python of the tools, not by ours.

The validator fetches the JSON-LD context from its address; here the copy that the package `rocrate` carries answers in
its place. Prints one line for each fault of what RO-Crate 1.1 requires, and ends with 1 when there is one.
"""

import sys
from pathlib import Path

import requests
import rocrate
from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

ADDRESS = "https://w3id.org/ro/crate/1.1/context"
CONTEXT = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"


def answer(_requester, url, *_rest, **_more):
    """Return the context for its address, and that nothing is there for any other."""
    response = requests.Response()
    response.url, response.encoding = url, "utf-8"
    response.status_code = 200 if url == ADDRESS else 404
    response.headers["Content-Type"] = "application/ld+json"
    response._content = CONTEXT.read_bytes() if url == ADDRESS else b""
    return response


if __name__ == "__main__":
    HttpRequester.get = HttpRequester.head = answer
    result = services.validate(
        services.ValidationSettings(
            rocrate_uri=sys.argv[1],
            profile_identifier="ro-crate-1.1",
            requirement_severity=models.Severity.REQUIRED,
        )
    )
    for issue in result.get_issues():
        sys.stdout.write(f"{issue.check.identifier}: {issue.message}\n")
    sys.exit(0 if result.passed() else 1)
