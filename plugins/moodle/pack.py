"""Packs the plug-in for Moodle: `python -m plugins.moodle.pack FILE`. The same files give the same bytes."""

import sys
import zipfile
from pathlib import Path

SOURCE = Path(__file__).with_name("local_cahier")
FOLDER = "cahier"
"""Moodle unpacks into its folder local/, and takes the name of the folder for the plug-in's."""

_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def pack(target: Path) -> Path:
    """Write the zip that Moodle's page "Install plugins" takes; times and order say nothing of when and where."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as packed:
        for path in sorted(path for path in SOURCE.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{FOLDER}/{path.relative_to(SOURCE).as_posix()}", _TIME)
            entry.external_attr, entry.create_system = _MODE, 3
            packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{pack(Path(sys.argv[1]))}\n")
