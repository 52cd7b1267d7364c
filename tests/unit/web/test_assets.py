"""A browser keeps a static file for a year, and asks again as soon as its content is another."""

import pytest
from flask import Flask, url_for

from app.web.assets import install_assets


@pytest.fixture
def app(tmp_path):
    application = Flask("made-for-this-test", static_folder=str(tmp_path), static_url_path="/static")
    install_assets(application)
    return application


def address(app, name):
    with app.test_request_context():
        return url_for("static", filename=name)


def test_the_same_content_has_the_same_address(app, tmp_path):
    (tmp_path / "a.css").write_text("p {}")

    assert address(app, "a.css") == address(app, "a.css")
    assert address(app, "a.css").startswith("/static/a.css?v=")


def test_other_content_has_another_address(app, tmp_path):
    (tmp_path / "a.css").write_text("p {}")
    (tmp_path / "b.css").write_text("p { margin: 0 }")

    versions = {address(app, name).partition("?v=")[2] for name in ("a.css", "b.css")}

    assert len(versions) == 2


def test_a_file_that_is_not_there_gets_an_address_all_the_same(app):
    assert address(app, "nowhere.css") == "/static/nowhere.css"
