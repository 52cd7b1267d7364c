"""The offline verifier stands alone: one file in step with its parts, which needs Python and cryptography only."""

import re
import sys

import pytest

from app.verifier.build import OUTPUT, build
from app.verifier.parts import words
from app.verifier.parts.trust import STATEMENT_IDS
from tests.house import tree
from tests.house.test_translations import FRENCH_SPACES, PLACE

PARTS = tree.modules("app/verifier/parts")
ALLOWED = sys.stdlib_module_names | {"cryptography"}
CODE = re.compile(r'(?:Malformed|Unusable|Reason|fault|gap|doubt|erasure|remark|note)\(\s*"([a-z0-9-]+)"')


def strange_imports(module):
    """Name what a file imports that a stranger may not have."""
    names = {name for _, name, _ in tree.imports(module.tree)}
    return {name for name in names if name.split(".")[0] not in ALLOWED}


def test_the_one_file_is_in_step_with_its_parts():
    assert OUTPUT.read_text(encoding="utf-8") == build(), "make verifier"


def test_the_one_file_needs_nothing_but_python_and_cryptography():
    whole = tree.module(OUTPUT.read_text(encoding="utf-8"), "app/verifier/cahier_verify.py")

    assert strange_imports(whole) == set()


def test_the_parts_know_each_other_and_nothing_else_of_ours():
    faults = {name for module in PARTS for name in strange_imports(module)}

    assert {name for name in faults if not name.startswith("app.verifier.parts.")} == set()


def test_a_strange_import_is_found():
    assert strange_imports(tree.module("import json\nfrom app.audit import notes\n")) == {"app.audit"}


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_reason_has_its_sentence(language):
    codes = {code for module in PARTS for code in CODE.findall(module.text)}
    codes |= {*STATEMENT_IDS, *(f"{name}-limit" for name in STATEMENT_IDS)}

    assert len(codes) > 100
    assert codes - set(words.words_of(language)) == set()


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_language_has_the_same_sentences_and_places(language):
    english = {code: sorted(PLACE.findall(text)) for code, text in words.words_of("en").items()}

    assert {code: sorted(PLACE.findall(text)) for code, text in words.words_of(language).items()} == english


def test_the_verifiers_french_keeps_its_signs_with_the_word_before():
    assert [text for text in words.words_of("fr").values() if FRENCH_SPACES.search(text)] == []
