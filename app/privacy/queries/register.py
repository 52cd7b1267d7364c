"""The register of processing as it is shipped with this release."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from app.kernel.text import LANGUAGES
from app.privacy.rules.register import Register, register_from
from app.privacy.rules.retention import RetentionClass, Term


@cache
def read_register() -> Register:
    """Return the register; raises RegisterMalformed."""
    text = (files("config") / "privacy" / "register.yaml").read_text(encoding="utf-8")
    return register_from(yaml.safe_load(text))


def register_document(register: Register, terms: dict[RetentionClass, Term]) -> dict[str, Any]:
    """Return the register as a document for others, with the terms that count now and every column of each class.

    `controller` is for the hub to fill: the software does not know who runs it (GDPR 30(1)(a)). `measures` names
    the tests that were passed by the release that runs (GDPR 30(1)(g), 32).
    """
    return {
        "schema": "cahier.register-export.v1",
        "version": register.version,
        "controller": None,
        "measures": [{"code": code, "tests": list(tests)} for code, tests in register.measures.items()],
        "classes": [
            {
                "code": one.code,
                "name": {language: one.name[language] for language in LANGUAGES},
                "purpose": {language: one.purpose[language] for language in LANGUAGES},
                "basis": list(one.basis),
                "people": list(one.people),
                "recipients": list(one.recipients),
                "retention": _retention(one.retention, terms),
                "columns": sorted(name for name, code in register.columns.items() if code == one.code),
            }
            for one in register.classes
        ],
    }


def _retention(code: str, terms: dict[RetentionClass, Term]) -> dict[str, Any]:
    if code not in set(RetentionClass):
        return {"class": code}
    term = terms[RetentionClass(code)]
    return {"class": code, "months": term.months, "minor_months": term.minor_months}
