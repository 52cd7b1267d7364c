"""Keys for what people write: a stolen copy without the key store holds no word; what was erased opens in no backup."""

import hashlib
import logging
from importlib import import_module

import pytest
from sqlalchemy import text

from app.audit.models import CommittedText
from app.audit.texts import destroy_doomed_keys, doomed_keys
from app.identity.models import Person
from app.installation.backing_up import back_up
from app.installation.checking import check_installation
from app.installation.duties import clear_away, destroy_keys
from app.installation.founding import FOUNDER
from app.installation.losses import SecretLost, check_nothing_lost
from app.kernel import canonical, clock
from app.notebook.models import Entry
from app.notebook.rules.words import EntryKind
from app.notebook.services.closing import abort_record
from app.notebook.services.files import FileShelf, Upload, attach_file
from app.notebook.services.keeping import clear_unnamed
from app.privacy.queries.reaching import reach_of
from app.privacy.rules.erasing import Share
from app.privacy.services.erasing import confirm_erasure
from app.privacy.services.sealing import seal_everything, sweep_bare
from app.storage.errors import KeyMissing
from app.storage.files import BARE, UNNAMED_SECONDS, files_at
from app.trail.queries import with_files
from app.web.models import Receipt
from app.web.receipts import answer_of, seal_answer
from migrations.triggers import fence_changes
from tests import exhibits
from tests.attacks import behind, judged, url_of
from tests.benches import a_bench, text_of
from tests.flows.copies import elsewhere_of, everything_in
from tests.flows.erasing import concluded, confirm, disable, erase, propose

PHOTO = exhibits.photo()
NO_ERASURE = import_module("migrations.versions.0014_data_keys").NO_ERASURE
SHORTEST = 8
"""Shorter texts stand in names of things by chance."""
GONE = "[effacé : sa clé a été détruite]"


def opened_texts(house):
    """Return what opens, by commitment."""
    with house.storage.reading() as session:
        return {one.commitment: one.text for one in session.query(CommittedText) if one.text is not None}


def words(house):
    """Return what people wrote and are called, without logins and words of the framework, which stand elsewhere too."""
    with house.storage.reading() as session:
        people = session.query(Person).all()
    elsewhere = {one.login for one in people} | {"Une balance"}
    written = {one for one in opened_texts(house).values() if len(one) >= SHORTEST}
    return (written | {one.name for one in people if one.name}) - elsewhere


def written(house):
    """Let people write, attach, order and sign; return who attached the photo."""
    concluded(house)
    bench, shelf = a_bench(house, "trainee2"), FileShelf(house.files)
    bench.act(attach_file, "weighing", Upload(PHOTO, "affichage.jpg", "Affichage de la balance"), shelf)
    return bench


@pytest.mark.requirement("GD-25-1", "P11.200(a)(3)", "CI-Q11")
def test_whoever_has_database_backup_and_files_but_no_key_store_reads_no_word(house, tmp_path):
    written(house)
    back_up(house.settings, tmp_path / "copies")
    texts = words(house)
    stolen = everything_in(house, tmp_path / "copies") + everything_in(house, house.settings.files)

    assert len(texts) > 5
    assert {one for one in texts if one.encode() in stolen} == set()
    assert PHOTO not in stolen
    assert hashlib.sha256(PHOTO).hexdigest().encode() not in stolen
    assert {kept.salt for kept in _kept(house)} & set(stolen.decode("latin-1").split("\n")) == set()


def _kept(house):
    with house.storage.reading() as session:
        return session.query(CommittedText).all()


