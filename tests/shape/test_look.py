"""The tokens of the design system: readable in light and in dark, the same where a browser knows no light-dark()."""

import re
from pathlib import Path

import pytest

from redproperty.web.templating import STATIC

CSS = (STATIC / "app.css").read_text(encoding="utf-8")
TEMPLATES = Path(__file__).parents[2] / "templates"
BOTH = {name: both for name, *both in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", CSS)}
PLAIN = dict(re.findall(r"--([\w-]+): (#\w{6});", CSS))
GROUNDS = ("paper", "card", "sunken", "red-soft", "gold-soft", "green-soft", "blue-soft")
WORDS = ("ink", "ink-2", "ink-3", "red", "gold", "green", "blue")  # what text is written in
TEXT, EDGE = 4.5, 3.0  # contrast that WCAG 2.2 AA asks of text, and of what shows where a field or a star is


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG reckons it."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_black_on_white_is_twenty_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # the example of the guideline


@pytest.mark.parametrize("look", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(look):
    pairs = [(word, ground) for word in WORDS for ground in GROUNDS] + [("on-red", "red"), ("paper", "ink")]
    faint = [(one, on) for one, on in pairs if contrast(BOTH[one][look], BOTH[on][look]) < TEXT]
    assert not faint


@pytest.mark.parametrize("look", [0, 1], ids=["light", "dark"])
def test_fields_and_stars_stand_out(look):
    pairs = [("line-strong", ground) for ground in ("paper", "card", "sunken")] + [("star", "card"), ("star", "paper")]
    faint = [(one, on) for one, on in pairs if contrast(BOTH[one][look], BOTH[on][look]) < EDGE]
    assert not faint


def test_a_browser_without_light_dark_shows_the_light_look():
    assert {name: light for name, (light, _) in BOTH.items()} == PLAIN


def test_every_colour_is_a_token():
    after = CSS[CSS.index("* { box-sizing") :]
    allowed = {"#fff", "#eee"}  # paper
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;,) ])", after)) <= allowed
    assert not re.search(
        r'(fill|stroke|color)="#', "".join(one.read_text("utf-8") for one in TEMPLATES.rglob("*.html"))
    )


def test_every_token_that_is_used_is_there():
    assert set(re.findall(r"var\(--([\w-]+)", CSS)) <= set(re.findall(r"--([\w-]+):", CSS))


def test_type_follows_the_size_that_the_reader_has_set():
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", CSS)
    fixed = [where.strip() for where, what in rules if re.search(r"font[^;]*\dpx", what) and "svg" not in where]
    assert not fixed
