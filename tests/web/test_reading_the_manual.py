"""Who writes an edition finds the manual in the product: by what he wants, shape by shape, in both languages."""

from html import unescape

import pytest

from redproperty.manual.entries import entries
from redproperty.manual.html import to_html
from redproperty.manual.pages import pages


async def test_the_index_leads_from_what_one_wants_to_the_shape(signed_in):
    text = unescape((await (await signed_in("district")).get("/manual")).text)
    for one in entries():
        assert f'<a href="/manual/{one.path}">{one.want.zh}</a>' in text


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_page_is_there_with_its_example_and_its_keys(signed_in, lang):
    client = await signed_in("inspector.xl")
    client.cookies.set("lang", lang)
    for one in pages(lang):
        answer = await client.get(f"/manual/{one.path}")
        assert answer.status_code == 200, one.path
        assert f"<h1>{one.title}</h1>" in unescape(answer.text)
    page = unescape((await client.get("/manual/steps/quotient")).text)
    assert "kind: quotient" in page
    assert "<th>→ <code>tickets_rate</code></th>" in page
    assert ">2.2</td>" in page
    assert "<code>zero</code>" in page


@pytest.mark.parametrize("path", ["/manual/none", "/manual/steps/none"])
async def test_what_is_not_there_is_not_found(signed_in, path):
    assert (await (await signed_in("district")).get(path)).status_code == 404


async def test_the_rules_lead_to_the_manual(signed_in):
    assert 'href="/manual"' in (await (await signed_in("district")).get("/rules")).text


def test_every_link_of_the_manual_leads_to_a_page_of_it():
    paths = {one.path for one in pages("zh")}
    for lang in ("zh", "en"):
        for one in pages(lang):
            for link in one.markdown.split("](/manual/")[1:]:
                assert link.split(")")[0] in paths, (one.path, link[:40])


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("a <b> & `x < y`", "<p>a &lt;b&gt; &amp; <code>x &lt; y</code></p>"),
        ("## Title", "<h2>Title</h2>"),
        ("- one\n- **two**", "<ul><li>one</li><li><b>two</b></li></ul>"),
        ("[here](/manual/cases) [no](javascript:x)", '<p><a href="/manual/cases">here</a> no</p>'),
    ],
)
def test_markdown_becomes_html_and_nothing_else_does(markdown, html):
    assert to_html(markdown) == html


def test_a_table_and_code_keep_their_signs():
    html = to_html("| a | b |\n| --- | --- |\n| `x` | y \\| z |\n\n```yaml pack.yaml\n# no heading\nx: <1>\n```")
    assert '<td class="full" data-th="b">y | z</td>' in html
    assert "<figcaption>pack.yaml</figcaption>" in html
    assert "# no heading\nx: &lt;1&gt;" in html
