"""Every page of the demo, as every post finds it from its first page: readable at 360 and 1280 px, sound, accessible.

What axe asks of contrast holds in the dark, too, on every fifth kind of page; and nothing is cut off for those who set
their browser's type twice as large.

The walk starts where a person lands after signing in and follows every link; of addresses that differ only in whom
they are about (an estate, a period) it looks at the first two.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, async_playwright

from redproperty.demo.accounts import PASSWORD, introduced

pytestmark = pytest.mark.browser
SOURCE = Path(__file__).parents[2] / "src"
PHONE, DESK = 360, 1280
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
FILES = re.compile(r"\.(xlsx|csv|json|zip|jpg)$|/original$|^/(language|look|static)")
ABOUT = re.compile(
    r"(?<=/manual)/\w+(?:/\w+)?$|(?<=/people)/(?!new$)[\w.]+$"
    r"|/(\d{4}Q\d|\d{4}-\d\d-\d\d|[A-Z]{2,}-[\w-]+|\d+|[\w.]*\d[\w.]*)(?=/|$)"
)
HREF = re.compile(r'<a [^>]*href="(/[^"]*)"')
LOOKS = 2  # pages of one kind that are looked at
SERIOUS = {"serious", "critical"}
DARK = 5  # of so many kinds of pages one is looked at in the dark
ENOUGH = 2  # pages of one kind that are looked at for all posts together; of the others the address and links count
SEEN = Counter[str]()
EXAMINED: set[str] = set()  # kinds of pages that axe has seen, whoever asked: it takes half a second each

_UNSEEN = """() => {
  const kinds = new Set();  // one of each: every focus costs a style of the whole page
  const shows = (one) => one && getComputedStyle(one).outlineStyle !== 'none';
  return [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter(e => e.checkVisibility() && !kinds.has(e.tagName + e.className) && kinds.add(e.tagName + e.className))
    .filter(e => { e.focus({preventScroll: true}); return document.activeElement === e
      && ![e, e.nextElementSibling, e.closest('label')].some(shows); })
    .map(e => e.outerHTML.slice(0, 90));
}"""  # what has the focus and does not show it
_OVERFLOW = "document.scrollingElement.scrollWidth - window.innerWidth"
_CONTRAST = "async () => (await axe.run({runOnly: ['color-contrast'], resultTypes: ['violations']})).violations"
_LOOK = """() => ({
  overflow: document.scrollingElement.scrollWidth - window.innerWidth,
  headings: document.querySelectorAll('h1').length,
  twice: [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i),
  small: [...document.querySelectorAll('main .button, main button:not(.link):not(.sr), main input:not([type=checkbox]):not([type=radio]):not([type=hidden]), main select')]
    .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 90)),
  tight: [...document.querySelectorAll('main *')].filter(e => e.checkVisibility() && !e.closest('svg, .thumb')
    && [...e.childNodes].some(one => one.nodeType === 3 && one.data.trim())
    && parseFloat(getComputedStyle(e).lineHeight) < 1.29 * parseFloat(getComputedStyle(e).fontSize)).map(e => e.outerHTML.slice(0, 90)),
  links: [...document.querySelectorAll('a[href^="/"]')].map(e => e.getAttribute('href')),
})"""  # noqa: E501 - one selector


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo as `just demo` serves it, made in an empty folder; its address."""
    place = tmp_path_factory.mktemp("demo")
    words = [sys.executable, "-m", "redproperty", "demo", "--port", "0", "--database", str(place / "demo.sqlite3")]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=place, env=environment)
    assert process.stdout is not None
    address = next(found[0] for line in process.stdout if (found := re.search(r"http://[\d.:]+", line)))
    yield address
    process.terminate()
    process.wait(20)
    process.stdout.close()


@pytest.fixture
async def phone(browser: Browser, demo: str) -> AsyncIterator[Page]:
    """A phone in front of the demo; an error in a page's script fails the test."""
    wrong: list[str] = []
    context = await browser.new_context(
        base_url=demo, viewport={"width": PHONE, "height": 780}, has_touch=True, reduced_motion="reduce"
    )
    page = await context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: request.url.startswith((demo, "data:", "blob:")) or wrong.append(request.url))
    yield page
    assert not wrong


async def sign_in(page: Page, login: str) -> None:
    await page.goto("/sign-in")
    await page.fill("[name=login]", login)
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button")
    await page.wait_for_url(lambda url: "/sign-in" not in url)


