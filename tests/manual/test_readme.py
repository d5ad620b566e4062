"""The manual beside the rules is the one of the product: `just manual` writes it anew."""

from pathlib import Path

import pytest

from redproperty.manual.pages import pages, whole

RULES = Path(__file__).parents[2] / "rules"


@pytest.mark.parametrize(("lang", "file"), [("en", "README.md"), ("zh", "README.zh.md")])
def test_the_file_for_reading_without_the_product_is_up_to_date(lang, file):
    # compared line by line, so that a shape that is missing is seen at once
    assert (RULES / file).read_text(encoding="utf-8").splitlines() == whole(lang).splitlines(), "run `just manual`"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_holds_every_page_and_leads_to_each(lang):
    text = whole(lang)
    for one in pages(lang):
        anchor = one.path.replace("/", "-")
        assert text.count(f'<a id="{anchor}"></a>') == 1
        assert f"](#{anchor})" in text
