"""Judges the seal on a PDF: whole, by whom, when, at which level (ETSI EN 319 142-1); runs inside judging."""

import asyncio
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.evidence.rules.judging import Check
from app.kernel import clock

MOST_SEALS = 20
_REST = (Check.INTACT, Check.TRUSTED, Check.WHOLE, Check.TIMED)


def judge_seal(
    pdf: bytes, roots: Sequence[x509.Certificate], timestamp_roots: Sequence[x509.Certificate], now: datetime
) -> dict[str, Any]:
    """Return the answer and the reason for each check of a PDF's seal, and what it says of itself.

    `{"error": …}` in place of the checks for a file that cannot be read; nothing in it makes this raise.
    """
    found: dict[str, Any] = {"checks": {}, "signer": "", "time": None, "is_stamped": False, "level": "", "attached": []}
    try:
        found["attached"] = _attached(pdf)
        return found | asyncio.run(_judged(pdf, roots, timestamp_roots, now))
    except Exception:  # the last door: a PDF from strangers may make its readers stumble anywhere
        return found | {"error": "pdf-unreadable"}


def _attached(pdf: bytes) -> list[str]:
    import pikepdf  # noqa: PLC0415  (what a bundle need not wait for)

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return sorted(opened.attachments)[:MOST_SEALS]


async def _judged(
    pdf: bytes, roots: Sequence[x509.Certificate], timestamp_roots: Sequence[x509.Certificate], now: datetime
) -> dict[str, Any]:
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415

    reader = PdfFileReader(io.BytesIO(pdf))
    seals = reader.embedded_regular_signatures[-MOST_SEALS:]
    if not seals:
        missing = {Check.SEALED: ("FAIL", "seal-missing")}
        return {"checks": missing | dict.fromkeys(_REST, ("INDETERMINATE", "not-asked"))}
    of_time = _context(timestamp_roots, now)
    judged = [await _one(reader, seal, roots, of_time, now) for seal in seals]
    # The hub's own, whoever else signed; the last, where none is.
    ours = [one for one in judged if one["checks"][Check.TRUSTED][0] == "PASS"]
    return (ours or judged)[-1]


async def _one(
    reader: Any, seal: Any, roots: Sequence[x509.Certificate], of_time: Any, now: datetime
) -> dict[str, Any]:
    from pyhanko.sign.validation import async_validate_pdf_signature  # noqa: PLC0415

    stamp = (await async_validate_pdf_signature(seal, of_time, of_time)).timestamp_validity
    is_stamped = bool(stamp is not None and stamp.valid and stamp.intact and stamp.trusted)
    # What was stamped in time stays valid when its certificate ends.
    moment = stamp.timestamp if stamp is not None and is_stamped else now
    status = await async_validate_pdf_signature(seal, _context(roots, moment, reader), of_time)
    said = moment if is_stamped else status.signer_reported_dt
    return {
        "checks": {
            Check.SEALED: ("PASS", "seal-there"),
            Check.INTACT: ("PASS", "seal-holds") if status.intact and status.valid else ("FAIL", "seal-broken"),
            Check.TRUSTED: _trusted(status, roots),
            Check.WHOLE: _whole(status, seal, reader.stream.getvalue()),
            Check.TIMED: _timed(stamp, is_stamped),
        },
        "signer": _name_of(status.signing_cert),
        "time": clock.to_text(said) if said and said.tzinfo else None,
        "is_stamped": is_stamped,
        "level": _level(reader, stamp),
    }


def _name_of(certificate: Any) -> str:
    said = certificate.subject.native
    return ", ".join(str(said[part]) for part in ("common_name", "organization_name") if part in said)


def _trusted(status: Any, roots: Sequence[x509.Certificate]) -> tuple[str, str]:
    if not roots:
        return ("INDETERMINATE", "roots-missing")
    if status.revoked:
        return ("FAIL", "chain-revoked")
    if not status.trusted:
        return ("FAIL", "chain-fails")
    usage = status.signing_cert.key_usage_value
    # The authority gives this use to its seal alone; a person's key signs what that person wants.
    is_seal = usage is not None and "digital_signature" in usage.native
    return ("PASS", "chain-holds") if is_seal else ("FAIL", "chain-personal")


def _whole(status: Any, seal: Any, pdf: bytes) -> tuple[str, str]:
    from pyhanko.sign.diff_analysis import ModificationLevel  # noqa: PLC0415

    if status.modification_level is ModificationLevel.NONE and _is_under_seal_to_the_end(seal, pdf):
        return ("PASS", "covers-all")
    if status.modification_level is ModificationLevel.LTA_UPDATES and pdf.rstrip().endswith(b"%%EOF"):
        return ("PASS", "covers-for-good")
    return ("FAIL", "covers-not")


def _is_under_seal_to_the_end(seal: Any, pdf: bytes) -> bool:
    """Say so of a signature; bytes behind the last revision change nothing that pyHanko looks at."""
    return int(seal.byte_range[2]) + int(seal.byte_range[3]) == len(pdf)


def _timed(stamp: Any, is_stamped: bool) -> tuple[str, str]:
    if stamp is None:
        return ("INDETERMINATE", "time-missing")
    if not (stamp.valid and stamp.intact):
        return ("FAIL", "time-fails")
    return ("PASS", "time-holds") if is_stamped else ("INDETERMINATE", "time-strange")


def _level(reader: Any, stamp: Any) -> str:
    if stamp is None:
        return "B-B"
    if "/DSS" not in reader.root:
        return "B-T"
    return "B-LTA" if reader.embedded_timestamp_signatures else "B-LT"


def _context(roots: Sequence[x509.Certificate], moment: datetime, reader: Any = None) -> Any:
    """Return whom pyHanko may believe, with the revocation lists that the PDF brings; nothing is ever fetched."""
    from asn1crypto import x509 as asn1_x509  # noqa: PLC0415
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    return ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in roots],
        crls=_lists(reader) if reader is not None else [],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def _lists(reader: Any) -> list[Any]:
    from asn1crypto import crl  # noqa: PLC0415

    listed = reader.root["/DSS"].get("/CRLs", ()) if "/DSS" in reader.root else ()
    return [crl.CertificateList.load(one.get_object().data) for one in listed]
