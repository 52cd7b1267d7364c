"""Judges a bundle by a trust file: reads it, asks every statement, and reports in a language."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from app.verifier.parts.archive import Limits, read_archive
from app.verifier.parts.bundle import read_bundle
from app.verifier.parts.case import Case
from app.verifier.parts.faults import Malformed, Unusable
from app.verifier.parts.findings import Answer, Findings, Reason
from app.verifier.parts.statements_authorship import judge_authorship
from app.verifier.parts.statements_content import judge_content, judge_state
from app.verifier.parts.statements_log import judge_consistency, judge_inactivity, judge_inclusion, judge_witnesses
from app.verifier.parts.statements_record import judge_provenance, judge_record, judge_series
from app.verifier.parts.statements_redaction import judge_redaction
from app.verifier.parts.statements_time import judge_not_earlier, judge_not_later, judge_window
from app.verifier.parts.trust import STATEMENT_IDS, trust_from
from app.verifier.parts.words import DEFAULT_LANGUAGE, LANGUAGES, printable, sentence, words_of

REPORT_SCHEMA = "cahier.verification.v1"
MOST_REASONS = 25
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
PDF_BEGINS = b"%PDF-"
NO_PROOF = ("limit-true", "limit-happened", "limit-outside", "limit-stamp")
Judge = Callable[[Case, Findings], None]
JUDGES: dict[str, Judge] = {
    "PF-1": judge_inclusion,
    "PF-2": judge_consistency,
    "PF-3": judge_record,
    "PF-4": judge_series,
    "PF-5": judge_not_later,
    "PF-6": judge_not_earlier,
    "PF-7": judge_window,
    "PF-8": judge_authorship,
    "PF-9": judge_content,
    "PF-10": judge_state,
    "PF-11": judge_witnesses,
    "PF-12": judge_redaction,
    "PF-13": judge_provenance,
    "PF-14": judge_inactivity,
}


def verify_bytes(
    bundle: bytes,
    trust: dict[str, Any],
    language: str = DEFAULT_LANGUAGE,
    limits: Limits | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Return the report about a bundle, judged by the JSON of a trust file; `exit` is 0, 1 or 2 as for the command.

    `at` is the moment to judge as of, by which certificates of time-stamping authorities may have ended; now when it is
    left out. Nothing that a bundle or trust file holds makes it raise. The report is made of plain JSON values.
    """
    language = language if language in LANGUAGES else DEFAULT_LANGUAGE
    try:
        believed = trust_from(trust)
        archive = read_archive(_bundle_of(bundle), limits)
        return _report(Case(read_bundle(archive), believed, at or datetime.now(UTC)), language)
    except Unusable as error:
        return unusable(error, language)
    except Exception:  # the last door: whatever a crafted file does, no answer is better than a wrong one
        return unusable(Unusable("internal"), language)


def _bundle_of(data: bytes) -> bytes:
    """Return the bundle that a file is, or that a PDF carries."""
    if not data.startswith(PDF_BEGINS):
        return data
    within = bundle_within(data)
    if within is None:
        raise Unusable("pdf")
    return within


def bundle_within(_pdf: bytes) -> bytes | None:
    """Return the bundle that a PDF carries as an embedded file; no PDF of this release does, hence None."""
    return None


def unusable(error: Unusable, language: str) -> dict[str, Any]:
    """Return the report about a file that cannot be judged."""
    words = words_of(language)
    return {
        "schema": REPORT_SCHEMA,
        "language": language,
        "verdict": "UNUSABLE",
        "verdict_text": words["verdict-UNUSABLE"],
        "exit": 2,
        "error": _told(Reason(error.code, error.about), language),
        "statements": [],
        "limits": [words[code] for code in NO_PROOF],
    }


def _report(case: Case, language: str) -> dict[str, Any]:
    words, bundle, trust = words_of(language), case.bundle, case.trust
    statements = [_statement(name, case, language) for name in STATEMENT_IDS]
    proven = {Answer.PASS.value, Answer.REDACTED.value}
    holds = all(one["answer"] in proven for one in statements if one["required"])
    verdict = "PASS" if holds else "FAIL"
    has_pdf = any(path.endswith(".pdf") and "/" not in path for path in bundle.archive.files)
    about = ("number", "record", "exercise", "operator", "made_at", "release")
    return {
        "schema": REPORT_SCHEMA,
        "language": language,
        "judged_at": case.now.strftime(MOMENT),
        "verdict": verdict,
        "verdict_text": words[f"verdict-{verdict}"],
        "exit": 0 if holds else 1,
        "bundle": {**{name: printable(bundle.about[name]) for name in about}, "sha256": bundle.archive.digest},
        "trust": {"version": trust.version, "required": list(trust.required)},
        "statements": statements,
        "limits": [words[code] for code in (*NO_PROOF, *(("limit-pdf",) if has_pdf else ()))],
    }


def _statement(name: str, case: Case, language: str) -> dict[str, Any]:
    """Ask one statement; evidence that nobody can read is a fault of it."""
    words, found = words_of(language), Findings()
    try:
        JUDGES[name](case, found)
    except Malformed as error:
        found.fault(error.code, **error.about)
    is_required = name in case.trust.required
    answer = found.answer(is_required)
    reasons = found.reasons()
    told = [_told(reason, language) for reason in reasons[:MOST_REASONS]]
    if len(reasons) > MOST_REASONS:
        told.append(_told(Reason("heading-more", {"count": len(reasons) - MOST_REASONS}), language))
    return {
        "id": name,
        "title": words[name],
        "required": is_required,
        "answer": answer.value,
        "answer_text": words[f"answer-{answer.value}"],
        "reasons": told,
        "limit": words[f"{name}-limit"],
    }


def _told(reason: Reason, language: str) -> dict[str, Any]:
    about = {name: printable(value) for name, value in reason.about.items()}
    return {"code": reason.code, "text": sentence(reason.code, reason.about, language), "about": about}
