"""What Moodle's screens call a value is called so on our page and in docs/moodle.md, in English and in French."""

import re

from babel.messages.pofile import read_po

from tests.house import tree

PAGE = tree.ROOT / "docs" / "moodle.md"
FRENCH = tree.ROOT / "app" / "lms" / "translations" / "fr.po"
ROW = re.compile(r"^\| (?P<english>[^|`*]+) \| (?P<french>[^|`*]+) \| [^|]+ \|$", re.MULTILINE)
ISSUER = re.compile(r" \((?:issuer|émetteur)\)$")  # what our page adds to Moodle's word


def test_our_page_says_moodles_words_as_the_documentation_does():
    with FRENCH.open("rb") as file:
        ours = {
            ISSUER.sub("", str(entry.id)).casefold(): ISSUER.sub("", str(entry.string))
            for entry in read_po(file, locale="fr")
            if isinstance(entry.id, str)
        }
    told = {row["english"].casefold(): row["french"] for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    shared = told.keys() & ours.keys()

    assert len(shared) >= 10
    assert {name: ours[name] for name in shared} == {name: told[name] for name in shared}
