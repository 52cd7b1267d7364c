"""Who can sign in to the demonstration: invented people with random passwords, written down in one file."""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "demo-people.json"
# No letters or figures that look alike on a tablet.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _IN_A_GROUP = 4, 4


@dataclass(frozen=True)
class Account:
    """A person of the demonstration as somebody who tries it needs them; `roles` are their codes."""

    login: str
    password: str
    name: str
    roles: tuple[str, ...]
    operator: str | None
    language: str


def new_password() -> str:
    """Return a password that can be typed at a bench: 16 random letters and figures, 79 bits, in groups of four."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_IN_A_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def write_accounts(var: Path, accounts: Sequence[Account]) -> Path:
    """Write the accounts into the installation's folder, readable by its owner alone; return the path."""
    path = var / FILE
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    content = {"people": [asdict(account) for account in accounts]}
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.write("\n")
    return path


def read_accounts(var: Path) -> list[Account]:
    """Return the accounts that were written down; none where there is no demonstration, or somebody tidied up."""
    try:
        content = json.loads((var / FILE).read_text(encoding="utf-8"))
        return [Account(**person | {"roles": tuple(person["roles"])}) for person in content["people"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def list_accounts(var: Path, accounts: Sequence[Account], *, with_passwords: bool = False) -> str:
    """Return the accounts as lines for a person; with their passwords only where they were made a moment ago."""
    path = _shown(var / FILE)
    title = f"passwords shown this once and kept in {path}" if with_passwords else f"passwords are in {path}"
    rows = [
        (account.login, account.password if with_passwords else "", account.name, _part(account))
        for account in accounts
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return "\n".join([f"Who can sign in ({title}):", *(_row(row, widths) for row in rows)])


def _shown(path: Path) -> Path:
    """Return a path as somebody would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _part(account: Account) -> str:
    return f"{', '.join(account.roles).replace('_', ' ')}, {account.operator or 'the hub'}"


def _row(row: tuple[str, ...], widths: Sequence[int]) -> str:
    cells = [cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)]
    return "  " + "  ".join(cell for cell, width in zip(cells, [*widths, 1], strict=True) if width).rstrip()
