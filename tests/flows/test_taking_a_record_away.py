"""Taking a record away: ordered in the browser, made by the worker, fetched by whoever ordered it; or by command."""

import json

import pytest
from click.testing import CliRunner

from app.command import cahier
from app.evidence.models import ExportOrder
from app.evidence.services.handing_out import KEPT, forget_old_orders, take_order
from app.evidence.views import Press, carry_out_order
from app.evidence.views.working import WORKER
from app.kernel import clock
from tests.benches import a_bench, furnish, text_of
from tests.unit.evidence.conftest import conclude, unpacked


@pytest.fixture
def bench(house):
    """A record on which somebody has begun to work."""
    furnish(house, "trainee")
    return a_bench(house).enter("mass", "10,0")


def work(house):
    """Let the worker carry out one order."""
    press = Press(house.settings.keys, house.settings.public_url, house.files)
    return carry_out_order(lambda: house.app, house.storage, press)


@pytest.mark.requirement("P11.10(b)", "DI-Q17")
@pytest.mark.parametrize(("form", "ending", "first"), [("paper", ".pdf", b"%PDF"), ("bundle", ".eln", b"PK")])
def test_what_was_ordered_is_made_by_the_worker_and_fetched(house, bench, form, ending, first):
    client = house.signed_in("trainee")
    landing = client.act(f"{bench.path}/export/{form}").location
    waiting = client.get(landing)
    too_early = client.get(f"{landing}/file")
    worked = work(house)
    ready = client.get(landing)
    file = client.get(f"{landing}/file")

    assert (waiting.status_code, too_early.status_code, worked) == (200, 404, True)
    assert 'hx-trigger="every 1s"' in waiting.text
    assert 'hx-trigger="every 1s"' not in ready.text
    assert file.data.startswith(first)
    assert file.headers["Content-Disposition"] == f'attachment; filename="{bench.record.number}{ending}"'


@pytest.mark.requirement("P11.10(e)-1", "GD-15")
def test_taking_away_is_one_line_that_the_bundle_holds(house, bench):
    client = house.signed_in("assessor")
    before = house.all_lines()
    landing = client.act(f"{bench.path}/export/bundle").location
    work(house)
    line = house.lines("ALPHA")[-1]
    files = unpacked(client.get(f"{landing}/file").data)

    assert house.all_lines() == before + 1
    assert (line["action"], line["after"]["form"], line["role"]) == ("evidence:record:export", "bundle", "assessor")
    assert json.loads(files[f"evidence/lines/operator/{line['index']}.json"]) == line


@pytest.mark.requirement("AS-8.4.1")
def test_nobody_fetches_what_somebody_else_ordered(house, bench):
    landing = house.signed_in("assessor").act(f"{bench.path}/export/paper").location
    work(house)
    stranger = house.signed_in("beta_assessor")

    for client in (house.signed_in("trainee"), stranger):
        assert client.get(landing).status_code == 404
        assert client.get(f"{landing}/file").status_code == 404
    assert stranger.act(f"{bench.path}/export/paper").status_code == 404


def test_a_form_sent_twice_orders_once(house, bench):
    client = house.signed_in("trainee")
    answers = [client.act(f"{bench.path}/export/paper", {"idempotency_key": "k" * 32}) for _ in range(2)]
    with house.storage.reading() as session:
        orders = session.query(ExportOrder).count()

    assert answers[0].location == answers[1].location
    assert orders == 1


def test_the_pages_of_the_record_offer_both_forms(house, bench):
    page = house.signed_in("trainee").get(bench.path)

    assert f"{bench.path}/export/paper" in page.text
    assert f"{bench.path}/export/bundle" in page.text


def test_what_a_killed_worker_left_is_taken_up_again_after_its_lease(house, bench):
    house.signed_in("trainee").act(f"{bench.path}/export/paper")
    with clock.simulated(clock.now()) as time:
        with house.acting() as session:
            first = take_order(session)
        with house.acting() as session:
            meanwhile = take_order(session)
        time.advance(minutes=6)
        with house.acting() as session:
            again = take_order(session)

    assert meanwhile is None
    assert first is not None
    assert again is not None
    assert first.id == again.id


