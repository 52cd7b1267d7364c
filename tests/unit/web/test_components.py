"""The parts every page is made of: tied labels, typed values kept, states that never rest on colour alone."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from wtforms import Form, StringField
from wtforms.validators import InputRequired

WEB = Path(__file__).parents[3] / "app" / "web"


@pytest.fixture(scope="module")
def environment():
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    environment.globals |= {"url_for": lambda endpoint, filename: f"/static/{filename}", "csrf_token": lambda: "token"}
    return environment


@pytest.fixture(scope="module")
def ui(environment):
    return environment.get_template("_components.html").module


class Weighing(Form):
    mass = StringField("Mass", [InputRequired("Enter the mass.")])


@pytest.mark.requirement("WC-3.3.1")
def test_an_error_is_tied_to_its_field_and_the_typed_value_stays(ui):
    form = Weighing(data={"mass": "996,8,1"})
    form.mass.errors = ["Write the number with one comma."]

    html = ui.number_field(form.mass, unit="mg", limits="989.0 to 1005.0 mg")

    assert 'aria-describedby="mass-limits mass-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'value="996,8,1"' in html
    assert re.search(r'id="mass-error".*Write the number with one comma\.', html, re.DOTALL)


@pytest.mark.requirement("WC-3.3.1")
def test_the_summary_leads_to_each_field_and_says_what_belongs_to_none(ui):
    form = Weighing(data={"mass": ""})
    form.validate()
    form.form_errors.append("These details do not open a session.")

    html = ui.error_summary(form)

    assert '<a href="#mass">Mass: Enter the mass.</a>' in html
    assert "<li>These details do not open a session.</li>" in html


def test_a_form_without_faults_has_no_summary(ui):
    assert ui.error_summary(Weighing(data={"mass": "996.8"})) == ""


def test_a_plain_mapping_makes_the_same_field_as_a_form(ui):
    from_form = ui.text_field(Weighing(data={"mass": "5.0"}).mass)
    from_mapping = ui.text_field({"name": "mass", "label": "Mass", "value": "5.0", "required": True})

    assert from_form == from_mapping


def test_what_a_person_typed_is_escaped_everywhere(ui):
    dangerous = "<script>alert(1)</script>"
    parts = [
        ui.text_field({"name": "a", "label": dangerous, "value": dangerous, "errors": [dangerous]}, hint=dangerous),
        ui.field_row(dangerous, dangerous, dangerous, dangerous, [("action", dangerous)]),
        ui.value_history([{"kind": "replaced", "value": dangerous, "who": dangerous, "at": "", "cause": dangerous}]),
        ui.trail_table([{"changes": [{"name": dangerous, "old": dangerous, "new": dangerous}]}], dangerous),
        ui.state_chip(dangerous, dangerous),
    ]

    assert not [part for part in parts if "<script>" in part]


@pytest.mark.requirement("WC-1.4.1")
@pytest.mark.parametrize(
    "kind", ["within", "action", "specification", "missing", "corrected", "na", "late", "verified"]
)
def test_a_flag_has_a_symbol_and_words(ui, kind):
    html = ui.limit_flag(kind, "Outside the limit")

    assert "<use href=" in html
    assert "Outside the limit" in html


@pytest.mark.requirement("WC-1.4.1")
def test_the_two_kinds_of_limit_have_different_symbols(ui):
    action, specification = (re.findall(r"#([\w-]+)", ui.limit_flag(kind, "")) for kind in ("action", "specification"))

    assert action
    assert specification
    assert action != specification


def test_every_symbol_that_the_parts_name_is_drawn(environment):
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (WEB / "static" / "icons.svg").read_text("utf-8")))
    parts, record = (environment.get_template(name).module for name in ("_parts.html", "_record.html"))
    named = {symbol for _, symbol in (parts.STATES | parts.FLAGS).values()} | set(record.DOTS.values())

    assert named <= drawn


@pytest.mark.requirement("WC-1.4.1")
def test_a_replaced_value_is_struck_through_and_says_so(ui):
    html = ui.value_history([{"kind": "replaced", "value": "979.6", "unit": "mg", "who": "Léa", "at": "14:15"}])

    assert re.search(r"<s\b[^>]*>979\.6", html)
    assert "replaced value" in html


def test_a_signature_that_covers_no_more_says_so_in_words(ui):
    signature = {"name": "Léa Martin", "role": "Trainee", "meaning": "PERFORMED", "at": "15:48", "zone": "CET"}

    covered = ui.signature_block(signature | {"covers": True})
    uncovered = ui.signature_block(signature | {"covers": False})

    assert "No longer covered" not in covered
    assert "No longer covered" in uncovered


def test_a_form_carries_its_protection_and_its_key(ui):
    html = ui.form_keys("one-key")

    assert 'name="csrf_token" value="token"' in html
    assert 'name="idempotency_key" value="one-key"' in html


def test_a_password_field_welcomes_managers_and_never_shows_what_was_typed(ui):
    html = ui.password({"name": "password", "label": "Password", "value": "secret words"})

    assert 'autocomplete="current-password"' in html
    assert "secret words" not in html


def test_a_step_that_is_locked_leads_nowhere(ui):
    steps = [
        {"number": 1, "title": "Weigh", "state": "done", "url": "/1"},
        {"number": 2, "title": "Conclude", "state": "locked", "url": "/2"},
    ]

    html = ui.step_list(steps)

    assert 'href="/1"' in html
    assert 'href="/2"' not in html
