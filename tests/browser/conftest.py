"""What browser tests share: a real server on the small district, and people at phones and desks.

    @pytest.mark.browser
    async def test_something(served, visit):
        page = await visit("inspector.xl")                     # a phone of 360 px, signed in
        await page.goto(f"/inspections/{served.inspections['open']}")
        desk = await visit("reviewer.xl", width=1280)          # another person, a browser of their own

`served` is a `serving.Server`: it can be killed and started again in the middle of a test, and `served.database` is the
SQLite file for looking at what was kept. `visit(login, width=, javascript=, lang=)` opens a new browser context every
time, so two visits share nothing but the server. A request to any other host, or an error in a page's script, fails the
test.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

import district
import inspecting
from redproperty.store.engine import engine_for, opened
from redproperty.store.schema import bind, migrate
from serving import Server

PHONE = 360
PATIENCE = 20_000  # milliseconds: what a busy machine may take; a test that holds never waits so long
expect.set_options(timeout=PATIENCE)
Visit = Callable[..., Awaitable[Page]]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Server]:
    """A server on the small district with the rounds of `inspecting.plan`; its clock starts at `district.NOW`."""
    place = tmp_path / "record.sqlite3"
    async with opened(engine_for(str(place))) as engine:
        bind(engine)
        await migrate(engine)
        await district.build()
        server = Server(place, await inspecting.plan())
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Debian's chromium."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        await running.close()


@pytest.fixture
async def visit(browser: Browser, served: Server) -> AsyncIterator[Visit]:
    """`await visit("reviewer.xl", width=1280)` is the first page of that person in a browser of their own."""
    wrong: list[str] = []

    async def enter(login: str, *, width: int = PHONE, javascript: bool = True, lang: str = "zh") -> Page:
        context = await browser.new_context(
            base_url=served.base,
            viewport={"width": width, "height": 780 if width == PHONE else 900},
            has_touch=width == PHONE,
            java_script_enabled=javascript,
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on(
            "request",
            lambda request: request.url.removeprefix("blob:").startswith(served.base) or wrong.append(request.url),
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto("/sign-in")
        await page.fill("[name=login]", login)
        await page.fill("[name=password]", district.PASSWORD)
        await page.click("main button")
        await page.wait_for_url(lambda url: "/sign-in" not in url)
        if lang != "zh":
            await page.goto(f"/language?to={lang}&back=/")
        return page

    yield enter
    assert not wrong
