"""What is attached to statements comes back byte for byte, to those who may see it."""

import json

import pytest

from tests.flows.lrs import Program, attach, attachment
from tests.unit.xapi.programs import within
from tests.unit.xapi.trail import statement
from xapi.rules.parts import join_parts, split_parts

CONTENTS = [b"\x00\xff\r\n--boundary\r\n\r\n", b"", bytes(range(256)) * 40 + b"\r\n"]


@pytest.fixture
def program(house):
    """A program that may do everything."""
    return Program.of(house)


def parts_of(answer):
    """Return the statements of an answer in parts, and what is attached, by digest."""
    assert answer.mimetype == "multipart/mixed"
    data, attached = split_parts(answer.content_type, answer.data)
    return json.loads(data), {item.digest: item.content for item in attached}


def by_digest(*contents):
    """Return contents by digest."""
    return {attach(content).digest: content for content in contents}


def test_contents_come_back_byte_for_byte(program):
    sent = statement(attachments=[attachment(content) for content in CONTENTS])

    assert program.post_mixed(sent, *CONTENTS).status_code == 200
    found, contents = parts_of(program.get(statementId=sent["id"], attachments="true"))
    assert found["attachments"] == sent["attachments"]
    assert contents == by_digest(*CONTENTS)


def test_a_page_brings_each_content_once(program):
    shared = [statement(attachments=[attachment(CONTENTS[0])]) for _ in range(2)]
    inner = statement(object=within(attachments=[attachment(CONTENTS[2])]))
    program.post_mixed([*shared, inner], CONTENTS[0], CONTENTS[2])
    page, contents = parts_of(program.get(attachments="true"))

    assert len(page["statements"]) == 3
    assert contents == by_digest(CONTENTS[0], CONTENTS[2])


def test_without_asking_there_are_statements_only(program):
    program.post_mixed(statement(attachments=[attachment(CONTENTS[0])]), CONTENTS[0])

    assert program.get().mimetype == "application/json"
    assert parts_of(program.get(attachments="true", format="ids"))[1] == by_digest(CONTENTS[0])


def test_a_put_brings_attachments_too(program):
    sent = statement(attachments=[attachment(CONTENTS[0])])
    under_its_id = {"method": "PUT", "query_string": {"statementId": sent["id"]}}
    kind, body = join_parts(json.dumps(sent).encode(), [("text/plain", attach(CONTENTS[0]))])
    whole = program.ask(path="/xapi/statements", data=body, content_type=kind, **under_its_id)
    alone = program.ask(path="/xapi/statements", data=json.dumps(sent), content_type="application/json", **under_its_id)

    assert (whole.status_code, alone.status_code) == (204, 400)
    assert parts_of(program.get(attachments="true"))[1] == by_digest(CONTENTS[0])


@pytest.mark.parametrize(
    ("named", "sent"),
    [
        ([attachment(b"a")], []),
        ([attachment(b"a")], [b"b"]),
        ([attachment(b"a")], [b"a", b"b"]),
        ([], [b"a"]),
    ],
)
def test_what_is_named_and_what_comes_must_agree(program, named, sent):
    value = statement(attachments=named)

    assert program.post_mixed(value, *sent).status_code == 400
    assert program.ids() == []


def test_an_attachment_that_stays_elsewhere_is_not_asked_for(program):
    value = statement(attachments=[attachment(b"a", fileUrl="https://a.example/f")])

    assert program.post(value).status_code == 200
    assert parts_of(program.get(attachments="true"))[1] == {}


def test_the_hub_sees_what_was_attached_for_an_operator(house, program):
    alpha = Program.of(house, name="alpha", operator="ALPHA")
    alpha.post_mixed(statement(attachments=[attachment(CONTENTS[0])]), CONTENTS[0])

    assert parts_of(program.get(attachments="true"))[1] == by_digest(CONTENTS[0])


@pytest.mark.requirement("XA-1")
def test_who_knows_a_digest_does_not_get_anothers_content(house):
    alpha, beta = (Program.of(house, name=code, operator=code) for code in ("ALPHA", "BETA"))
    alpha.post_mixed(statement(attachments=[attachment(CONTENTS[0])]), CONTENTS[0])
    beta.post(statement(attachments=[attachment(CONTENTS[0], fileUrl="https://a.example/f")]))

    assert parts_of(beta.get(attachments="true"))[1] == {}
    beta.post_mixed(statement(attachments=[attachment(CONTENTS[0])]), CONTENTS[0])
    assert parts_of(beta.get(attachments="true"))[1] == by_digest(CONTENTS[0])
