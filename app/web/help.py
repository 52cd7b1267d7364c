"""The page of help: one address, the same on every page, readable by everybody (WC-3.2.6, EN-12)."""

from flask import Flask, render_template

from app.web.access import public


def install_help(app: Flask) -> None:
    """Answer `/help`."""

    @app.get("/help", endpoint="help")
    @public
    def show_help() -> str:
        return render_template("help.html")