@pytest.mark.requirement("GD-25-1", "GD-17(1),(3)", "A11-7.2")
def test_an_old_backup_opens_nothing_that_was_erased_and_everything_else(house, request, tmp_path):
    written(house)
    made = back_up(house.settings, tmp_path / "copies")
    before = opened_texts(house)
    with house.storage.reading() as session:
        gone = set(reach_of(session, house.person("trainee")).commitments(tuple(Share)))
    erase(house)
    old = elsewhere_of(house, made, request, tmp_path)
    after, verdict = opened_texts(old), judged(old)
    record = next(one.split(":")[1] for one in _subjects(old) if one.startswith("record:"))
    page = text_of(old.signed_in("assessor").get(f"/records/{record}"))
    old.storage.close()

    assert len(gone & before.keys()) > 5
    assert after == {one: words for one, words in before.items() if one not in gone}
    assert verdict.findings == ()
    assert files_at(old.settings).read(hashlib.sha256(PHOTO).hexdigest()) == PHOTO
    assert GONE in page


def _subjects(house):
    return sorted({line["subject"] for line in house.lines("ALPHA") if line["action"] == "assessment:record:approve"})


@pytest.mark.requirement("GD-25-1")
def test_a_file_that_was_erased_opens_in_no_backup_and_comes_back_only_when_given_again(house, request, tmp_path):
    bench = written(house)
    made = back_up(house.settings, tmp_path / "copies")
    digest = hashlib.sha256(PHOTO).hexdigest()
    with house.acting() as session:
        abort_record(session, bench.record_id, actor=house.actor("assessor"), reason="Il part.")
    erase(house, "trainee2")
    with clock.simulated(clock.now()) as simulation:
        simulation.advance(seconds=2 * UNNAMED_SECONDS)
        went = clear_unnamed(house.storage, house.files)
    old = elsewhere_of(house, made, request, tmp_path)
    faults = with_files(judged(old), old.storage, old.files).findings
    old.storage.close()

    assert went == [house.files.name_of(digest)]
    assert faults == ()
    with pytest.raises(Exception, match=digest):
        old.files.read(digest)
    assert house.files.put(PHOTO) == digest
    assert house.files.read(digest) == PHOTO


@pytest.mark.requirement("GD-25-1")
def test_a_key_store_that_fails_after_the_act_is_finished_by_the_worker(house, caplog):
    concluded(house)
    person = disable(house)
    propose(house, person)
    blocked = house.settings.vault / "lock"
    blocked.unlink()
    blocked.mkdir()
    with caplog.at_level(logging.CRITICAL):
        confirm(house, person)
    with house.storage.reading() as session:
        waiting = doomed_keys(session)
    told = next(one for one in check_installation(house.settings) if one.name == "key store")
    blocked.rmdir()
    destroy_keys(house.storage)
    with house.storage.reading() as session:
        left = doomed_keys(session)

    assert waiting > 5
    assert (told.is_well, f"{waiting} keys" in told.text) == (False, True)
    assert left == 0


@pytest.mark.requirement("GD-25-1")
def test_an_erasure_that_is_not_committed_destroys_nothing(house):
    concluded(house)
    person = disable(house)
    propose(house, person)
    before = opened_texts(house)

    with pytest.raises(ZeroDivisionError):
        _crash_before_the_commit(house, person)
    destroy_doomed_keys(house.storage)

    assert opened_texts(house) == before


def _crash_before_the_commit(house, person):
    with house.acting() as session:
        confirm_erasure(session, person, pepper=house.settings.pepper, actor=house.actor("administrator"))
        raise ZeroDivisionError


@pytest.mark.requirement("GD-25-1", "A11-4.8")
def test_texts_and_files_of_a_release_before_are_sealed_in_acts_of_their_own(house):
    written(house)
    before, was = opened_texts(house), house.all_lines()
    _unseal(house)
    digest = hashlib.sha256(PHOTO).hexdigest()
    readable = (opened_texts(house), house.files.read(digest), judged(house).findings)
    sealed = seal_everything(house.storage, house.files, "cahier.test", house.settings.pepper, actor=FOUNDER)
    sweep_bare(house.storage)
    again = seal_everything(house.storage, house.files, "cahier.test", house.settings.pepper, actor=FOUNDER)
    stolen = everything_in(house, house.settings.files)

    assert readable == (before, PHOTO, ())
    assert (sealed.texts, sealed.files, again.texts, again.files) == (len(before), 1, 0, 0)
    assert opened_texts(house) == before
    assert house.files.read(digest) == PHOTO
    assert judged(house).findings == ()
    assert [line["action"] for line in house.lines()[-2:]] == ["privacy:texts:seal"] * 2
    assert house.all_lines() == was + 2
    assert {one for one in words(house) if one.encode() in stolen} == set()
    assert PHOTO not in stolen


