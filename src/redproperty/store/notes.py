"""What the installation remembers of itself: whether it is a demo, and the secret that its forms are sealed with."""

import secrets

from redproperty.store.tables import Note

DEMO = "demo"
FORM_SECRET = "form_secret"  # noqa: S105 - the name of the note, not the secret


class MixedUp(RuntimeError):  # noqa: N818 - said to whoever starts the server
    """A demo database was opened as a real one, or the other way round."""


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
        MixedUp: a demo database is served as real, or a real one as a demo.
    """
    is_demo = await read(DEMO) == "1"
    if is_demo and not demo:
        raise MixedUp(
            "这是演示数据库，不能正式使用；请另建数据库。 "
            "This is a demo database: use `redproperty demo`, or name another."
        )
    if demo and not is_demo:
        raise MixedUp("这是正式数据库，不能当演示打开。 This is a real database: it is not opened as a demo.")
