"""The command: `cahier-verify BUNDLE --trust TRUST`, on its own or as part of Cahier."""

import argparse
import json
import os
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.verifier.parts.archive import Limits
from app.verifier.parts.faults import Unusable
from app.verifier.parts.judging import MOMENT, unusable, verify_bytes
from app.verifier.parts.trust import read_trust
from app.verifier.parts.words import DEFAULT_LANGUAGE, LANGUAGES, words_of

MOST_TRUST_BYTES = 4 * 2**20
SHOWN_OF_BUNDLE = ("operator", "exercise", "made_at")


def main(arguments: list[str] | None = None) -> int:
    """Verify a bundle and print the answers; 0 when all that is required is proven, 1 if not, 2 for unusable input."""
    asked = _parser().parse_args(arguments)
    try:
        trust = read_trust(_read(asked.trust, MOST_TRUST_BYTES))
        bundle = _read(asked.bundle, Limits().archive_bytes)
        report = verify_bytes(bundle, trust, asked.language, at=asked.at)
    except Unusable as error:
        report = unusable(error, asked.language)
    shown = json.dumps(report, ensure_ascii=True, indent=2) if asked.json else as_text(report)
    _print(f"{shown}\n")
    return int(report["exit"])


def run() -> None:
    """Run the command and leave with its exit code."""
    sys.exit(main())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cahier-verify", description="Check an evidence bundle of Cahier, offline and without trust in its writer."
    )
    parser.add_argument("bundle", type=Path, help="the bundle (NUMBER.eln)")
    parser.add_argument("--trust", type=Path, required=True, help="the trust file, obtained by another way")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--language", choices=sorted(LANGUAGES), default=DEFAULT_LANGUAGE, help="of the answers")
    parser.add_argument(
        "--at", type=_moment, metavar="TIME", help="judge as of this moment, as 2036-01-01T00:00:00Z; now when left out"
    )
    return parser


def _moment(text: str) -> datetime:
    return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as opened:
            data = opened.read(most + 1)
    except (OSError, ValueError) as error:
        raise Unusable("file-not-readable", path=path) from error
    if len(data) > most:
        raise Unusable("archive-too-large", path=path)
    return data


def as_text(report: dict[str, Any]) -> str:
    """Return a report for people to read."""
    words = words_of(report["language"])
    lines = []
    if "bundle" in report:
        about = report["bundle"]
        lines += [
            f"{words['heading-record']} {about['number']} ({', '.join(about[name] for name in SHOWN_OF_BUNDLE)})",
            f"{words['heading-bundle']} {about['sha256']}",
            f"{words['heading-trust']} {report['trust']['version']}",
            f"{words['heading-judged']} {report['judged_at']}",
            "",
        ]
    for one in report["statements"]:
        lines += _statement_lines(one, words)
    if "error" in report:
        lines += [report["error"]["text"]]
    lines += ["", f"{report['verdict']}: {report['verdict_text']}", "", words["heading-limits"]]
    lines += [f"- {limit}" for limit in report["limits"]]
    return "\n".join(lines)


def _statement_lines(one: dict[str, Any], words: dict[str, str]) -> list[str]:
    answer = one["answer"] if one["answer"] == one["answer_text"] else f"{one['answer']} ({one['answer_text']})"
    required = f" [{words['heading-required']}]" if one["required"] else ""
    lines = [f"{one['id']:<6}{answer}{required}  {one['title']}"]
    for text in [reason["text"] for reason in one["reasons"]] + [one["limit"]]:
        lines += textwrap.wrap(text, 110, initial_indent="      ", subsequent_indent="        ")
    return lines


def _print(text: str) -> None:
    """Write to the standard output, whatever letters it can show."""
    stream = sys.stdout
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # Who reads has seen enough; what Python would still flush goes nowhere, and the exit code says what was found.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
