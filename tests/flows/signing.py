"""What the stories of signing share: giving a key, opening and using it, reading what a page shows."""

import re

from flask import Blueprint, jsonify, request
from sqlalchemy import select, text

from app.audit.actions import Action
from app.audit.services import note
from app.identity.services.people import person_subject
from app.identity.views.proving import read_proof
from app.signatures.models import SigningKey
from app.signatures.queries import block_of
from app.signatures.rules import STATEMENT, Meaning, Signable
from app.signatures.services.accounts import accept_statement, prepare_key
from app.signatures.services.keys import open_key
from app.signatures.services.opening import open_own_key, open_second_person
from app.signatures.services.signing import sign
from app.web.access import signed_in
from app.web.visitors import current_actor
from config.secrets import PEPPER, read_secret
from tests.installation import password_of
from tests.signers import confirm

NEW_PASSWORD = "tout autre chose, quatre mots"
ZONE = "Europe/Brussels"
GUARDED = ("certificate", "passkey_signature", "revocation_list", "signature", "signing_key", "used_name")


def pepper_of(house):
    """Return the installation's pepper."""
    return read_secret(house.settings.keys, PEPPER)


def add_trial_pages(app):
    """Add two addresses that sign nothing, but open keys as every signing page does."""
    pages = Blueprint("trial", __name__)

    @pages.post("/trial")
    @signed_in
    def own():
        key = open_own_key(request.form["password"], request.form.get("login", ""), read_proof(request.form))
        return jsonify(person=key.person_id, factors=key.factors)

    @pages.post("/trial/second")
    @signed_in
    def second():
        login, password = request.form["login"], request.form["password"]
        actor, key, person = open_second_person(login, password, read_proof(request.form))
        return jsonify(
            person=person.id,
            key=key.person_id,
            operator=actor.operator_id,
            host=current_actor().person_id,
        )

    app.register_blueprint(pages)


def make_key(house, login):
    """Let a person accept the statement, as its page does: their key waits then."""
    actor = house.actor(login)
    with house.storage.reading() as session:
        prepared = prepare_key(session, password_of(login), pepper_of(house), actor=actor)
    with house.acting() as session:
        accept_statement(session, prepared, STATEMENT, actor=actor)


def give_key(house, login):
    """Let a person accept the statement and be confirmed."""
    make_key(house, login)
    confirm(house, login)


def opened(house, login, password=None):
    """Open a person's key."""
    with house.storage.reading() as session:
        return open_key(session, house.person(login).id, password or password_of(login), pepper_of(house))


def keys_of(house, login):
    """Return a person's keys, oldest first."""
    with house.storage.reading() as session:
        query = select(SigningKey).where(SigningKey.person_id == house.person(login).id)
        return session.scalars(query.order_by(SigningKey.made_at)).all()


def sign_something(house, login, key=None, *, shown="d" * 64):
    """Sign a thing of no room, as part of an act, and return the signature."""
    actor = house.actor(login)
    thing = Signable("thing:1", house.operator_id("ALPHA"), "d" * 64)
    with house.acting() as session:
        key = key or opened(house, login)
        signature = sign(session, thing, Meaning.PERFORMED, key, actor=actor, shown_digest=shown, zone=ZONE)
        note(session, Action.STATEMENT_ACCEPTED, person_subject(house.person(login).id), actor=actor)
    return signature


def tamper(house, statement):
    """Change a stored value with SQL, behind the application's back and past its triggers."""
    with house.storage.engine.begin() as connection:
        if house.storage.is_sqlite:
            for name in ("signature_no_update", "signing_key_no_delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        else:
            connection.execute(text("ALTER TABLE signature DISABLE TRIGGER ALL"))
        connection.execute(text(statement))


def found_in(pattern, page):
    """Return what a page has of a pattern, which must be there."""
    found = re.search(pattern, page.text, re.DOTALL)
    assert found is not None, f"no {pattern} in the page"
    return found


def shown_in(page):
    """Return the digest of the statement that a page carries."""
    return found_in(r'name="shown"[^>]*value="([^"]+)"', page).group(1)


def accept(client, password, **more):
    """Send the form that accepts the statement."""
    shown = shown_in(client.get("/account/statement"))
    return client.act("/account/statement", {"password": password, "shown": shown, **more})


def confirm_here(client, login, password):
    """Send the form with which somebody else confirms, at this tablet, who its person is."""
    fields = {"how": "identity-document", "login": login, "confirming_password": password}
    return client.act("/account/identity", fields)


def standing_now(house, signature):
    """Return where a signature stands now."""
    with house.storage.reading() as session:
        return block_of(session, signature, lambda *_: signature.subject_digest).standing


def tamper_freely(house, statement):
    """Change stored values with SQL after every trigger is gone and no reference is checked."""
    with house.storage.engine.begin() as connection:
        if house.storage.is_sqlite:
            for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            connection.execute(text("PRAGMA foreign_keys = OFF"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
            for table in GUARDED:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        connection.execute(text(statement))
