"""What the installation remembers of itself: whether it is a demo, and the secret that its forms are sealed with."""

import secrets

from redproperty.domain.texts import Refused, Text
from redproperty.store.tables import Note

IS_DEMO = Text(
    "这是演示数据库，不能正式使用：演示用 redproperty demo，正式使用请另建数据库（REDPROPERTY_DATABASE）。",
    "This is a demo database: for the demo there is `redproperty demo`; for the real record name another "
    "(REDPROPERTY_DATABASE).",
)
IS_REAL = Text(
    "这是正式数据库，不能当演示打开：用 --database 另指一个文件。",
    "This is a real database and is not opened as a demo: name another file with --database.",
)
DEMO = "demo"
FORM_SECRET = "form_secret"  # noqa: S105 - the name of the note, not the secret


async def read(key: str) -> str | None:
    """Return the note under `key`, if any."""
    row = await Note.select(Note.value).where(Note.key == key).first()
    return row["value"] if row else None


async def write(key: str, value: str) -> None:
    """Write or replace the note under `key`."""
    await Note.insert(Note(key=key, value=value)).on_conflict(target=Note.key, action="DO UPDATE", values=[Note.value])


async def form_secret() -> str:
    """Return the secret of this installation's forms, made once."""
    secret = await read(FORM_SECRET)
    if secret is None:
        await write(FORM_SECRET, secrets.token_hex(32))
        secret = await read(FORM_SECRET)
    assert secret is not None  # noqa: S101
    return secret


async def refuse_mixing(*, demo: bool) -> None:
    """Pass when the database is what the settings say it is.

    Raises:
        Refused: a demo database is served as real, or a real one as a demo.
    """
    is_demo = await read(DEMO) == "1"
    if is_demo and not demo:
        raise Refused(IS_DEMO)
    if demo and not is_demo:
        raise Refused(IS_REAL)
