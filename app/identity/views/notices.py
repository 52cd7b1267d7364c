"""The notice about a person's data: open to everybody, every version that was read, and in the way of whoever has not
read the present one.
"""

from collections.abc import Mapping
from typing import cast

from flask import Flask, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.forms import NoticeForm
from app.identity.rules.people import Notice
from app.identity.services.notices import read_notice
from app.identity.views.blueprint import blueprint
from app.kernel.errors import NotFound
from app.web.access import public, signed_in
from app.web.acting import acting
from app.web.addresses import local_path
from app.web.languages import page_language
from app.web.markdown import render_markdown
from app.web.visitors import current_actor, current_visitor, edge

_NOTICES = "cahier_notices"
_DUE = "notice_due"
OPEN_BEFORE_READING = {
    *("identity.show_notice", "identity.keep_notice", "identity.show_kept_notice", "identity.set_language"),
    *("identity.sign_out", "identity.lock", "identity.unlock", "identity.stay", "help", "static"),
    *("identity.open_own_tab", "identity.close_own_tab"),
}
"""What answers a person who has not read the notice yet: the notice, its languages, the way out."""


def leave_open(*endpoints: str) -> None:
    """Let doors of rooms above answer whoever has not read the notice yet."""
    OPEN_BEFORE_READING.update(endpoints)


def install_notices(app: Flask, notices: Mapping[str, Notice]) -> None:
    """Tell the room what people are told of their data, by language."""
    app.extensions[_NOTICES] = notices


def present_notices() -> Mapping[str, Notice]:
    """Return the present version of the notice, by language."""
    return cast(Mapping[str, Notice], current_app.extensions[_NOTICES])


def notice_shown(digest: str) -> Notice | None:
    """Return the present notice in the language in which it was shown; None for a digest of another version."""
    return next((notice for notice in present_notices().values() if notice.digest == digest), None)


def parts_of(notice: Notice) -> list[tuple[str, Markup]]:
    """Return a notice as a page shows it: its parts, each with its heading."""
    return [(head, render_markdown(text)) for head, text in notice.sections]


def ask_to_read(reading: Session, person_id: str) -> bool:
    """Say whether somebody who signs in has yet to read the present notice."""
    return not queries.has_read(reading, person_id, [notice.digest for notice in present_notices().values()])


def put_in_the_way() -> None:
    """Let this session see the notice before anything else; the mark stands in its own signed cookie."""
    session[_DUE] = True


@blueprint.before_app_request
def show_what_is_due() -> ResponseReturnValue | None:
    """Lead whoever has not read the present notice to it, until they have; tokens and strangers go their way."""
    if _DUE not in session or request.endpoint is None or request.endpoint in OPEN_BEFORE_READING:
        return None
    visitor = current_visitor()
    if visitor is None or visitor.through_token or visitor.locked:
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("identity.show_notice", next=wanted), 303)


@blueprint.get("/privacy/notice")
@public
def show_notice() -> ResponseReturnValue:
    """Show the present notice, in the reader's language or the one asked for."""
    notices = present_notices()
    asked = request.args.get("language", "")
    return _page(notices.get(asked) or notices[page_language()], NoticeForm(next=local_path(request.args.get("next"))))


@blueprint.get("/privacy/notice/<digest>")
@public
def show_kept_notice(digest: str) -> ResponseReturnValue:
    """Show the text behind a digest that a line names, whatever the notice says today."""
    with edge().storage.reading() as reading:
        found = notice_shown(digest) or queries.notice_read_before(reading, digest)
    if found is None:
        raise NotFound
    return _page(found, None)


@blueprint.post("/privacy/notice")
@signed_in
def keep_notice() -> ResponseReturnValue:
    """Keep that the notice was read, and let its reader go on."""
    form = NoticeForm()
    landing = local_path(form.next.data)
    read = notice_shown(form.notice.data or "")
    if not form.validate() or read is None:
        # Another version came while this one was being read: it is shown now.
        return redirect(url_for(".show_notice", next=landing), 303)
    with acting(landing) as writing:
        read_notice(writing, read, actor=current_actor())
    session.pop(_DUE, None)
    return redirect(landing, 303)


def _page(notice: Notice, form: NoticeForm | None) -> str:
    due = _DUE in session and current_visitor() is not None
    if form:
        form.notice.data = notice.digest
    return render_template(
        "identity/notice.html",
        told=notice,
        parts=parts_of(notice),
        form=form if due else None,
        present=form is not None,
        due=due,
    )