def test_an_order_that_cannot_be_made_says_so(house, bench, tmp_path):
    client = house.signed_in("trainee")
    landing = client.act(f"{bench.path}/export/paper").location
    work(house)
    failing = client.act(f"{bench.path}/export/paper").location
    gone = Press(tmp_path / "nothing", house.settings.public_url, house.files)

    with pytest.raises(RuntimeError):  # a log that was sealed before, and whose key is gone
        carry_out_order(lambda: house.app, house.storage, gone)

    assert landing != failing
    assert "n'a pas" in text_of(client.get(failing)) or "échoué" in text_of(client.get(failing))
    assert not work(house)


@pytest.mark.requirement("GD-15")
def test_files_of_yesterday_are_gone(house, bench):
    client = house.signed_in("trainee")
    landing = client.act(f"{bench.path}/export/paper").location
    work(house)
    with clock.simulated(clock.now() + KEPT) as time:
        time.advance(seconds=1)
        with house.acting() as session:
            forget_old_orders(session)

    assert client.get(landing).status_code == 404


def test_the_worker_reads_and_may_do_nothing_else():
    assert {permission.value for permission in WORKER.grants} == {"record.read", "trail.read", "trail.verify"}


@pytest.fixture
def run(house):
    """Type a command in this installation and return what came of it."""
    environment = {
        "CAHIER_VAR": str(house.settings.var),
        "CAHIER_DATABASE_URL": house.settings.database_url,
        "CAHIER_ORIGIN": house.settings.origin,
    }

    def type_in(*words):
        return CliRunner().invoke(cahier, [str(word) for word in words], env=environment, catch_exceptions=False)

    return type_in


@pytest.mark.requirement("P11.10(b)", "KM-13")
def test_the_command_writes_bundle_paper_and_trust(house, run, tmp_path):
    number = conclude(house).record.number
    before = house.all_lines()
    done = run("record", "export", number, "--to", tmp_path / "out", "--json")
    facts = json.loads(done.stdout)
    trust = json.loads((tmp_path / "out" / "trust.json").read_text())

    assert done.exit_code == 0
    assert house.all_lines() == before + 1
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{number}.eln", f"{number}.pdf", "trust.json"}
    assert facts["records"][0]["number"] == number
    assert {log["origin"] for log in trust["logs"]} == {"cahier.test/hub", "cahier.test/operator/alpha"}
    assert {"PF-1", "PF-3", "PF-9", "PF-10"} <= set(trust["required"])


def test_the_command_refuses_what_is_not_there_and_what_is_no_demonstration(bench, run, tmp_path):
    unknown = run("record", "export", "TST-1999-0001", "--to", tmp_path)
    everything = run("record", "export", "--all-demo", "--to", tmp_path)
    nothing = run("record", "export", "--to", tmp_path)

    assert (unknown.exit_code, everything.exit_code, nothing.exit_code) == (1, 1, 2)
    assert not any(tmp_path.glob("*.eln"))


@pytest.mark.requirement("KM-13")
def test_the_trust_file_alone_can_be_written(house, run, tmp_path):
    path = tmp_path / "trust.json"
    done = run("trust", "export", "--to", path)

    assert done.exit_code == 0
    assert json.loads(path.read_text())["schema"] == "cahier.trust.v1"


def test_anybody_learns_how_to_verify_and_sees_only_what_the_code_said(house):
    client = house.client()
    digest = "ab" * 32
    page = text_of(client.get(f"/verify?record=TST-2026-0001&digest={digest}"))
    odd = text_of(client.get("/verify?record=<b>x&digest=nothing"))

    assert "TST-2026-0001" in page
    assert digest in page
    assert "nothing" not in odd
    assert "<b>" not in odd
