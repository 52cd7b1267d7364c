"""The archive: a ZIP with one root folder, the same bytes for the same files."""

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

MEDIA_TYPE = "application/vnd.eln+zip"
ENDING = ".eln"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_UNIX, _FILE_MODE = 3, 0o100644 << 16


def write_archive(root: str, files: Mapping[str, bytes], moment: datetime) -> bytes:
    """Return a ZIP of files under one root folder, in the order of their names, all dated at one moment in UTC."""
    at = moment.astimezone(UTC).timetuple()[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(f"{root}/{name}", max(at, _EARLIEST))
            member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _FILE_MODE
            archive.writestr(member, files[name])
    return buffer.getvalue()
