"""Pure decisions about competencies, and how published YAML documents are read and checked (documents, schemas)."""

from app.competencies.rules.framework import (
    Competency,
    Framework,
    Rule,
    framework_content,
    framework_from_content,
    parse_framework,
)

__all__ = ["Competency", "Framework", "Rule", "framework_content", "framework_from_content", "parse_framework"]
