"""A demo and a real record never mix, whoever opens them; the secret of the forms outlives a restart."""

import pytest

from redproperty.app import create_app
from redproperty.domain.texts import Refused
from redproperty.settings import Settings
from redproperty.store import notes

pytestmark = pytest.mark.both


@pytest.mark.parametrize(("kept", "opened", "said"), [("1", False, "演示数据库"), ("", True, "正式数据库")])
async def test_the_application_opens_only_what_it_is_told_to(record, settings, kept, opened, said):
    await notes.write(notes.DEMO, kept)
    app = create_app(Settings(database=settings.database, demo=opened))
    with pytest.raises(ExceptionGroup) as caught:
        async with app.lifespan():
            pytest.fail("it must not open")
    assert caught.group_contains(Refused, match=said)


async def test_a_note_is_written_once_and_replaced(record):
    for value in ("1", "2"):
        await notes.write("colour", value)
        assert await notes.read("colour") == value


async def test_the_secret_of_the_forms_is_made_once(record):
    first = await notes.form_secret()
    assert len(first) == 64
    assert await notes.form_secret() == first
