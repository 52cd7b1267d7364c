"""Bundles of a hub that has authorities: renewed time stamps, stamped revocation lists, and days without anybody."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.audit.models import Log
from app.audit.sealing import seal_due_logs, seal_log
from app.audit.signer import CheckpointSigner
from app.audit.timestamping import Authorities, anchor_due_logs, open_client
from app.evidence.queries.bundles import prove
from app.kernel import clock
from app.notebook.models import Record
from app.signatures.queries import published_lists
from app.signatures.services.ca import all_authorities
from app.signatures.services.revoking import publish_due_lists
from app.verifier import verify_bytes
from tests.attacks import seal, trust_of
from tests.benches import a_bench, furnish
from tests.tsa import running_authority
from tests.unit.verifier.writer import pack

SHORT = timedelta(days=40)


@pytest.fixture
def anchored(house, tmp_path):
    """A hub whose first authority ends in forty days; a concluded record, then two days without anybody, stamped by a
    second authority.
    """
    furnish(house, "trainee", "trainee2", "assessor")
    folder = tmp_path / "roots"
    folder.mkdir()
    with (
        running_authority(tmp_path / "one", SHORT) as one,
        running_authority(tmp_path / "two") as two,
        open_client() as client,
        clock.simulated(clock.now()) as simulation,
    ):
        for number, authority in enumerate((one, two)):
            (folder / f"{number}.pem").write_bytes(authority.root.read_bytes())

        def work(*addresses):
            publish_due_lists(house.storage, all_authorities(house.settings.keys))
            seal_due_logs(house.storage, CheckpointSigner(house.settings.keys), every=timedelta(0))
            anchor_due_logs(house.storage, client, Authorities(addresses, folder))

        bench = a_bench(house).enter("mass", "12,0").correct(1, "10,1", "Virgule").comment()
        work(one.address)
        simulation.advance(hours=1)
        bench.perform()
        seal(house)
        bench.review().conclude()
        work(one.address)
        for _ in range(3):
            simulation.advance(days=1)
            work(two.address)
        yield house, bench.record_id, [path.read_text() for path in sorted(folder.iterdir())]


def judged(anchored, days=0, drop=()):
    """Return what the verifier answers of the record, so many days from now, without some of the files."""
    house, record_id, roots = anchored
    with house.storage.reading() as session:
        logs = list(session.scalars(select(Log.id)))
    for log_id in logs:
        seal_log(house.storage, CheckpointSigner(house.settings.keys), log_id)
    with house.storage.reading() as session:
        record = session.get_one(Record, record_id)
        files = prove(session, record, clock.now(), house.files).files
        number = record.number
    kept = {path: data for path, data in files.items() if path not in drop}
    trust = trust_of(house) | {"timestamp_roots": roots, "tolerance_seconds": 86_400}
    report = verify_bytes(pack(kept, number), trust, at=datetime.now(UTC) + timedelta(days=days))
    assert report["exit"] != 2, report
    return {one["id"]: one for one in report["statements"]}, files


def ends_soon(token):
    """Say whether a token carries the certificate of the authority that ends first."""
    return b"Authority in one" in token


@pytest.mark.requirement("TSP-8", "PF-5", "PF-6")
def test_a_bundle_holds_the_token_that_renews_and_proves_after_the_first_certificate_ended(anchored):
    now, files = judged(anchored)
    later, _ = judged(anchored, 60)
    renewing = [path for path, data in files.items() if path.endswith(".tsr") and not ends_soon(data)]
    bare, _ = judged(anchored, 60, renewing)

    assert renewing
    assert [now[name]["answer"] for name in ("PF-5", "PF-6")] == ["PASS"] * 2
    assert [later[name]["answer"] for name in ("PF-5", "PF-6")] == ["PASS"] * 2
    assert [bare[name]["answer"] for name in ("PF-5", "PF-6")] == ["INDETERMINATE"] * 2


@pytest.mark.requirement("KM-6")
def test_the_time_stamp_over_a_revocation_list_is_in_the_bundle_and_shown(anchored):
    found, _ = judged(anchored)
    with anchored[0].storage.reading() as session:
        lists = published_lists(session)

    (told,) = [reason for reason in found["PF-8"]["reasons"] if reason["code"] == "lists-stamped"]
    assert found["PF-8"]["answer"] == "PASS"
    assert told["about"]["count"] == told["about"]["of"]
    assert {one.stamped_at is not None for one in lists} == {True}


@pytest.mark.requirement("PF-14")
def test_two_days_without_anybody_are_shown_in_the_bundle(anchored):
    found, files = judged(anchored)
    beats = [path for path, data in files.items() if b"audit:log:heartbeat" in data and path.endswith(".json")]
    middle = sorted(beats, key=lambda path: int(path.rpartition("/")[2].removesuffix(".json")))[1:-1]
    without, _ = judged(anchored, 0, [*middle, *(path.replace(".json", ".tlog-proof") for path in middle)])

    assert found["PF-14"]["answer"] == "PASS"
    assert len(beats) >= 2
    assert without["PF-14"]["answer"] == ("INDETERMINATE" if middle else "PASS")


@pytest.mark.requirement("PF-14")
def test_a_log_in_which_somebody_acts_every_day_has_nothing_to_show(house):
    furnish(house, "trainee", "trainee2", "assessor")
    bench = a_bench(house).enter("mass", "12,0").correct(1, "10,1", "Virgule").comment().perform()
    seal(house)
    bench.review().conclude()
    seal(house)

    assert judged((house, bench.record_id, []))[0]["PF-14"]["answer"] == "INDETERMINATE"
