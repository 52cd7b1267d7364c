"""The plug-in's PHP can be parsed, its texts and rights are whole, its zip stays the same, and Moodle runs it."""

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from plugins.moodle.pack import SOURCE, pack

FILES = sorted(SOURCE.rglob("*.php"))
LANGUAGES = ("en", "fr", "nl", "de")
# What a text is asked for by, anywhere in the plug-in; "refused:" is put together from the words of refusals.
ASKED = re.compile(r"(?:get_string|lang_string)\('([\w:]+)', 'local_cahier'")
WORDS = re.compile(r"'((?:check|evidence|privacy|event):[\w:]+)'")
REFUSALS = re.compile(r"new refusal\('(\w+)'")
STRING = re.compile(r"^\$string\['([\w:]+)'\] = '([^']+)';$", re.MULTILINE)
MOODLE = os.environ.get("MOODLE")


def texts(language):
    """Return the plug-in's texts in a language."""
    return dict(STRING.findall((SOURCE / "lang" / language / "local_cahier.php").read_text()))


def every_source():
    """Return the plug-in's own code, without its tests and texts."""
    return "".join(path.read_text() for path in FILES if not {"tests", "lang"} & set(path.parts))


def test_php_can_parse_every_file():
    alone = [subprocess.run(["php", "-l", path], capture_output=True, text=True, check=False) for path in FILES]

    assert [run.stdout for run in alone if run.returncode] == []
    assert len(alone) > 15


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_is_asked_for_is_there(language):
    source, known = every_source(), texts(language)
    asked = {*ASKED.findall(source), *WORDS.findall(source), *(f"refused:{word}" for word in REFUSALS.findall(source))}

    assert asked - set(known) == set()
    assert set(known) == set(texts("en"))


def test_texts_in_two_languages_speak_of_the_same_things():
    english = texts("en")
    faults = [
        f"{language} {name}"
        for language in LANGUAGES[1:]
        for name, text in texts(language).items()
        if ("{$a}" in text) != ("{$a}" in english[name]) or (text == english[name] and len(text) > 8)
    ]

    assert faults == []


def test_the_table_keeps_each_statement_once():
    table = (SOURCE / "db" / "install.xml").read_text()

    assert '<TABLE NAME="local_cahier_statement"' in table
    assert re.findall(r'TYPE="unique" FIELDS="(\w+)"', table) == ["statementid"]


def test_no_role_has_the_right_until_somebody_gives_it():
    assert "'archetypes' => []" in (SOURCE / "db" / "access.php").read_text()


def test_the_zip_is_the_same_each_time_and_unpacks_as_moodle_expects(tmp_path):
    first, second = pack(tmp_path / "one.zip"), pack(tmp_path / "deeper" / "two.zip")
    names = zipfile.ZipFile(first).namelist()

    assert first.read_bytes() == second.read_bytes()
    assert {name.split("/")[0] for name in names} == {"cahier"}
    assert {"cahier/version.php", "cahier/LICENSE", "cahier/README.md"} <= set(names)
    assert len(names) == sum(path.is_file() for path in SOURCE.rglob("*"))


def test_the_licence_is_moodles():
    assert "GNU GENERAL PUBLIC LICENSE" in (SOURCE / "LICENSE").read_text()
    assert [path.name for path in FILES if "GNU GPL v3 or later" not in path.read_text()] == []


@pytest.mark.skipif(not MOODLE, reason="MOODLE names no Moodle that is ready for PHPUnit: its tests did not run")
def test_a_real_moodle_passes_the_plugins_own_tests():
    there = Path(str(MOODLE))
    root = there / "public" if (there / "public").is_dir() else there
    shutil.copytree(SOURCE, root / "local" / "cahier", dirs_exist_ok=True)
    ran = subprocess.run(
        ["php", "vendor/bin/phpunit", "--testsuite", "local_cahier_testsuite"],
        cwd=there,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout
