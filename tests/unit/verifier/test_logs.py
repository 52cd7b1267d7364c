"""PF-1, PF-2, PF-11 and PF-14: what the verifier says of the logs, when they are whole and when they are not."""

import base64
import hashlib
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from tests.unit.verifier.authorities import NoteSigner
from tests.unit.verifier.changing import edited, flipped, hash_turned, path_of, rewritten, without
from tests.unit.verifier.merkle import consistency, inclusion, root_of
from tests.unit.verifier.writer import write

LINE_FIELDS = [
    "log", "index", "time", "clock", "actor", "role", "session", "action", "subject", "sequence", "previous", "before",
    "after", "reason", "rows", "release",
]  # fmt: skip
OTHERS = {str: "x", int: 999, dict: {"x": 1}, list: [["t", "k", 1, "00" * 32]], type(None): "x"}


def proof_turned(data):
    head, gap, note = data.partition(b"\n\n")
    return hash_turned(head).rstrip(b"\n") + gap + note


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize("field", LINE_FIELDS)
def test_a_line_changed_in_any_field_is_not_in_the_log(good, judge, field):
    def change(line):
        line[field] = OTHERS[type(line[field])]

    assert judge(rewritten(good, "lines/operator/4.json", change))["PF-1"] == "FAIL"


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize(
    ("path", "old", "new", "code"),
    [
        ("lines/operator/4.tlog-proof", b"index 4", b"index 5", "proof-of-another"),
        ("lines/operator/4.tlog-proof", b"\n13\n", b"\n12\n", "proof-of-another"),
        ("lines/operator/4.tlog-proof", b"@v1", b"@v2", "proof-of-inclusion"),
        ("lines/operator/4.tlog-proof", b"index", b"extra eA==\nindex", "proof-of-inclusion"),
        ("checkpoints/operator/13.txt", b"\n13\n", b"\n14\n", "checkpoint-elsewhere"),
        ("checkpoints/operator/13.txt", b"\n13\n", b"\n013\n", "checkpoint"),
        ("checkpoints/operator/13.txt", b"\n\n", b"\nmore\n\n", "checkpoint"),
        ("checkpoints/operator/13.txt", b"\xe2\x80\x94", b"-", "note"),
    ],
)
def test_a_proof_or_checkpoint_that_is_false_fails(good, judge, path, old, new, code):
    found = judge(edited(good, path, lambda data: data.replace(old, new)))

    assert found["PF-1"] == "FAIL"
    assert code in found["PF-1 codes"]


@pytest.mark.requirement("PF-1")
def test_a_path_with_another_hash_fails(good, judge):
    found = judge(edited(good, "lines/operator/4.tlog-proof", proof_turned))

    assert "proof-of-inclusion" in found["PF-1 codes"]


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize("place", [0, 3, 4, 12])
def test_swapped_proofs_fail(good, judge, place):
    other = (place + 1) % 13
    taken = good[f"evidence/lines/operator/{other}.tlog-proof"]

    assert judge(edited(good, f"lines/operator/{place}.tlog-proof", lambda _: taken))["PF-1"] == "FAIL"


@pytest.mark.requirement("PF-1")
def test_a_checkpoint_of_another_key_fails(house, good, judge):
    stranger = NoteSigner(house.operator.name)
    logs = [*house.trust()["logs"][:1], {"origin": stranger.name, "key": stranger.verifier, "from": 0, "to": None}]
    found = judge(good, logs=logs)

    assert found["PF-1"] == "FAIL"
    assert "checkpoint-unsigned" in found["PF-1 codes"]


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize(("first", "end", "answer"), [(0, 13, "FAIL"), (14, None, "FAIL"), (0, 14, "PASS")])
def test_a_key_signs_only_within_its_sizes(house, good, judge, first, end, answer):
    logs = [*house.trust()["logs"][:1], {**house.trust()["logs"][1], "from": first, "to": end}]

    assert judge(good, logs=logs)["PF-1"] == answer


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize("fragment", ["lines/operator/4.tlog-proof", "checkpoints/operator/13"])
def test_a_proof_that_is_missing_fails_where_it_is_required(good, judge, fragment):
    files = without(good, fragment)

    assert judge(files)["PF-1"] == "FAIL"
    assert judge(files, required=["PF-14"])["PF-1"] == "INDETERMINATE"


