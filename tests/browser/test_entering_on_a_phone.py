"""An inspector scores an estate on a phone, in a real browser against a real server."""

import pytest

pytestmark = pytest.mark.browser


async def test_the_first_page_of_an_inspector_is_their_tasks(served, visit):
    page = await visit("inspector.xl")
    assert page.url == f"{served.base}/tasks"
