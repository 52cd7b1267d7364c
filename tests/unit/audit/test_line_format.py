"""docs/line-format.md suffices to check a log: a verifier that was written from the page alone, and its examples.

Nothing of app.audit is used here to hash, digest or verify.
"""

import base64
import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import text

from tests.house import documents, tree

PAGE = Path("docs/line-format.md")
FIELDS = documents.column(PAGE, "The fields of a line", "field")
TABLES = {row["table"]: row for row in documents.table(PAGE, "The digest of a row")}
ALWAYS_OUT = {"log_id", "line_index", "row_version"}


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def commitment(words, salt):
    return hashlib.sha256(b"cahier.commitment.v1\0" + bytes.fromhex(salt) + words.encode()).hexdigest()


def leaf_of(body):
    return hashlib.sha256(b"\0" + body).digest()


def root_of(leaves):
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def named(table, title):
    return [name for name in TABLES[table][title].split(", ") if name]


def digest_of_row(table, row):
    """Digest a row as the database holds it."""
    out = ALWAYS_OUT | set(named(table, "outside the digest"))
    values = {name: value for name, value in row.items() if name not in out and value is not None}
    for name in values.keys() & set(named(table, "true or false")):
        values[name] = bool(values[name])
    return hashlib.sha256(b"cahier.row.v1\0" + canonical([table, values])).hexdigest()


def key_of(table, row):
    return "/".join(str(row[name]) for name in named(table, "key"))


def rows(storage, query):
    with storage.engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query)).mappings()]


def lines_of(storage):
    """Return the lines of all logs by their place, each judged by itself and by the one before it of its subject."""
    found = {}
    last: dict[tuple[int, str], tuple[int, str | None]] = {}
    for row in rows(storage, "SELECT line.*, origin FROM line JOIN log ON log.id = log_id ORDER BY log_id, line_index"):
        body = bytes(row["body"])
        line = json.loads(body)
        number, previous = last.get((row["log_id"], line["subject"]), (0, None))
        found[row["log_id"], row["line_index"]] = line
        last[row["log_id"], line["subject"]] = line["sequence"], leaf_of(body).hex()

        assert canonical(line) == body
        assert sorted(line) == sorted(FIELDS)
        assert (line["log"], line["index"]) == (row["origin"], row["line_index"])
        assert (line["sequence"], line["previous"]) == (number + 1, previous)
        assert leaf_of(body) == bytes(row["leaf_hash"])
    return found


def faults_of_state(storage, lines):
    """Return what the rows of the database are that the lines do not say they are."""
    items = Counter(item[0] for line in lines.values() for item in line["rows"])
    firsts = Counter(item[0] for line in lines.values() for item in line["rows"] if item[2] == 1)
    for table in TABLES:
        stored = rows(storage, f"SELECT * FROM {table}")
        for row in stored:
            said = [table, key_of(table, row), row["row_version"], digest_of_row(table, row)]
            if said not in lines[row["log_id"], row["line_index"]]["rows"]:
                yield f"{table} {said[1]} is altered"
        if len(stored) != firsts[table]:
            yield f"{table} has {len(stored)} rows, not {firsts[table]}"
        if sum(row["row_version"] for row in stored) != items[table]:
            yield f"{table} has a row in an earlier state"


@pytest.mark.requirement("PF-10")
def test_a_verifier_written_from_the_page_accepts_what_acts_left(house):
    lines = lines_of(house.storage)

    assert {line["action"] for line in lines.values()} >= {"identity:hub:found", "identity:person:activate"}
    assert list(faults_of_state(house.storage, lines)) == []


@pytest.mark.requirement("PF-10")
def test_a_verifier_written_from_the_page_names_what_was_altered(house):
    lines = lines_of(house.storage)
    victim = house.person("trainee").id
    with house.storage.engine.begin() as connection:
        connection.execute(text("UPDATE person SET language = 'de' WHERE id = :id"), {"id": victim})

    assert list(faults_of_state(house.storage, lines)) == [f"person {victim} is altered"]


def test_the_page_describes_every_evidenced_table():
    import app.schema  # noqa: F401  (all tables of the house)
    from app.audit.evidence import evidence_columns, evidenced_models

    models = evidenced_models()

    assert TABLES.keys() == models.keys()
    for table, model in models.items():
        digested = {column.name for column in evidence_columns(model)} | ALWAYS_OUT

        assert named(table, "key") == [column.name for column in model.__mapper__.primary_key]
        assert set(named(table, "outside the digest")) == set(model.__table__.columns.keys()) - digested


def test_the_examples_of_the_page_are_right():
    page = tree.text(PAGE)
    line, row = (block.lines[0].encode() for block in documents.blocks(PAGE) if block.language == "json")
    digest = hashlib.sha256(b"cahier.row.v1\0" + row).hexdigest()
    example = documents.table(PAGE, "Commitments")[0]
    root = root_of([leaf_of(b"one"), leaf_of(b"two"), leaf_of(line)])

    assert canonical(json.loads(line)) == line
    assert digest == json.loads(line)["rows"][0][3]
    assert f"has the digest `{digest}`" in page
    assert commitment(example["text"], example["salt"]) == example["commitment"]
    assert leaf_of(line).hex() in page
    assert root.hex() in page
    assert base64.b64encode(root).decode() in page


def test_the_checkpoint_of_the_page_is_signed_by_its_key():
    found = {block.lines[0]: block.lines for block in documents.blocks(PAGE) if block.lines[0].startswith("hub.")}
    note = found["hub.example/operator/demo"]
    name, _, encoded = next(line for line in found if "+" in line).split("+", 2)
    key = base64.b64decode(encoded)
    signed = base64.b64decode(note[-1].split(" ")[-1])
    message = "\n".join([*note[:3], ""]).encode()

    assert signed[:4] == hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signed[4:], message)
