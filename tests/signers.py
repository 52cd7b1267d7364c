"""People of the test installation with a key to sign with, and the library to work from."""

from app.competencies.rules import parse_framework
from app.competencies.services import load_framework
from app.exercises.rules.parsing import parse_exercise
from app.exercises.services import load_exercise
from app.kernel.actors import Permission, system_actor
from app.signatures.models import Certificate
from app.signatures.rules import STATEMENT, Proofing
from app.signatures.services.accounts import accept_statement, prepare_key
from app.signatures.services.ca import open_authority
from app.signatures.services.certifying import confirm_identity
from config import secrets
from config.settings import CONFIG
from tests.installation import Installation, password_of

LOADER = system_actor("command", Permission.EXERCISE_LOAD)


def load_library(house: Installation, *codes: str) -> None:
    """Load the competency framework and these exercises of the library that ships."""
    framework = parse_framework((CONFIG / "competencies" / "framework.yaml").read_text("utf-8"), "framework.yaml")
    with house.acting() as session:
        load_framework(session, framework, actor=LOADER)
    for code in codes:
        exercise = parse_exercise((CONFIG / "exercises" / f"{code}.yaml").read_text("utf-8"), f"{code}.yaml")
        with house.acting() as session:
            load_exercise(session, exercise, actor=LOADER)


def give_key(house: Installation, *logins: str) -> None:
    """Let people accept the accountability statement and be confirmed, by which each gets a key that signs."""
    pepper = secrets.read_secret(house.settings.keys, "pepper")
    for login in logins:
        actor = house.actor(login)
        with house.storage.reading() as session:
            key = prepare_key(session, password_of(login), pepper, actor=actor)
        with house.acting() as session:
            accept_statement(session, key, STATEMENT, actor=actor)
        confirm(house, login)


def confirm(house: Installation, login: str, by: str | None = None) -> Certificate:
    """Let the administrator of a person's operator, or somebody else, confirm who the person is."""
    person = house.person(login)
    is_beta = house.actor(login).operator_id == house.operator_id("BETA")
    confirmer = house.actor(by or ("beta_administrator" if is_beta else "administrator"))
    authority = open_authority(house.settings.keys)
    with house.acting() as session:
        return confirm_identity(session, person.id, Proofing.KNOWN, actor=confirmer, authority=authority)
