"""The settings of an installation: read once from the environment, frozen, checked, and passed down by value.

Secrets never stand in the database or in the environment: they are files under `var/keys/`, made by `cahier init`,
mode 600.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.secrets import PEPPER, VAULT, read_secret

CONFIG = Path(__file__).parent
LANGUAGES = ("fr", "nl", "en", "de")
LEVELS = ("simple", "advanced")
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII)
SECOND_FACTORS = ("off", "offered", "required")
UNNAMED = {
    "fr": "(le hub ne l'a pas encore indiqué)",
    "nl": "(nog niet opgegeven door de hub)",
    "en": "(not stated by the hub yet)",
    "de": "(vom Hub noch nicht angegeben)",
}
"""What the notice says where a setting that it needs is empty."""
BELGIAN_AUTHORITY = {
    "fr": "Autorité de protection des données, rue de la Presse 35, 1000 Bruxelles, contact@apd-gba.be",
    "nl": "Gegevensbeschermingsautoriteit, Drukpersstraat 35, 1000 Brussel, contact@apd-gba.be",
    "en": "Belgian Data Protection Authority, rue de la Presse 35, 1000 Brussels, contact@apd-gba.be",
    "de": "Datenschutzbehörde, Rue de la Presse 35, 1000 Brüssel, contact@apd-gba.be",
}
"""The authority to complain to, where the hub names no other (GDPR 77)."""
LARGEST_FILE_MEGABYTES, MOST_FILES_PER_RECORD = 50, 500
"""What the offline verifier reads of one bundle, with something to spare."""


class BadSetting(ValueError):
    """A setting that cannot be used; the message names the variable and says what it takes."""


@dataclass(frozen=True)
class Settings:
    """Everything an installation can choose; each field is the variable `CAHIER_<NAME>`.

    Durations are in minutes. `origin` names the hub in checkpoints, signatures and statements and never changes.
    """

    var: Path
    database_url: str
    owner_database_url: str = ""
    origin: str = "cahier.localhost"
    public_url: str = "http://localhost:8000"
    zone: str = "Europe/Brussels"
    default_language: str = "fr"
    idle_minutes: int = 10
    session_hours: int = 12
    lockout_failures: int = 6
    trusted_proxies: int = 0
    library: Path = CONFIG / "exercises"
    framework: Path = CONFIG / "competencies" / "framework.yaml"
    workers: int = 2
    timestamp_authorities: str = ""
    witness_policy: str = ""
    signature_level: str = "advanced"
    second_factor: str = "offered"
    file_megabytes: int = 20
    files_per_record: int = 40
    xapi_origins: str = ""
    key_backup_days: int = 35
    controller: str = ""
    controller_contact: str = ""
    data_protection_officer: str = ""
    supervisory_authority: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables; raise BadSetting for one that is unknown or unusable."""
        known = {f"CAHIER_{field.name.upper()}": field.name for field in fields(cls)}
        unknown = sorted(name for name in environ if name.startswith("CAHIER_") and name not in known)
        if unknown:
            raise BadSetting(f"unknown setting {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        given = {known[name]: text for name, text in environ.items() if name in known}
        var = Path(given.pop("var", "var")).absolute()
        url = given.pop("database_url", f"sqlite:///{var / 'cahier.sqlite'}")
        read: dict[str, Any] = {name: _read(name, text) for name, text in given.items()}
        settings = cls(var=var, database_url=url, **read)
        settings.check()
        return settings

    def check(self) -> None:
        """Raise BadSetting for values that do not fit each other or the world."""
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise BadSetting(f"CAHIER_ZONE takes an IANA zone such as Europe/Brussels, not {self.zone!r}") from None
        if self.default_language not in LANGUAGES:
            raise BadSetting(f"CAHIER_DEFAULT_LANGUAGE takes one of {', '.join(LANGUAGES)}")
        if not self.public_url.startswith(("http://", "https://")) or self.public_url.endswith("/"):
            raise BadSetting("CAHIER_PUBLIC_URL takes an address such as https://cahier.example without a final slash")
        if not self.origin or any(character in self.origin for character in " +\n/"):
            raise BadSetting("CAHIER_ORIGIN takes a host name: no space, plus or slash")
        if self.owner_database_url and not self.database_url.startswith("postgresql"):
            raise BadSetting("CAHIER_OWNER_DATABASE_URL is for PostgreSQL: SQLite knows no roles")
        if not all(address.startswith(("http://", "https://")) for address in self.authorities):
            raise BadSetting("CAHIER_TIMESTAMP_AUTHORITIES takes addresses such as https://tsa.example, with spaces")
        if self.signature_level not in LEVELS:
            raise BadSetting(f"CAHIER_SIGNATURE_LEVEL takes one of {', '.join(LEVELS)}")
        if self.second_factor not in SECOND_FACTORS:
            raise BadSetting(f"CAHIER_SECOND_FACTOR takes one of {', '.join(SECOND_FACTORS)}")
        self._check_origins()
        least = (self.idle_minutes, self.session_hours, self.lockout_failures, self.workers, self.key_backup_days)
        if min(least) < 1:
            raise BadSetting("durations, failures and workers are at least 1")
        self._check_files()

    def _check_files(self) -> None:
        if not 1 <= self.file_megabytes <= LARGEST_FILE_MEGABYTES:
            raise BadSetting(f"CAHIER_FILE_MEGABYTES takes 1 to {LARGEST_FILE_MEGABYTES}")
        if not 0 <= self.files_per_record <= MOST_FILES_PER_RECORD:
            raise BadSetting(f"CAHIER_FILES_PER_RECORD takes 0 to {MOST_FILES_PER_RECORD}")

    def _check_origins(self) -> None:
        if not all(map(_is_origin, self.origins)):
            raise BadSetting("CAHIER_XAPI_ORIGINS takes origins such as https://lms.example, with spaces, or *")

    @property
    def keys(self) -> Path:
        """The folder of secrets, outside the database and its backups."""
        return self.var / "keys"

    @property
    def pepper(self) -> bytes:
        """What personal keys are wrapped and used names coded with, besides what people know; raises SecretMissing."""
        return read_secret(self.keys, PEPPER)

    @property
    def files(self) -> Path:
        """The folder of the files that people attach to records."""
        return self.var / "files"

    @property
    def vault(self) -> Path:
        """The folder of the key store, apart from secrets, files and database, and from their backups."""
        return self.var / "vault"

    @property
    def vault_key(self) -> Path:
        """The secret that wraps what stands in the key store."""
        return self.keys / VAULT

    @property
    def key_backup_limit(self) -> timedelta:
        """How long a backup of the key store may be kept: until then what was erased can still be opened with it."""
        return timedelta(days=self.key_backup_days)

    @property
    def authorities(self) -> tuple[str, ...]:
        """The addresses of the time-stamping authorities, in the order in which they take turns."""
        return tuple(self.timestamp_authorities.replace(",", " ").split())

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may call the LRS from a browser."""
        return tuple(self.xapi_origins.replace(",", " ").split())

    @property
    def timestamp_roots(self) -> Path:
        """The folder of the certificates under which their tokens must be signed."""
        return self.var / "timestamp-roots"

    @property
    def policy_file(self) -> Path | None:
        """The file that names the witnesses of the logs and their quorum, if there is one."""
        return Path(self.witness_policy) if self.witness_policy else None

    def notice_source(self, language: str) -> str:
        """Return the notice about people's data as it is shipped, with places for the hub's own facts."""
        return (CONFIG / "privacy" / f"notice.{language}.md").read_text(encoding="utf-8")

    def notice_facts(self, language: str) -> dict[str, str]:
        """Return what the notice says of the hub; where a setting is empty, that it is."""
        unnamed = UNNAMED[language]
        return {
            "controller": self.controller or unnamed,
            "contact": self.controller_contact or unnamed,
            "officer": self.data_protection_officer or unnamed,
            "authority": self.supervisory_authority or BELGIAN_AUTHORITY[language],
        }

    @property
    def secure(self) -> bool:
        """Say whether people come over HTTPS, which decides the cookie's flags and HSTS."""
        return self.public_url.startswith("https://")

    @property
    def statement_home(self) -> str:
        """What names the hub in statements: an address that never changes and need not answer."""
        return f"https://{self.origin}"

    @property
    def idle_limit(self) -> timedelta:
        """How long a session may stand idle before it locks (AS-7.1.1)."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def session_limit(self) -> timedelta:
        """How long a session may last whatever happens (AS-7.3.2)."""
        return timedelta(hours=self.session_hours)


def _is_origin(text: str) -> bool:
    """Say whether a text is `*`, or scheme and host as a browser writes them: lower case, no path."""
    return text == "*" or _ORIGIN.fullmatch(text) is not None


def _read(name: str, text: str) -> object:
    kind = Settings.__dataclass_fields__[name].type
    if kind in (int, "int"):
        try:
            return int(text)
        except ValueError:
            raise BadSetting(f"CAHIER_{name.upper()} takes a whole number, not {text!r}") from None
    return Path(text) if kind in (Path, "Path") else text