async def faults(page: Page, path: str) -> tuple[list[str], list[str]]:
    """Return what is wrong with one page, and where its links lead."""
    kind = ABOUT.sub("/…", path)
    SEEN[kind] += 1
    if SEEN[kind] > ENOUGH:
        answer = await page.request.get(path)
        return ([f"status {answer.status}"] if answer.status >= 400 else []), HREF.findall(await answer.text())
    response = await page.goto(path)
    assert response is not None
    found = [] if response.status < 400 else [f"status {response.status}"]
    await page.set_viewport_size({"width": DESK, "height": 900})
    wide = await page.evaluate(_LOOK)
    await page.set_viewport_size({"width": PHONE, "height": 780})
    seen = await page.evaluate(_LOOK)
    found += [f"{wide['overflow']} px too wide at {DESK}"] if wide["overflow"] > 0 else []
    found += [f"{seen['overflow']} px too wide at {PHONE}"] if seen["overflow"] > 0 else []
    found += [f"{seen['headings']} main headings"] if seen["headings"] != 1 else []
    found += [f"the id “{name}” twice" for name in sorted(set(seen["twice"]))]
    found += [f"below 44 px: {tag}" for tag in seen["small"][:3]]
    found += [f"line height below 1.3: {tag}" for tag in seen["tight"][:3]]
    if kind in EXAMINED:
        return found, seen["links"]
    EXAMINED.add(kind)
    await page.keyboard.press("Tab")  # from here on the focus is a keyboard's
    found += [f"focus not seen: {tag}" for tag in (await page.evaluate(_UNSEEN))[:3]]
    await page.evaluate(AXE)
    told = await page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    found += [_told(one) for one in told if one["impact"] in SERIOUS]
    if len(EXAMINED) % DARK == 0:
        await page.emulate_media(color_scheme="dark")
        found += [f"in the dark, {_told(one)}" for one in await page.evaluate(_CONTRAST)]
        await page.emulate_media(color_scheme="light")
    return found, seen["links"]


def _told(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    return f"{violation['id']}: {len(nodes)} × {nodes[0]['html'][:100]}"


@pytest.mark.parametrize(("role", "login"), introduced(), ids=str)
async def test_every_page_of_a_post_is_sound(phone, role, login):
    await sign_in(phone, login)
    waiting, kinds, wrong = ["/", "/gallery"], Counter[str](), {}
    known = set(waiting)
    while waiting:
        path = waiting.pop(0)
        found, links = await faults(phone, path)
        if found:
            wrong[path] = found
        for link in links:
            bare = urlsplit(link).path
            kind = ABOUT.sub("/…", bare)
            if bare in known or FILES.search(bare) or kinds[kind] >= LOOKS:
                continue
            known.add(bare)
            kinds[kind] += 1
            waiting.append(bare)
    assert not wrong, "\n".join(f"{path}: {fault}" for path, all_ in wrong.items() for fault in all_)
    assert len(known) > 1, role


async def test_the_sign_in_page_is_sound(phone):
    assert (await faults(phone, "/sign-in"))[0] == []


async def test_nothing_is_lost_with_type_twice_as_large(chromium, demo):
    async with async_playwright() as playwright:
        args = ["--no-sandbox", "--blink-settings=defaultFontSize=32"]
        large = await playwright.chromium.launch(executable_path=chromium, args=args)
        page = await large.new_page(base_url=demo)
        await sign_in(page, "district")
        waiting, kinds, wide = ["/", "/gallery", "/sign-in"], set[str](), []
        while waiting:
            path = waiting.pop(0)
            await page.goto(path)
            for width in (DESK, PHONE):
                await page.set_viewport_size({"width": width, "height": 900})
                wide += [f"{path} at {width}"] if await page.evaluate(_OVERFLOW) > 0 else []
            for link in (await page.evaluate(_LOOK))["links"]:
                bare = urlsplit(link).path
                if (kind := ABOUT.sub("/…", bare)) not in kinds and not FILES.search(bare):
                    kinds.add(kind)
                    waiting.append(bare)
        await large.close()
    assert not wide


async def test_the_chosen_look_wins_over_the_systems_and_paper_is_light(phone):
    ink = "getComputedStyle(document.body).color"
    dark, light = "rgb(236, 232, 228)", "rgb(28, 27, 26)"
    await phone.emulate_media(color_scheme="dark")
    await phone.goto("/sign-in")
    assert await phone.evaluate(ink) == dark
    await phone.click("footer >> text=浅色")
    assert await phone.evaluate(ink) == light
    await phone.click("footer >> text=深色")
    assert await phone.evaluate(ink) == dark
    await phone.emulate_media(media="print")
    assert await phone.evaluate(ink) == light


async def test_the_picture_of_the_readme_is_taken(browser, demo):
    """It goes to `shots/`; `just picture` puts it beside the README."""
    context = await browser.new_context(base_url=demo, viewport={"width": DESK, "height": 900}, color_scheme="light")
    page = await context.new_page()
    await sign_in(page, "district")
    await page.goto("/ratings/2026Q3")
    place = Path(__file__).parent / "shots" / "readme.png"
    await page.screenshot(path=place)
    assert place.stat().st_size > 20_000