@pytest.mark.requirement("PF-1")
@pytest.mark.parametrize("member", ["operator", "origin"])
def test_a_log_of_somebody_else_fails(good, judge, member):
    def change(about):
        if member == "operator":
            about["operator"] = "other"
        else:
            about["log"]["hub"]["origin"] = "hub.example/other/hub"

    assert judge(rewritten(good, "bundle.json", change))["PF-1"] == "FAIL"


@pytest.mark.requirement("PF-2")
def test_a_forged_consistency_proof_fails(good, judge):
    found = judge(edited(good, path_of(good, "consistency/operator"), hash_turned))

    assert found["PF-2"] == "FAIL"
    assert "checkpoint-inconsistent" in found["PF-2 codes"]


@pytest.mark.requirement("PF-2")
def test_a_rewritten_log_is_seen_in_an_old_checkpoint(house, good, judge):
    other = write(house, line=lambda line: {**line, "role": "assessor"})
    old = path_of(good, "checkpoints/operator/2")
    files = {**good, f"evidence/{old}": other[f"evidence/{old}"]}

    assert judge(files)["PF-2"] == "FAIL"


@pytest.mark.requirement("PF-2")
def test_one_checkpoint_leaves_consistency_open(good, judge):
    files = without(without(good, "checkpoints/operator/2"), "consistency/")

    assert judge(files, required=["PF-1"])["PF-2"] == "INDETERMINATE"
    assert judge(files)["PF-2"] == "FAIL"


@pytest.mark.requirement("PF-2")
def test_a_consistency_proof_that_is_missing_fails_where_it_is_required(good, judge):
    files = without(good, "consistency/")

    assert judge(files, required=["PF-1"])["PF-2"] == "INDETERMINATE"
    assert judge(files)["PF-2"] == "FAIL"


@pytest.mark.requirement("PF-11")
def test_a_policy_that_is_not_met_is_missing_evidence(house, good, judge):
    other = NoteSigner("other.example", 4)
    policy = f"witness a {house.witness.verifier}\nwitness b {other.verifier}\ngroup g {{}} a b\nquorum g\n"

    assert judge(good, witness_policy=policy.format("any"))["PF-11"] == "PASS"
    assert judge(good, witness_policy=policy.format("1"))["PF-11"] == "PASS"
    assert judge(good, witness_policy=policy.format("all"))["PF-11"] == "FAIL"
    assert judge(good, witness_policy=policy.format("2"), required=["PF-1"])["PF-11"] == "INDETERMINATE"


@pytest.mark.requirement("PF-11")
def test_without_a_policy_nothing_is_said_of_witnesses(good, judge):
    assert judge(good, witness_policy=None, required=["PF-1"])["PF-11"] == "INDETERMINATE"
    assert judge(good, witness_policy="quorum none\n")["PF-11"] == "PASS"


@pytest.mark.requirement("PF-11")
def test_a_false_cosignature_fails(good, judge):
    found = judge(edited(good, "checkpoints/hub/6.txt", hash_of_last_signature_turned), required=["PF-1"])

    assert found["PF-11"] == "FAIL"


def hash_of_last_signature_turned(data):
    head, _, value = data.decode().rstrip("\n").rpartition(" ")
    return f"{head} ".encode() + hash_turned(f"{value}\n".encode())


@pytest.mark.requirement("PF-11")
def test_a_policy_about_other_logs_fails(house, good, judge):
    other = NoteSigner("elsewhere.example")

    assert judge(good, witness_policy=f"log {other.verifier}\nquorum none\n")["PF-11"] == "FAIL"


