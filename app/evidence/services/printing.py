"""Laying out pages: HTML to PDF/A-3b, checked before anybody gets it (A11d-5.1, DI of copies)."""

import io
import logging
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf.pdfa

from app.evidence.errors import PaperFaulty, PaperUnavailable
from app.evidence.rules.paper import spelled_out

FLAVOUR = "3b"
_EMPTY_ONES = ("Pattern", "Shading")

_log = logging.getLogger("cahier.evidence")


def print_pages(html: str, css: str, attached: Mapping[str, bytes]) -> bytes:
    """Return the pages of a document as PDF/A-3b, with files attached; nothing outside the text is ever fetched.

    Raises PaperUnavailable where the layout libraries of the system are missing, PaperFaulty for a PDF that a strict
    validator does not pass.
    """
    pdf = _laid_out(html, css, attached)
    if _faults(pdf):
        # Most likely somebody typed a character that no face here holds.
        pdf = _laid_out(spelled_out(html), css, attached)
        if faults := _faults(pdf):
            _log.error("the PDF is no PDF/A-%s: %s", FLAVOUR, "; ".join(faults))
            raise PaperFaulty
    return pdf


def _laid_out(html: str, css: str, attached: Mapping[str, bytes]) -> bytes:
    try:
        # Needs libraries of the system, and nothing else of the house does.
        from weasyprint import CSS, HTML, Attachment  # noqa: PLC0415
        from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except OSError as error:
        _log.exception("WeasyPrint cannot load its libraries: see requirements/install-debian")
        raise PaperUnavailable from error
    document = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols={"data"}, fail_on_errors=True))
    made: bytes = document.write_pdf(
        stylesheets=[CSS(string=css)],
        pdf_variant=f"pdf/a-{FLAVOUR}",
        pdf_tags=True,
        finisher=_drop_empty_resources,
        attachments=[
            Attachment(string=content, name=name, relationship="Data") for name, content in sorted(attached.items())
        ],
    )
    return made


def _faults(pdf: bytes) -> list[str]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "paper.pdf"
        path.write_bytes(pdf)
        report = pikepdf.pdfa.validate_written(path, FLAVOUR)
    return [] if report.passed else [str(finding) for finding in report.findings] or ["not passed"]


def _drop_empty_resources(document: Any, pdf: Any) -> None:
    """Remove the empty dictionaries that WeasyPrint leaves and the validator rightly wants gone."""
    for found in pdf.objects:
        own = found if isinstance(found, dict) else getattr(found, "extra", {})
        for resources in (own, own.get("Resources")):
            if isinstance(resources, dict):
                for name in _EMPTY_ONES:
                    if name in resources and not resources[name]:
                        del resources[name]


def count_pages(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)
