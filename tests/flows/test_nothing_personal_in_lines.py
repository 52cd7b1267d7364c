"""What every act writes into the trail names people by pseudonym, and quotes no text that a person wrote."""

import pytest
from sqlalchemy import select

from app.audit.models import CommittedText, Line
from app.identity.models import Person
from app.kernel.actors import Role

SHORTEST = 6
"""Shorter texts, such as a unit or a yes, stand in words of the trail by chance."""


@pytest.mark.requirement("GD-5(1)(c)", "CI-Q12")
def test_no_line_holds_a_name_a_login_an_address_or_a_text_of_a_person(populated):
    with populated.storage.reading() as session:
        lines = [body.decode() for body in session.scalars(select(Line.body))]
        people = session.scalars(select(Person)).all()
        written = [kept.text for kept in session.scalars(select(CommittedText))]
    personal = {value for person in people for value in (person.name, person.login, person.email) if value} - set(Role)
    texts = {text for text in written if text and len(text) >= SHORTEST}
    found = {text for text in personal | texts for line in lines if text in line}

    assert min(len(personal), len(texts), len(lines)) > 3
    assert found == set()
