"""A file of a record in words: what it is, how large, who attached it when, whether it counts."""

from collections.abc import Iterable
from typing import Any

from app.kernel.errors import N_
from app.notebook.rules.files import ORIGINS, AttachedFile, Origin, size_text
from app.notebook.rules.filetypes import CSV, JPEG, PDF, PNG, TEXT, WEBP, XLSX
from app.notebook.views.wording import Reader
from app.web.formats import show_number
from app.web.languages import translate

KINDS: dict[str, str] = {
    JPEG: "JPEG",
    PNG: "PNG",
    WEBP: "WebP",
    PDF: "PDF",
    CSV: "CSV",
    XLSX: "XLSX",
    TEXT: N_("Text"),
}
SHORT = 12


def file_views(files: Iterable[AttachedFile], reader: Reader) -> list[dict[str, Any]]:
    """Return files as every page and the paper show them; of an erased one only that it was there."""
    return [_view(file, reader) | _content(file) for file in files]


def file_name(file: AttachedFile) -> str:
    """Return what a file is called: its description, or that its values were erased."""
    return file.facts.description if file.facts else file.entry.shown or ""


def _view(file: AttachedFile, reader: Reader) -> dict[str, Any]:
    return {
        "sequence": file.entry.sequence,
        "step_id": file.entry.step_id,
        "is_late": file.is_late,
        "why": file.entry.why or "",
        "by": reader.by(file.entry),
        "withdrawn": (file.withdrawn.why or "–") if file.withdrawn else "",
        "withdrawn_by": reader.by(file.withdrawn) if file.withdrawn else "",
        "description": file_name(file),
        "is_erased": file.facts is None,
        "is_picture": file.facts is not None and file.facts.is_picture,
    }


def _content(file: AttachedFile) -> dict[str, Any]:
    facts = file.facts
    if facts is None:
        return {}
    return {
        "name": facts.name,
        "kind": translate(KINDS.get(facts.media_type, facts.media_type)),
        "media_type": facts.media_type,
        "size": show_number(size_text(facts.bytes)).replace(" ", "\u00a0"),
        "digest": facts.sha256,
        "digest_short": facts.sha256[:SHORT],
        "origin": translate(ORIGINS[facts.origin]) if facts.origin is Origin.TRUE_COPY else "",
        # Cameras write the day with colons.
        "camera": " · ".join(filter(None, (facts.taken_at.replace(":", "-", 2), facts.device))),
    }
