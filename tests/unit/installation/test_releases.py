"""The digest of the installed release can be computed by anybody who has its files, and running records it once."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from app import __version__
from app.audit.housekeeping import release_of
from app.installation.releases import installed_release, read_sources, record_installed_release


@pytest.mark.requirement("PF-13")
def test_the_digest_is_that_of_what_sha256sum_prints(tmp_path):
    package = tmp_path / "package"
    (package / "__pycache__").mkdir(parents=True)
    for name, text in (("b.py", "two"), ("a.html", "one"), ("__pycache__/b.py", "no"), ("data.sqlite", "no")):
        (package / name).write_text(text)
    printed = subprocess.run(
        ["sha256sum", "package/a.html", "package/b.py"], cwd=tmp_path, capture_output=True, check=True
    ).stdout

    release = release_of("1.0", read_sources(package))

    assert (release.digest, release.files) == (hashlib.sha256(printed).hexdigest(), 2)


@pytest.mark.requirement("PF-13")
def test_the_installed_release_is_recorded_once(house):
    release = installed_release()

    assert [record_installed_release(house.storage, release) for _ in range(2)] == [True, False]
    assert house.lines()[-1]["after"] == {"version": __version__, "digest": release.digest, "files": release.files}
    assert "app/installation/releases.py" in read_sources(Path("app").absolute())