def _unseal(house):
    """Put texts and files as a release before kept them, behind the fences."""
    with house.storage.reading() as session:
        kept = [{"which": one.commitment, "words": one.text, "salt": one.salt} for one in session.query(CommittedText)]
    with behind(url_of(house)) as connection:
        change = "UPDATE committed_text SET text = :words, salt = :salt, sealed = NULL WHERE commitment = :which"
        connection.execute(text(change), kept)
        for fence in fence_changes(connection.dialect.name, "committed_text", "only_erased", NO_ERASURE):
            connection.execute(text(fence))
    digest = hashlib.sha256(PHOTO).hexdigest()
    bare = house.settings.files / BARE / digest[:2]
    bare.mkdir(parents=True)
    (bare / digest).write_bytes(PHOTO)
    house.files._path(house.files.name_of(digest)).unlink()


@pytest.mark.requirement("GD-25-1")
def test_answers_and_files_that_wait_are_sealed_and_their_keys_end_with_their_day(house):
    concluded(house)
    client = house.signed_in("trainee")
    made = client.act("/account/tokens", {"label": "Portable", "scopes": ["read"], "days": "30"})
    with house.storage.transaction() as session:
        receipt = Receipt(key="k", actor="person:x", answer='{"words":"Plateau essuyé"}', accepted_at=clock.now())
        seal_answer(session, receipt)
        session.add(receipt)
        shown, stored = answer_of(session, receipt), receipt.answer
    owner = next(one for one in house.storage.vault.owners() if one.startswith("receipts-"))
    with clock.simulated(clock.now()) as simulation:
        simulation.advance(hours=24 * 40)
        clear_away(house.storage)

    assert made.status_code in {200, 303}
    assert (shown, "Plateau" in stored) == ('{"words":"Plateau essuyé"}', False)
    assert owner not in set(house.storage.vault.owners())


@pytest.mark.requirement("GD-25-1", "KM-10")
def test_no_file_goes_while_the_key_store_is_lost_and_the_hub_says_so(house):
    written(house)
    house.settings.vault.rename(house.settings.vault.with_name("vault-lost"))
    with clock.simulated(clock.now()) as simulation:
        simulation.advance(seconds=2 * UNNAMED_SECONDS)
        with pytest.raises(KeyMissing):
            clear_unnamed(house.storage, house.files)

    assert len(list(house.files.names())) == 1
    with pytest.raises(SecretLost, match="key store"):
        check_nothing_lost(house.settings)
    assert "text-missing" in {finding.code.value for finding in judged(house).findings}


@pytest.mark.requirement("GD-25-1", "PF-12")
def test_a_sealed_text_put_in_the_place_of_another_opens_neither(house):
    concluded(house)
    kept = _kept(house)
    with behind(url_of(house)) as connection:
        change = "UPDATE committed_text SET sealed = :sealed WHERE commitment = :which"
        connection.execute(text(change), {"sealed": kept[0].sealed, "which": kept[1].commitment})
    found = [(one.code.value, one.key) for one in judged(house).findings]

    assert found in ([("text-altered", kept[1].commitment)], [("text-missing", kept[1].commitment)])


@pytest.mark.requirement("GD-25-1")
def test_the_commitment_of_a_file_says_nothing_of_it_to_who_lacks_the_key_store(house):
    bench = written(house)
    with house.storage.reading() as session:
        entry = session.query(Entry).filter(Entry.record_id == bench.record_id, Entry.kind == EntryKind.FILE).one()
        kept = session.get_one(CommittedText, entry.value)
        opening = (kept.text, kept.salt)

    assert canonical.commitment(*opening) == entry.value
    assert kept.sealed is not None
    assert not any(part.encode() in kept.sealed for part in opening)
