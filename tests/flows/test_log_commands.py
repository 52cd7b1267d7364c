"""`cahier audit status`, `proof`, `tiles` and `witness`, as they are typed."""

import json
import re
import signal
import subprocess
import sys

import httpx
import pytest

from app.audit.models import HUB_LOG
from app.audit.notes import Ed25519Verifier, parse_verifier_key
from app.audit.proof_files import parse_proof_file, verify_proof_file
from app.audit.sealing import seal_log
from app.audit.signer import CheckpointSigner
from app.audit.tree import leaf_hash
from app.command import main
from app.installation.duties import open_duties
from app.installation.stopping import StopBell
from app.installation.working import work_once
from tests.installation import ORIGIN, open_installation
from tests.tsa import running_authority
from tests.witnesses import running_witness

HUB = f"{ORIGIN}/hub"
CAHIER = (sys.executable, "-c", "from app.command import main; main()")


@pytest.fixture
def run(house, monkeypatch, capsys):
    """Type a command and return its exit code and what it said."""
    monkeypatch.setenv("CAHIER_VAR", str(house.settings.var))
    monkeypatch.setenv("CAHIER_DATABASE_URL", house.settings.database_url)

    def type_in(*words):
        monkeypatch.setattr(sys, "argv", ["cahier", *words])
        with pytest.raises(SystemExit) as exit_:
            main()
        said = capsys.readouterr()
        return exit_.value.code or 0, said.out + said.err

    return type_in


@pytest.fixture
def key(house):
    """The key of the hub's log, which has a checkpoint."""
    signer = CheckpointSigner(house.settings.keys)
    seal_log(house.storage, signer, HUB_LOG)
    return signer.key(HUB)


@pytest.mark.requirement("TSP-5", "PF-11")
def test_what_is_pending_is_said_and_done_by_the_worker(house, run, key, tmp_path, monkeypatch):
    with running_authority(tmp_path / "tsa") as tsa, running_witness(tmp_path / "w", "w.example", [key]) as witness:
        policy = tmp_path / "policy"
        policy.write_text(f"log {key.to_text()}\n{witness.policy_line('W')}quorum W\n")
        chosen = {"timestamp_authorities": tsa.address, "witness_policy": str(policy)}
        for name, value in chosen.items():
            monkeypatch.setenv(f"CAHIER_{name.upper()}", value)
        before = run("audit", "status")
        opened = open_installation(house.settings.database_url, house.settings.var, **chosen)
        page_before = opened.signed_in("quality").get("/trail/verify").text
        opened.settings.timestamp_roots.mkdir()
        (opened.settings.timestamp_roots / "tsa.pem").write_bytes(tsa.root.read_bytes())
        with open_duties(opened.settings, opened.storage) as duties:
            failed = work_once(duties, StopBell())
        after, facts = run("audit", "status"), json.loads(run("audit", "status", "--json")[1])
        verified = run("audit", "verify", "--log", HUB)
        page_after = opened.signed_in("quality").get("/trail/verify").text
        opened.storage.close()

    assert failed == []
    assert before[0] == after[0] == verified[0] == 0
    assert "ANCHOR PENDING" in before[1]
    assert "cosigned by nobody yet: QUORUM PENDING" in before[1]
    assert "cosigned by W: quorum" in after[1]
    assert "ANCHOR PENDING" not in after[1]
    assert facts["logs"][0]["token"]["authority"] == tsa.address
    assert "cosigned by the quorum" in verified[1]
    assert "Ancrage en attente" not in page_before + page_after  # ALPHA's log has no checkpoint to anchor


def test_a_policy_that_cannot_be_read_is_said(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CAHIER_WITNESS_POLICY", str(tmp_path / "nowhere"))

    code, said = run("audit", "status")

    assert (code, "cannot be read" in said) == (1, True)


@pytest.mark.requirement("PF-1")
def test_a_proof_of_a_line_verifies_with_the_key_alone(run, key, tmp_path):
    path = tmp_path / "line.tlog-proof"

    code, _ = run("audit", "proof", f"{HUB}#2", "--to", str(path))

    proof = parse_proof_file(path.read_bytes())
    verify_proof_file(proof, leaf_hash(proof.extra or b""), HUB, [Ed25519Verifier(key)])
    assert code == 0
    assert (proof.index, json.loads(proof.extra or b"")["index"]) == (2, 2)


@pytest.mark.parametrize("what", ["cahier.test/hub#9999", "PIP-2026-0001", "nothing"])
def test_a_proof_of_what_is_not_there_is_refused(run, key, tmp_path, what):
    code, said = run("audit", "proof", what, "--to", str(tmp_path / "x"))

    assert (code, "there is no" in said) == (1, True)
    assert not (tmp_path / "x").exists()


@pytest.mark.requirement("PF-1")
def test_the_last_line_of_a_record_is_proven(populated, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("CAHIER_VAR", str(populated.settings.var))
    monkeypatch.setenv("CAHIER_DATABASE_URL", populated.settings.database_url)
    line = [line for line in populated.lines("ALPHA") if line["subject"].startswith("record:")][-1]
    for words in (("checkpoint",), ("proof", line["after"]["record"], "--to", str(tmp_path / "p"))):
        monkeypatch.setattr(sys, "argv", ["cahier", "audit", *words])
        with pytest.raises(SystemExit) as exit_:
            main()
        assert not exit_.value.code, capsys.readouterr()

    assert json.loads(parse_proof_file((tmp_path / "p").read_bytes()).extra or b"") == line


def test_logs_are_written_as_tiles(run, key, tmp_path):
    one = run("audit", "tiles", "--log", HUB, "--to", str(tmp_path / "one"))
    run("audit", "checkpoint")
    every = run("audit", "tiles", "--to", str(tmp_path / "all"))

    assert one[0] == every[0] == 0
    assert (tmp_path / "one" / "checkpoint").read_bytes() == (tmp_path / "all" / HUB / "checkpoint").read_bytes()


@pytest.mark.requirement("PF-11")
def test_a_witness_runs_without_an_installation_and_keeps_its_key(tmp_path, key):
    vkeys = []
    for _ in range(2):
        words = ["--listen", "127.0.0.1:0", "--state", str(tmp_path / "w"), "--name", "w.example"]
        process = subprocess.Popen(
            [*CAHIER, "audit", "witness", *words, "--log", key.to_text()], stdout=subprocess.PIPE, text=True
        )
        try:
            stdout = process.stdout
            assert stdout is not None
            stdout.readline()
            found = re.fullmatch(r"  witness NAME (\S+) (\S+)\n", stdout.readline())
            assert found is not None
            shown = httpx.get(f"{found[2]}/").text
            answer = httpx.post(f"{found[2]}/add-checkpoint", content=b"old\n\n")
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
        vkeys.append(parse_verifier_key(found[1]))

        assert shown == f"{found[1]}\n"
        assert answer.status_code == 400
    assert vkeys[0] == vkeys[1]
