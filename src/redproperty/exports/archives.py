"""Several files as one: a ZIP archive that is the same bytes each time it is made."""

import io
from collections.abc import Mapping
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


def archive_of(files: Mapping[str, bytes], made_at: datetime) -> bytes:
    """Return the files by name as an archive; `made_at` is the only moment in it."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, raw in sorted(files.items()):
            entry = ZipInfo(name, made_at.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, raw)
    return content.getvalue()
