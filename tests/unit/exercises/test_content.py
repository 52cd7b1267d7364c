"""An exercise becomes plain content and comes back the same; the same exercise always has the same bytes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.exercises.errors import UnknownPart
from app.exercises.rules.master import (
    Check,
    Choice,
    Criterion,
    Exercise,
    Field,
    FieldType,
    ItemKind,
    Limit,
    LimitKind,
    Rounding,
    SecondReading,
    Section,
    Step,
    Unit,
    Validity,
)
from app.exercises.rules.parsing import canonical_content, exercise_from_content, parse_exercise
from app.kernel.canonical import canonical_bytes, digest
from app.kernel.text import LANGUAGES, Text, common_languages
from tests.unit.exercises.masters import LIBRARY, exercise, number, shipped, words

ids = some.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
phrases = some.text(some.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(str.strip)
texts = some.dictionaries(some.sampled_from(LANGUAGES), phrases, min_size=1).map(Text.of)
units = some.builds(Unit, phrases, phrases)
expressions = some.sampled_from(["8.0", "-8.0", "a * 0.99", "mean(a) + 1"])
limits = some.builds(
    Limit,
    some.sampled_from(LimitKind),
    some.none() | expressions,
    some.none() | expressions,
    some.booleans(),
    some.booleans(),
    some.lists(ids, max_size=3).map(tuple),
    some.none() | texts,
)
fields = some.builds(
    Field,
    id=ids,
    label=texts,
    type=some.sampled_from(FieldType),
    unit=some.none() | units,
    limits=some.lists(limits, max_size=2).map(tuple),
    required=some.booleans(),
    repeat=some.integers(1, 100),
    choices=some.lists(some.builds(Choice, ids, texts), max_size=3).map(tuple),
    formula=some.none() | expressions,
    decimals=some.none() | some.integers(0, 12),
    rounding=some.sampled_from(Rounding),
    kind=some.none() | some.builds(ItemKind, ids, texts),
    validity=some.sampled_from(Validity),
    not_applicable=some.booleans(),
    hint=some.none() | texts,
)
readings = some.builds(SecondReading, ids, some.integers(1, 9), some.booleans(), some.none() | some.just("0.10"))
checks = some.builds(Check, statement=texts, readings=some.lists(readings, max_size=2).map(tuple))
steps = some.builds(
    Step,
    id=ids,
    title=texts,
    instruction=texts,
    fields=some.lists(fields, max_size=3).map(tuple),
    check=some.none() | checks,
    not_applicable=some.booleans(),
)
sections = some.builds(Section, ids, texts, some.lists(steps, min_size=1, max_size=2).map(tuple), some.booleans())
exercises = some.builds(
    Exercise,
    code=ids,
    version=some.integers(1, 99),
    series=ids,
    title=texts,
    summary=texts,
    source=phrases,
    licence=phrases,
    hands_on_minutes=some.integers(1, 999),
    competency=ids,
    criteria=some.lists(some.builds(Criterion, ids, texts, some.booleans()), max_size=3).map(tuple),
    sections=some.lists(sections, min_size=1, max_size=2).map(tuple),
    elapsed_days=some.integers(0, 30),
    zone=some.none() | texts,
)


@settings(max_examples=40)  # one example is a whole exercise
@given(exercises)
def test_content_gives_the_exercise_back(master):
    stored = json.loads(canonical_bytes(canonical_content(master)))

    assert exercise_from_content(stored) == master
    assert canonical_bytes(canonical_content(exercise_from_content(stored))) == canonical_bytes(stored)


@pytest.mark.parametrize("code", LIBRARY)
def test_the_content_of_a_shipped_exercise_keeps_the_published_form(code):
    """JSON is YAML too: content that is stored can be published, read and pinned again."""
    master = shipped(code)

    published = json.dumps(canonical_content(master), ensure_ascii=False)

    assert parse_exercise(published, f"{code}.json") == master


def test_the_digits_of_a_limit_are_part_of_the_content():
    with_zero, without = (
        exercise(number("a", limits=(Limit(LimitKind.ACTION, maximum=maximum),))) for maximum in ("8.0", "8")
    )

    assert digest(canonical_bytes(canonical_content(with_zero))) != digest(canonical_bytes(canonical_content(without)))


def test_what_equals_its_default_is_left_out_so_that_later_attributes_change_no_digest():
    (field,) = canonical_content(exercise(number("a")))["sections"][0]["steps"][0]["fields"]

    assert set(field) == {"id", "label", "type", "unit"}


def test_layout_and_comments_of_a_file_do_not_change_the_content():
    text = json.dumps(canonical_content(shipped("CEL-001")), indent=1)

    assert canonical_content(parse_exercise(f"# a comment\n{text}", "CEL-001.yaml")) == canonical_content(
        shipped("CEL-001")
    )


@pytest.mark.parametrize(
    ("language", "expected"),
    [("nl", "Proef"), ("nl-BE", "Proef"), ("en_GB", "Test"), ("de", "Essai"), ("it", "Essai"), ("fr-BE", "Essai")],
)
def test_a_text_falls_back_to_french(language, expected):
    assert Text.of({"fr": "Essai", "en": "Test", "nl": "Proef"}).in_language(language) == expected


def test_a_text_without_french_falls_back_to_english_and_then_to_what_there_is():
    assert Text.of({"en": "Test", "de": "Probe"}).in_language("nl") == "Test"
    assert Text.of({"de": "Probe"}).in_language("nl") == "Probe"


def test_an_accent_is_the_same_however_it_was_typed():
    assert Text.of({"fr": "e\u0301tape "}) == Text.of({"fr": "\u00e9tape"})


def test_a_language_counts_only_when_everything_is_written_in_it():
    full, half = Text.of({"fr": "a", "en": "a", "nl": "a"}), Text.of({"fr": "a", "en": "a"})

    assert common_languages([full, full]) == ("fr", "en", "nl")
    assert common_languages([full, half]) == ("fr", "en")


def test_parts_are_found_by_their_ids_and_steps_run_in_order():
    master = shipped("GOW-001")

    assert [step.id for step in master.steps()][:3] == ["fitness", "garments", "media"]
    assert master.step_of("coverall_done").id == "coverall"
    assert master.section_of("coverall").id == "gowning"
    assert master.field("order_kept").choice("broken").label.in_language("fr").startswith("Rompu")
    assert master.criterion("crit_order").critical


def test_in_an_ordered_section_the_steps_before_must_be_complete():
    master = shipped("GOW-001")

    assert [step.id for step in master.steps_before("coverall")] == ["hands", "first_gloves", "hood_and_mask"]
    assert master.steps_before("hands") == ()
    assert master.steps_before("media") == ()


@pytest.mark.parametrize("look_up", ["step", "field", "criterion", "step_of", "section_of"])
def test_what_does_not_exist_is_not_found(look_up):
    with pytest.raises(UnknownPart):
        getattr(exercise(number("a")), look_up)("nothing")


def test_the_second_persons_reading_of_a_field_is_found():
    check = Check(words(), readings=(SecondReading("mass"),))

    assert check.reading_of("mass") == SecondReading("mass")
    assert check.reading_of("other") is None
