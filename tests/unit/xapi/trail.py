"""Lines as the notebook and the assessment write them, told shortly, and statements as programs send them."""

import json
from uuid import uuid4

from app.audit.actions import Action
from app.audit.services import LINE_SCHEMA, Subject, note
from app.audit.tree import leaf_hash
from app.kernel import canonical, clock
from app.kernel.actors import Actor, Role
from xapi.derivation import Earlier, read_line
from xapi.statements import Hub

HUB = Hub("https://hub.example")
ORIGIN = "cahier.example/alpha"
RECORD = "0d2cd3cc-9f5b-4f6c-8a59-0d5b6ed0a111"
TRAINEE = "5f0c1f6e-7f0e-4a43-9a05-3a4f5b1f0001"
ASSESSOR = "5f0c1f6e-7f0e-4a43-9a05-3a4f5b1f0002"
CHECKER = "5f0c1f6e-7f0e-4a43-9a05-3a4f5b1f0003"
SIGNATURE = "ab" * 32
COMMON = {"record": "PIP-2026-0001", "exercise": "PIP-001", "version": 2, "performer": TRAINEE}


def line(action, *, actor=TRAINEE, subject=f"record:{RECORD}", index=7, time="2026-11-23T09:05:00.000Z", **after):
    """Return a line's bytes and the hexadecimal hash of its leaf, as the witness would have written it."""
    body = canonical.canonical_bytes(
        {
            "schema": LINE_SCHEMA,
            "log": ORIGIN,
            "index": index,
            "time": time,
            "actor": f"person:{actor}",
            "action": action.value,
            "subject": subject,
            "after": COMMON | after,
        }
    )
    return body, leaf_hash(body).hex()


def told(*before: tuple[bytes, str]) -> Earlier:
    """Return what gives lines, made by `line`, as those about the same record that stand before."""
    return lambda _: [found for found in (read_line(*each) for each in before) if found]


def write_line(storage, action, *, operator_id=None, actor=TRAINEE, record=RECORD, **after):
    """Write a line into a log the way an act does."""
    person = Actor(f"person:{actor}", {}, frozenset({Role.TRAINEE}), operator_id)
    with storage.transaction() as session:
        return note(session, action, Subject("record", record, operator_id), actor=person, after=COMMON | after)


def write_record(storage, *, operator_id=None, record=None):
    """Write the lines of a record from its issue to its approval; ten statements follow from them."""
    record = record or str(uuid4())
    written = [
        (Action.RECORD_ISSUED, ASSESSOR, {}),
        (Action.ENTRY_RECORDED, TRAINEE, {"first": True, "step": "prepare", "field": "temperature", "value": "21.5"}),
        (Action.ENTRY_RECORDED, TRAINEE, {"step": "weigh", "field": "mass", "out_of_limit": True, "exceptions": [1]}),
        (Action.ENTRY_CORRECTED, TRAINEE, {"step": "weigh", "field": "mass", "value": "5.0"}),
        (Action.STEP_COMPLETED, TRAINEE, {"step": "weigh"}),
        (Action.STEP_VERIFIED, CHECKER, {"step": "weigh", "signature": SIGNATURE}),
        (Action.RECORD_COMPLETED, TRAINEE, {"signature": SIGNATURE}),
        (Action.RECORD_REVIEWED, ASSESSOR, {"signature": SIGNATURE}),
        (Action.RECORD_APPROVED, ASSESSOR, approved()),
    ]
    for action, actor, after in written:
        write_line(storage, action, operator_id=operator_id, actor=actor, record=record, **after)
    return record


STATEMENTS_OF_A_RECORD = 10


def approved(decision="competent", **more):
    """Return what the line of an approval says."""
    score = {"achieved": 4, "possible": 6}
    facts = {"competency": "PIP-VER", "decision": decision, "score": score, "counts": True, "signature": SIGNATURE}
    facts["award"] = {"awards": decision == "competent"}
    return facts | more


def statement(**changes):
    """Return a statement as a program elsewhere would send it."""
    return {
        "id": str(uuid4()),
        "actor": {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": "4711"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced", "display": {"en": "experienced"}},
        "object": {"objectType": "Activity", "id": "https://lms.example/course/7"},
        "timestamp": "2026-11-23T10:00:00.000Z",
    } | changes


def as_bytes(value):
    """Return a value as JSON."""
    return json.dumps(value).encode()


def now_text():
    """Return the present time as the house writes it."""
    return clock.to_text(clock.now())
