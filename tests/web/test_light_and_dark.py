"""Whoever reads chooses light or dark, or leaves it to the system; the choice is kept by the browser."""

import pytest


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_the_chosen_look_stays_and_is_marked(signed_in, look):
    client = await signed_in("auditor")
    answer = await client.get(f"/look?to={look}&back=/estates?q=%E9%9D%92")
    assert (answer.status_code, answer.headers["location"]) == (303, "/estates?q=%E9%9D%92")
    page = (await client.get("/estates?q=青")).text
    assert f'data-look="{look}"' in page
    assert f'<meta name="color-scheme" content="{look}">' in page
    assert f'<a href="/look?to={look}&amp;back=/estates%3Fq%3D%25E9%259D%2592" aria-current="true">' in page


@pytest.mark.parametrize("asked", ["", "sepia", 'dark"><script>'])
async def test_anything_else_is_as_the_system_is(signed_in, asked):
    client = await signed_in("auditor")
    await client.get("/look?to=dark")
    await client.get("/look", params={"to": asked})
    page = (await client.get("/estates")).text
    assert "data-look" not in page
    assert '<meta name="color-scheme" content="light dark">' in page


async def test_strangers_choose_too(signed_in):
    client = await signed_in("auditor")
    client.cookies.delete("sid")
    await client.get("/look?to=dark")
    assert 'data-look="dark"' in (await client.get("/sign-in")).text