@pytest.mark.requirement("PF-14")
def test_a_line_of_a_person_between_heartbeats_fails(house, judge):
    def early(line):
        is_first = line["log"].endswith("demo") and line["index"] == 0
        return {**line, "action": "audit:log:heartbeat", "subject": "log:x", "after": {}} if is_first else line

    assert judge(write(house, line=early), required=["PF-1"])["PF-14"] == "FAIL"


@pytest.mark.requirement("PF-14")
@pytest.mark.parametrize("change", [{"actor": "person:performer"}, {"reason": "00" * 32}])
def test_a_persons_act_dressed_as_housekeeping_fails(house, judge, change):
    def dressed(line):
        return {**line, **change} if line["action"] == "audit:log:heartbeat" else line

    assert judge(write(house, line=dressed), required=["PF-1"])["PF-14"] == "FAIL"


@pytest.mark.requirement("PF-14")
def test_without_two_heartbeats_inactivity_is_open(good, judge):
    assert judge(without(good, "lines/operator/12."), required=["PF-2"])["PF-14"] == "INDETERMINATE"


@pytest.mark.requirement("PF-1", "PF-2")
def test_tree_proofs_of_all_small_sizes_hold_and_no_other():
    from app.verifier.parts.faults import Malformed
    from app.verifier.parts.tree import is_consistent, leaf_hash, root_of_inclusion

    leaves = [leaf_hash(bytes([place])) for place in range(33)]
    for size in range(1, 34):
        root = root_of(leaves[:size])
        for index in range(size):
            path = inclusion(index, leaves[:size])
            assert root_of_inclusion(leaves[index], index, size, path) == root
            with pytest.raises(Malformed):
                root_of_inclusion(leaves[index], index, size, [*path, root])
            if size > 1:
                wrong = [flipped(path[0], 0), *path[1:]]
                assert root_of_inclusion(leaves[index], index, size, wrong) != root
        for old in range(1, size + 1):
            heads = (old, root_of(leaves[:old])), (size, root)
            path = consistency(old, leaves[:size])
            assert is_consistent(*heads, path)
            assert not is_consistent(*heads, [*path, root])
            assert not is_consistent((old, flipped(heads[0][1], 0)), heads[1], path)


@pytest.mark.requirement("PF-11", "KM-3")
def test_a_witness_may_cosign_with_ml_dsa(good, judge):
    key = MLDSA44PrivateKey.generate()
    material = b"\x06" + key.public_key().public_bytes_raw()
    identity = hashlib.sha256(b"pq.example\n" + material).digest()[:4]
    vkey = f"pq.example+{identity.hex()}+{base64.b64encode(material).decode()}"

    def add(line, data):
        return data + line

    def cosigned(files, size_given=0):
        for log, origin in (("hub", b"hub.example/hub"), ("operator", b"hub.example/operator/demo")):
            path = path_of(files, f"checkpoints/{log}/", -1 if log == "hub" else 0)
            size, root = files[f"evidence/{path}"].decode().split("\n")[1:3]
            end = (size_given or int(size)).to_bytes(8, "big")
            message = b"subtree/v1\n\x00\x0apq.example" + bytes(8) + bytes([len(origin)]) + origin + bytes(8) + end
            signature = base64.b64encode(identity + bytes(8) + key.sign(message + base64.b64decode(root))).decode()
            line = f"— pq.example {signature}\n".encode()
            files = edited(files, path, partial(add, line))
        return files

    policy = f"witness pq {vkey}\nquorum pq\n"
    assert judge(cosigned(good), witness_policy=policy)["PF-11"] == "PASS"
    assert judge(cosigned(good, 99), witness_policy=policy)["PF-11"] == "FAIL"
    assert judge(good, witness_policy=policy, required=["PF-1"])["PF-11"] == "INDETERMINATE"
