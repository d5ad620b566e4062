"""The name under which a browser keeps a file, in Chinese and for those that know only ASCII."""

import re
from urllib.parse import quote

_UNSAFE = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|]+')


def attachment(name: str, extension: str) -> str:
    """Return the value of a Content-Disposition header (RFC 6266), itself plain ASCII."""
    safe = _UNSAFE.sub("_", name).strip(" .") or "export"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", safe).strip("-._") or "export"
    encoded = quote(f"{safe}.{extension}", safe="")
    return f"attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{encoded}"
