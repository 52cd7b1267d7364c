"""The register of processing: classes of personal data, and to which of them each column belongs (GDPR 30, 5(1)(b))."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.kernel.errors import N_
from app.kernel.text import LANGUAGES
from app.privacy.rules.retention import RetentionClass

SCHEMA = "cahier.register.v1"
NONE = "none"
"""Under this stand the columns that tell of nobody."""
KEPT = "kept"

BASES: dict[str, str] = {
    "contract": N_("the contract of training, GDPR 6(1)(b)"),
    "legal-obligation": N_("a legal obligation, GDPR 6(1)(c)"),
    "public-task": N_("a task in the public interest, GDPR 6(1)(e)"),
    "legitimate-interest": N_("a legitimate interest, GDPR 6(1)(f)"),
}
"""The legal bases that the register may name. Consent is none of them: one who withdraws it cannot undo a record."""

PEOPLE: dict[str, str] = {
    "trainees": N_("trainees"),
    "staff": N_("staff of operators and of the hub"),
    "minors": N_("trainees under age"),
    "guardians": N_("parents and guardians"),
    "strangers": N_("strangers who try the door"),
}

RECIPIENTS: dict[str, str] = {
    "operator": N_("the person's operator"),
    "hub": N_("the hub and whoever hosts it"),
    "holders": N_("whoever is given a record, by the act that hands it out"),
    "attestors": N_("time-stamping authorities and witnesses: hashes only"),
    "learning-systems": N_("learning systems that the hub delivers to: pseudonyms, or the names chosen for each"),
    "companies": N_("the company that sends them, where it was decided: results alone"),
}

ENDS: dict[str, str] = {
    KEPT: N_("kept as proof, under a pseudonym; names and texts in it are erased by the other classes"),
}
"""What a class without a term of its own says of its end."""


class RegisterMalformed(ValueError):
    """The register says something that it must not; a fault of the release, found by its tests."""


@dataclass(frozen=True)
class DataClass:
    """A class of personal data; `retention` is a class of retention or a key of ENDS; texts by language."""

    code: str
    name: Mapping[str, str]
    purpose: Mapping[str, str]
    basis: tuple[str, ...]
    people: tuple[str, ...]
    recipients: tuple[str, ...]
    retention: str
    outside_tables: bool


@dataclass(frozen=True)
class Register:
    """The whole register; `columns` maps each `table.column` to the code of its class, or to `none`; `measures`
    names the tests of the project that try each measure of protection at every release (GDPR 32)."""

    version: int
    classes: tuple[DataClass, ...]
    columns: Mapping[str, str]
    measures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def tables_of(self, code: str) -> list[str]:
        """Return the tables in which a class stands."""
        return sorted({name.partition(".")[0] for name, mapped in self.columns.items() if mapped == code})


def register_from(document: Mapping[str, Any]) -> Register:
    """Return the register that a document holds; raise RegisterMalformed where it is not whole."""
    if document.get("schema") != SCHEMA:
        raise RegisterMalformed(f"no register of {SCHEMA}")
    classes = tuple(_class(code, said) for code, said in document["classes"].items())
    columns: dict[str, str] = {}
    for table, groups in document["tables"].items():
        for code, names in groups.items():
            for name in names:
                if f"{table}.{name}" in columns:
                    raise RegisterMalformed(f"{table}.{name} stands twice")
                columns[f"{table}.{name}"] = code
    measures = {code: tuple(tests) for code, tests in document["measures"].items()}
    return Register(document["version"], classes, columns, measures)


def faults_of(register: Register, columns: Iterable[str]) -> list[str]:
    """Return what is wrong between a register and the columns that there are (GD-5(1)(b),6)."""
    known, there = {one.code for one in register.classes}, set(columns)
    faults = [f"{name}: in no class" for name in sorted(there - register.columns.keys())]
    faults += [f"{name}: there is no such column" for name in sorted(register.columns.keys() - there)]
    faults += [f"{name}: no class {code}" for name, code in register.columns.items() if code not in known | {NONE}]
    used = set(register.columns.values())
    return faults + [f"{one.code}: no column" for one in register.classes if one.code not in used | _outside(register)]


def _outside(register: Register) -> set[str]:
    return {one.code for one in register.classes if one.outside_tables}


def _class(code: str, said: Mapping[str, Any]) -> DataClass:
    for name in ("name", "purpose"):
        missing = [language for language in LANGUAGES if not said[name].get(language)]
        if missing:
            raise RegisterMalformed(f"{code}: no {name} in {', '.join(missing)}")
    for name, vocabulary in (("basis", BASES), ("people", PEOPLE), ("recipients", RECIPIENTS)):
        strange = [one for one in said[name] if one not in vocabulary]
        if strange or not said[name]:
            raise RegisterMalformed(f"{code}: {name} {strange}")
    if said["retention"] not in {*RetentionClass, *ENDS}:
        raise RegisterMalformed(f"{code}: retention {said['retention']}")
    return DataClass(
        code,
        said["name"],
        said["purpose"],
        tuple(said["basis"]),
        tuple(said["people"]),
        tuple(said["recipients"]),
        said["retention"],
        bool(said.get("outside_tables")),
    )
